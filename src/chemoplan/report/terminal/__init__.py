"""The terminal reports, one file a kind of result."""
