"""The criteria language: one grammar, one tree, three readers (truth for a case, columns for a cohort, proof for all cases)."""

from chemoplan.criteria.parse import CriterionRefused, parse
from chemoplan.criteria.text import write
from chemoplan.criteria.tree import Criterion

__all__ = ["Criterion", "CriterionRefused", "parse", "write"]
