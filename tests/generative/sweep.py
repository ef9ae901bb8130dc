"""Random cases as encoded columns, a million at a time: complete ones, and ones with facts missing."""

from __future__ import annotations

import random
from collections.abc import Sequence

import polars as pl

from chemoplan.criteria.columns import COMPLETE, schema
from chemoplan.vocabulary import SetValue, Value
from tests.generative.strategies import STATED, VOCABULARY, limits


def random_cases(count: int, seed: int = 1) -> pl.DataFrame:
    """Encoded columns of random cases: the setting and the stage fit together often enough that most rows are valid.

    A third of the rows is complete, the others miss a third or most of their facts.
    """
    rng = random.Random(seed)
    columns: dict[str, pl.Series] = {}
    picks = pl.Series("pick", range(count))
    known = pl.Series([rng.random() for _ in range(count)])
    share = pl.when(known < 1 / 3).then(1.0).when(known < 2 / 3).then(0.66).otherwise(0.3)
    frame = pl.select(picks, share.alias("__share"))
    types = schema(STATED)
    for number, fact in enumerate(STATED):
        uniform = pl.Series([rng.random() for _ in range(4096)]).sample(
            count, with_replacement=True, seed=seed * 1000 + number
        )
        present = uniform < frame["__share"]
        index = pl.Series([rng.random() for _ in range(4096)]).sample(
            count, with_replacement=True, seed=seed * 7000 + number
        )
        if fact.kind == "set":
            bits = sum(
                ((pl.Series([rng.random() for _ in range(4096)]).sample(count, with_replacement=True, seed=seed + 31 * at + number) < 0.15)
                 .cast(pl.UInt32) * (1 << at))
                for at in range(len(fact.values))
            )  # fmt: skip
            empty = index < 0.3
            columns[fact.name] = pl.select(
                pl.when(present & ~empty).then(bits).otherwise(0).cast(pl.UInt32)
            ).to_series()
            columns[fact.name + COMPLETE] = present
            continue
        if fact.kind == "flag":
            value = index < 0.3
        elif fact.kind == "choice" and not fact.numeric:
            value = (index * len(fact.values)).floor().cast(pl.UInt8)
        else:
            pool = _numbers(fact.name, rng)
            value = pl.Series(pool).gather((index * len(pool)).floor().cast(pl.UInt32))
        columns[fact.name] = pl.select(pl.when(present).then(value).otherwise(None).cast(types[fact.name])).to_series()
    return _made_to_fit(pl.DataFrame(columns))


def _numbers(name: str, rng: random.Random) -> list[float]:
    fact = VOCABULARY[name]
    if fact.numeric:
        return list(fact.numbers())
    low, high = fact.range or (0.0, 100.0)
    if fact.kind == "count":
        return [float(number) for number in range(int(low), int(high) + 1)]
    near = [edge + step for edge in limits().get(name, []) for step in (-0.5, 0.0, 0.5) if low <= edge + step <= high]
    return near + [round(rng.uniform(low, high), 1) for _ in range(20)]


def _made_to_fit(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop statements that contradict others, so that most rows are valid cases; the rest is left to the contradictions."""
    metastatic = VOCABULARY["cM"].values
    before_surgery = pl.col("setting").is_in(
        [VOCABULARY["setting"].values.index(name) for name in ("initial", "restaging")]
    )
    m0 = pl.col("cM") == metastatic.index("M0")
    nowhere = m0.fill_null(False)
    unsure = pl.col("cM").is_not_null() & (pl.col("cM") > metastatic.index("M1"))
    return frame.with_columns(
        pl.when(before_surgery).then(None).otherwise(pl.col("pT")).alias("pT"),
        pl.when(before_surgery).then(None).otherwise(pl.col("pN")).alias("pN"),
        pl.when(nowhere).then(None).otherwise(pl.col("resectability")).alias("resectability"),
        pl.when(nowhere | unsure)
        .then(0)
        .otherwise(pl.col("metastatic_sites"))
        .cast(pl.UInt32)
        .alias("metastatic_sites"),
        (pl.col("metastatic_sites" + COMPLETE) & ~unsure).alias("metastatic_sites" + COMPLETE),
        *(
            pl.lit(None, dtype=frame.schema[name]).alias(name)
            for name in ("tumor_level", "mrf_status", "lateral_node_enlarged")
        ),
        *(pl.lit(None, dtype=frame.schema[name]).alias(name) for name in ("primary_in_place", "major_surgery_near")),
        pl.when(pl.col("pregnant"))
        .then(None)
        .otherwise(pl.col("childbearing_potential"))
        .alias("childbearing_potential"),
        pl.when(pl.col("pregnant")).then(pl.col("gestational_age")).otherwise(None).alias("gestational_age"),
    )


def row_facts(row: dict[str, object]) -> dict[str, Value]:
    """One encoded row as facts of a case."""
    facts: dict[str, Value] = {}
    for fact in STATED:
        raw = row[fact.name]
        if fact.kind == "set":
            assert isinstance(raw, int)
            members = frozenset(name for at, name in enumerate(fact.values) if raw >> at & 1)
            if members or row[fact.name + COMPLETE]:
                facts[fact.name] = SetValue(members, bool(row[fact.name + COMPLETE]))
        elif raw is not None:
            if fact.kind == "choice" and not fact.numeric:
                assert isinstance(raw, int)
                facts[fact.name] = fact.values[raw]
            else:
                facts[fact.name] = raw  # type: ignore[assignment]
    return facts


def encoded(rows: Sequence[dict[str, Value]]) -> pl.DataFrame:
    """Facts as encoded columns."""
    from chemoplan.criteria.columns import encode

    return encode(rows)
