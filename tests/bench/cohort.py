"""Figures about cohorts: people against studies on planes, from Parquet to the table of verdicts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chemoplan.cohort.leaves import Column
    from chemoplan.criteria.tree import Criterion
    from chemoplan.trials.clauses import TrialClauses
    from chemoplan.vocabulary import Fact, Vocabulary

FACTS, LEAVES, CLAUSES = 100, 1_500, 20
"""Facts that the studies ask for, different tests of them, and clauses of a study: the shape of real records."""


def asked_facts(number: int = FACTS) -> list[Fact]:
    """Facts of a case of every kind, as many as asked for."""
    from chemoplan.vocabulary import load_vocabulary

    return [fact for fact in load_vocabulary().about_case() if not fact.derived][:number]


def leaf_of(fact: Fact, chance: random.Random) -> Criterion:
    """One random test of a fact."""
    from chemoplan.criteria.tree import Compare, Has, MemberOf

    if fact.kind == "flag":
        return Compare(fact.name, "=", chance.random() < 0.5)
    if fact.kind == "set":
        return Has(fact.name, chance.choice(fact.values))
    if fact.is_number:
        low, high = fact.range or (min(fact.numbers(), default=0.0), max(fact.numbers(), default=100.0))
        return Compare(fact.name, chance.choice(("<", "<=", ">", ">=")), round(chance.uniform(low, high), 1))
    if chance.random() < 0.5:
        return Compare(fact.name, chance.choice(("=", "!=")), chance.choice(fact.values))
    return MemberOf(fact.name, tuple(chance.sample(fact.values, min(len(fact.values), 2))))


def studies(number: int, seed: int = 6) -> list[TrialClauses]:
    """Invented studies: about 20 clauses each of two tests from a common pool, as many shared as not."""
    from chemoplan.criteria.tree import And, Not, Or
    from chemoplan.trials.clauses import Clause, TrialClauses
    from chemoplan.trials.expression import Test
    from chemoplan.trials.reading import Atom

    chance = random.Random(seed)
    facts = asked_facts()
    pool = [leaf_of(chance.choice(facts), chance) for _ in range(LEAVES)]
    atom = Atom("invented", "invented", 1, "inclusion", "", 0, 0, "require", "data", Test("age"))

    def clause() -> Clause:
        one, two = chance.sample(pool, 2)
        kind = chance.choice((Or, Or, And))
        holds: Any = kind((one, two))
        mends = chance.choice(("", "", "", "", "wash-out", "repeat"))
        return Clause(atom, Not(holds) if chance.random() < 0.5 else holds, mends)

    return [
        TrialClauses(f"invented-{at}", tuple(clause() for _ in range(chance.randint(CLAUSES // 2, CLAUSES * 3 // 2))))
        for at in range(number)
    ]


def columns_of_people(people: int, names: Iterable[str], vocabulary: Vocabulary, seed: int = 7) -> dict[str, Column]:
    """Encoded columns of invented people, a fifth of every column unknown."""
    from chemoplan.cohort.leaves import Column

    chance = np.random.default_rng(seed)

    def values(fact: Fact) -> Any:
        if fact.kind == "flag":
            return chance.random(people) < 0.3
        if fact.kind == "set":
            return chance.integers(0, 1 << len(fact.values), people, dtype=np.uint32)
        if fact.is_number:
            low, high = fact.range or (min(fact.numbers(), default=0.0), max(fact.numbers(), default=100.0))
            return np.round(chance.uniform(low, high, people), 1)
        return chance.integers(0, len(fact.values), people, dtype=np.uint8)

    return {name: Column(values(vocabulary[name]), chance.random(people) < 0.8) for name in names}
