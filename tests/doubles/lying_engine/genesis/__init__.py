"""An engine whose control API says what tests want to hear, and which trades nothing: no order, no database, no journal."""
