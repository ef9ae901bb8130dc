"""The knowledge made ready for planning: structure and compiled criteria, prepared once and used for every case."""

from __future__ import annotations

from typing import Any

from chemoplan.criteria.text import write
from chemoplan.criteria.tree import Criterion
from chemoplan.criteria.truth import Facts, Reason, Test, Verdict, compiled, conjunction, disjunction, reasons
from chemoplan.knowledge import Knowledge
from chemoplan.plan.combine import Algebra, Combination
from chemoplan.plan.structure import Structure, structure_of


class Planner:
    """Compiled criteria of one knowledge; hand it to `recommend` for case after case."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.structure: Structure = structure_of(knowledge)
        self._tests: dict[int, Test] = {}
        self._texts: dict[int, str] = {}

    def test(self, criterion: Criterion, facts: Facts) -> Verdict:
        """The verdict of a criterion of this knowledge (compiled at first use)."""
        test = self._tests.get(id(criterion))
        if test is None:
            test = self._tests[id(criterion)] = compiled(criterion)
        return test(facts)

    def text(self, criterion: Criterion) -> str:
        """The criterion as text."""
        text = self._texts.get(id(criterion))
        if text is None:
            text = self._texts[id(criterion)] = write(criterion, self.knowledge.vocabulary)
        return text

    def combination(self, facts: Facts) -> Combination[Verdict, bool]:
        """The verdicts of all options for the facts of one case."""
        return Combination(
            self.structure,
            Algebra(
                test=lambda criterion: self.test(criterion, facts),
                all_of=conjunction,
                any_of=disjunction,
                is_true=lambda verdict: verdict is True,
                is_false=lambda verdict: verdict is False,
                both=lambda a, b: a and b,
                either=lambda a, b: a or b,
                neither=lambda a: not a,
            ),
        )


_PLANNERS: dict[int, Planner] = {}


def planner_of(knowledge: Knowledge) -> Planner:
    """The planner of a knowledge, prepared once."""
    planner = _PLANNERS.get(id(knowledge))
    if planner is None or planner.knowledge is not knowledge:
        planner = _PLANNERS[id(knowledge)] = Planner(knowledge)
    return planner


class Reasons:
    """The reasons of criteria for one case, each worked out once. `shown` keeps each leaf as the plan shows it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.shown: dict[Reason, dict[str, Any]] = {}
        self._found: dict[int, tuple[Verdict, tuple[Reason, ...]]] = {}

    def of(self, criterion: Criterion) -> tuple[Verdict, tuple[Reason, ...]]:
        """Verdict and carrying leaves of a criterion."""
        key = id(criterion)
        if key not in self._found:
            self._found[key] = reasons(criterion, self.facts)
        return self._found[key]
