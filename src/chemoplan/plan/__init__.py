"""The plan: which options are offered, conditional or excluded for a case, why, and what an audit of another plan finds."""
