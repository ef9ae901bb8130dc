"""What can be known about a case: facts with types, units, allowed values and the question to ask for each."""

from chemoplan.vocabulary.fact import Fact, Kind, SetValue, Value, ValueRefused
from chemoplan.vocabulary.load import Vocabulary, load_vocabulary

__all__ = ["Fact", "Kind", "SetValue", "Value", "ValueRefused", "Vocabulary", "load_vocabulary"]
