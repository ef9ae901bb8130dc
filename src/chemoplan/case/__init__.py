"""The case: what is stated about one person, by whom, and what follows from it."""

from chemoplan.case.resolve import Case, CaseRefused, FactState, resolve
from chemoplan.case.statement import Completeness, Problem, Reading, Source, Statement

__all__ = ["Case", "CaseRefused", "Completeness", "FactState", "Problem", "Reading", "Source", "Statement", "resolve"]
