"""Invented studies and people for the tests of cohorts, with every kind of fact and a fifth of all values unknown."""

from __future__ import annotations

import random
from typing import Any

import polars as pl

from chemoplan.criteria import parse
from chemoplan.trials.clauses import Clause, Mends, TrialClauses
from chemoplan.trials.expression import Test
from chemoplan.trials.reading import Atom


def clause(text: str, mends: Mends = "") -> Clause:
    """A clause that holds when the criterion does."""
    atom = Atom(f"X-{text}", "X", 1, "inclusion", text, 0, len(text), "require", "data", Test("age"))
    return Clause(atom, parse(text), mends)


STUDIES = [
    TrialClauses("S1", (clause("age >= 18 a"), clause("ecog in {0, 1}"), clause("platelets >= 100 10*9/L", "repeat"))),
    TrialClauses("S2", (clause("mmr = deficient"), clause("not medicines has warfarin", "wash-out"))),
    TrialClauses("S3", (clause("cT in {T3, T4a, T4b} or cN != N0"), clause("sex = female"), clause("ecog <= 2"))),
    TrialClauses("S4", ()),
    TrialClauses("S5", (clause("mmr is unknown or mmr = proficient"), clause("age < 75 a and not pregnant"))),
]


def people(number: int, seed: int = 3) -> pl.DataFrame:
    """A table of people: columns named like facts, empty where nothing is known."""
    chance = random.Random(seed)

    def some(value: Any) -> Any:
        return None if chance.random() < 0.2 else value

    return pl.DataFrame(
        {
            "case": [f"P{at}" for at in range(number)],
            "age": [some(float(chance.randint(18, 95))) for _ in range(number)],
            "sex": [some(chance.choice(["female", "male"])) for _ in range(number)],
            "ecog": [some(chance.choice([0, 1, 2, 3])) for _ in range(number)],
            "platelets": [some(float(chance.randint(20, 400))) for _ in range(number)],
            "mmr": [some(chance.choice(["proficient", "deficient"])) for _ in range(number)],
            "cT": [some(chance.choice(["T2", "T3", "T4a"])) for _ in range(number)],
            "cN": [some(chance.choice(["N0", "N1"])) for _ in range(number)],
            "medicines": [some(chance.choice([[], ["warfarin"]])) for _ in range(number)],
        },
        schema_overrides={"ecog": pl.Int64, "medicines": pl.List(pl.String)},
    )
