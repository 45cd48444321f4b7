"""Keywords over strategies that live together: which the engine gets, the bars that they see, and what becomes of them."""
