"""The grammar of eligibility criteria: each module reads one family of attributes in a segment."""

from chemoplan.trials.grammar.draft import Draft, Reader

__all__ = ["Draft", "Reader"]
