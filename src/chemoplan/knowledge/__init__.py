"""What the program knows: entries, options, sources and rules, all data. No decision is taken in Python."""

from chemoplan.knowledge.holdings import Knowledge
from chemoplan.knowledge.load import load_knowledge
from chemoplan.knowledge.refused import KnowledgeRefused

__all__ = ["Knowledge", "KnowledgeRefused", "load_knowledge"]
