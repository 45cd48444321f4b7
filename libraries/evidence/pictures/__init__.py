"""Pictures of the evidence as inline SVG: they survive every merge of reports, need no file beside them, and follow the page's colours."""
