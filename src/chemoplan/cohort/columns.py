"""Plan many cases at once: encoded columns in, one verdict column an option out, in batches that stay small in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from chemoplan.case.computed import COMPUTED, Computed, round_half_up
from chemoplan.criteria import Criterion, columns
from chemoplan.criteria.columns import COMPLETE
from chemoplan.knowledge import Knowledge
from chemoplan.plan.combine import Algebra, Combination
from chemoplan.plan.planner import planner_of
from chemoplan.vocabulary import Fact, SetValue, Value

NOT_APPLICABLE, OFFERED, CONDITIONAL, EXCLUDED = 0, 1, 2, 3
VERDICTS = ("not applicable", "offered", "conditional", "excluded")
"""Meaning of the numbers in a verdict column."""

INVALID = "__contradiction"
"""Column that is true where the facts of a row contradict each other; such a row must not be planned."""

BATCH = 50_000


def plan_columns(
    cases: pl.DataFrame, knowledge: Knowledge, *, batch: int = BATCH, progress: Callable[[int], None] | None = None
) -> pl.DataFrame:
    """Verdicts of all options for encoded cases (see criteria.columns.encode): one UInt8 column an option.

    The column `__contradiction` marks rows that a plan would refuse.
    """
    parts = []
    for part in plan_batches(cases, knowledge, batch=batch):
        parts.append(part)
        if progress:
            progress(part.height)
    return pl.concat(parts) if parts else cases.select(pl.lit(0).alias("none")).clear()


def plan_batches(cases: pl.DataFrame, knowledge: Knowledge, *, batch: int = BATCH) -> Iterator[pl.DataFrame]:
    """The same, batch by batch, for results that need not stay in memory together."""
    for offset in range(0, cases.height, batch):
        yield _plan_batch(cases.slice(offset, batch), knowledge)


def derived(cases: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    """The cases with every computed and derived fact filled in, in the order and by the rules of the case room."""
    computed = [_computed(rule, knowledge.vocabulary[rule.fact], knowledge.vocabulary) for rule in COMPUTED]
    frame = cases.lazy().with_columns(computed)
    for derivation in knowledge.derivations.values():
        fact = knowledge.vocabulary[derivation.fact]
        rules = [(columns.expression(rule.when, knowledge.vocabulary), rule.value) for rule in derivation.rules]
        if derivation.completes:
            frame = frame.with_columns(
                (pl.col(fact.name + COMPLETE) | rules[0][0].fill_null(False)).alias(fact.name + COMPLETE)
            )
        elif fact.kind == "set":
            frame = frame.with_columns(_derived_set(fact, rules))
        else:
            frame = frame.with_columns(pl.coalesce(pl.col(fact.name), _chosen(fact, rules)).alias(fact.name))
    return frame.collect()


def _chosen(fact: Fact, rules: Sequence[tuple[pl.Expr, Value]]) -> pl.Expr:
    """The value of the first rule that is true, else null."""
    chosen: pl.Expr = pl.lit(None, dtype=columns.schema([fact])[fact.name])
    for holds, value in reversed(rules):
        chosen = pl.when(holds.fill_null(False)).then(_literal(fact, value)).otherwise(chosen)
    return chosen


def _literal(fact: Fact, value: Value) -> pl.Expr:
    if fact.kind == "flag":
        return pl.lit(bool(value))
    if fact.is_number:
        return pl.lit(value, dtype=pl.Float64)
    return pl.lit(fact.values.index(str(value)), dtype=pl.UInt8)


def _derived_set(fact: Fact, rules: Sequence[tuple[pl.Expr, Value]]) -> list[pl.Expr]:
    nothing = ~pl.col(fact.name + COMPLETE) & (pl.col(fact.name) == 0)
    members, complete = pl.col(fact.name), pl.col(fact.name + COMPLETE)
    for holds, value in reversed(rules):
        assert isinstance(value, SetValue)
        applies = nothing & holds.fill_null(False)
        bits = sum(1 << fact.values.index(member) for member in value.members)
        members = pl.when(applies).then(pl.lit(bits, dtype=pl.UInt32)).otherwise(members)
        complete = pl.when(applies).then(pl.lit(True)).otherwise(complete)
    return [members.alias(fact.name), complete.alias(fact.name + COMPLETE)]


def _computed(rule: Computed, fact: Fact, vocabulary: Mapping[str, Fact]) -> pl.Expr:
    inputs: list[pl.Expr] = []
    for name in rule.inputs:
        if name == rule.coded and rule.codes is not None:
            coded: pl.Expr = pl.lit(None, dtype=pl.Float64)
            for value, factor in rule.codes.items():
                coded = (
                    pl.when(pl.col(name) == vocabulary[name].values.index(value)).then(pl.lit(factor)).otherwise(coded)
                )
            inputs.append(coded)
        else:
            inputs.append(pl.col(name))
    result: pl.Expr = round_half_up(rule.formula(*inputs), rule.decimals)
    if fact.range:
        result = pl.when(result.is_between(*fact.range)).then(result)
    return pl.coalesce(pl.col(fact.name), result).alias(fact.name)


class PlanExpressions:
    """The expressions of one knowledge: criteria first, then components and options over the criteria's columns."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.criteria: dict[str, pl.Expr] = {}
        self.names: dict[int, str] = {}
        self.combination: Combination[pl.Expr, pl.Expr] = Combination(planner_of(knowledge).structure, self._algebra())
        contradictions = columns.any_of([self.test(item.when) for item in knowledge.contradictions.values()])
        self.invalid = contradictions.fill_null(False).alias(INVALID)
        # Made at once, so that every criterion a verdict or a question reads has its column.
        self.verdicts = [self._verdict(name) for name in knowledge.options]
        for entry in knowledge.entries.values():
            self.test(entry.when)

    def test(self, criterion: Criterion) -> pl.Expr:
        """The column of a criterion; its expression is among `criteria`."""
        name = self.names.setdefault(id(criterion), f"__c{len(self.names)}")
        if name not in self.criteria:
            self.criteria[name] = columns.expression(criterion, self.knowledge.vocabulary).alias(name)
        return pl.col(name)

    def _algebra(self) -> Algebra[pl.Expr, pl.Expr]:
        return Algebra(
            test=self.test,
            all_of=columns.all_of,
            any_of=columns.any_of,
            is_true=lambda verdict: verdict.fill_null(False),
            is_false=lambda verdict: ~verdict.fill_null(True),
            both=lambda a, b: a & b,
            either=lambda a, b: a | b,
            neither=lambda a: ~a,
        )

    def _verdict(self, name: str) -> pl.Expr:
        verdicts = self.combination.verdicts(name)
        return (
            verdicts.offered.cast(pl.UInt8) * OFFERED
            + verdicts.conditional.cast(pl.UInt8) * CONDITIONAL
            + verdicts.excluded.cast(pl.UInt8) * EXCLUDED
        ).alias(name)


_EXPRESSIONS: dict[int, PlanExpressions] = {}


def plan_expressions(knowledge: Knowledge) -> PlanExpressions:
    """The expressions of a knowledge, made once."""
    found = _EXPRESSIONS.get(id(knowledge))
    if found is None or found.knowledge is not knowledge:
        found = _EXPRESSIONS[id(knowledge)] = PlanExpressions(knowledge)
    return found


def _plan_batch(cases: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    expressions = plan_expressions(knowledge)
    criteria = derived(cases, knowledge).select(list(expressions.criteria.values()))
    return criteria.select(expressions.invalid, *expressions.verdicts)
