"""Random cases as encoded columns, a million at a time: complete ones, and ones with facts missing."""

from __future__ import annotations

import random
from functools import lru_cache

import polars as pl

from chemoplan.cohort.columns import derived
from chemoplan.criteria.columns import COMPLETE, encode, expression, schema
from chemoplan.criteria.tree import Predicate, facts_of
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.ask import answer_of
from chemoplan.plan.proof import PlanProof
from chemoplan.vocabulary import SetValue, Value
from tests.generative.strategies import STATED, VOCABULARY, limits


def random_cases(count: int, seed: int = 1) -> pl.DataFrame:
    """Encoded columns of random cases, nearly all valid, with facts that no case states as unknown columns.

    A third of the rows states every fact that does not contradict another (single markers seldom); the others miss a third
    or most of them. Every other row lies within a situation in which some option is offered, so that each is met often; of a large
    sweep the first rows are these situations alone, for options that random further facts nearly always bar.
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
        # The single markers mostly repeat facts of the topic biomarker, and would contradict them at random.
        present = uniform < frame["__share"] * (0.15 if fact.topic == "molecular" else 1.0)
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
    return _with_situations_alone(completed(_made_valid(_within_situations(pl.DataFrame(columns), rng), rng)))


@lru_cache(maxsize=1)
def situations_of_options() -> pl.DataFrame:
    """For every option the fewest facts with which it is offered, found by proof, as encoded columns."""
    knowledge = load_knowledge()
    proof = PlanProof(knowledge)
    found = [answer_of(Predicate("offered", option), proof).witness for option in knowledge.options]
    return completed(encode([facts for facts in found if facts is not None]))


def _within_situations(frame: pl.DataFrame, rng: random.Random) -> pl.DataFrame:
    """Every other row takes over the facts of a situation in which some option is offered; the rest of it stays random."""
    known = situations_of_options()
    pick = pl.Series([rng.randrange(2 * known.height) for _ in range(frame.height)])
    pick = pl.select(pl.when(pick < known.height).then(pick)).to_series()
    columns = []
    for fact in STATED:
        taken = known[fact.name].gather(pick)
        if fact.kind == "set":
            complete = known[fact.name + COMPLETE].gather(pick)
            says = (complete | (taken > 0)).fill_null(False)
            columns.append(taken.zip_with(says, frame[fact.name]).alias(fact.name))
            columns.append(complete.zip_with(says, frame[fact.name + COMPLETE]).alias(fact.name + COMPLETE))
        else:
            columns.append(taken.zip_with(taken.is_not_null(), frame[fact.name]).alias(fact.name))
    return pl.DataFrame(columns)


def _with_situations_alone(frame: pl.DataFrame) -> pl.DataFrame:
    """A large sweep begins with the situations and nothing else: facts that no other case states belong to some of them."""
    known = situations_of_options()
    if frame.height < 100 * known.height:
        return frame
    return pl.concat([known.select(frame.columns).cast(dict(frame.schema)), frame[known.height :]])


def _made_valid(frame: pl.DataFrame, rng: random.Random) -> pl.DataFrame:
    """Drop from each row that contradicts itself one of the facts that do so, a few times over; few rows stay invalid."""
    knowledge = load_knowledge()
    bad = [expression(item.when).fill_null(False).alias(name) for name, item in knowledge.contradictions.items()]
    for _ in range(5):
        coin = pl.Series([rng.random() for _ in range(4096)]).sample(
            frame.height, with_replacement=True, seed=rng.randrange(2**30)
        )
        marked = derived(completed(frame), knowledge).select(bad)
        dropped: dict[str, pl.Series] = {}
        for name, item in knowledge.contradictions.items():
            names = [fact for fact in facts_of(item.when) if fact in frame.columns]
            turn = (coin * len(names)).floor()
            for at, fact in enumerate(names):
                gone = marked[name] & (turn == at)
                dropped[fact] = dropped[fact] | gone if fact in dropped else gone
        frame = frame.with_columns(column for fact, gone in dropped.items() for column in _without(frame, fact, gone))
    return frame


def _without(frame: pl.DataFrame, fact: str, gone: pl.Series) -> list[pl.Series]:
    if VOCABULARY[fact].kind != "set":
        return [frame[fact].set(gone, None)]
    return [frame[fact].set(gone, 0), frame[fact + COMPLETE].set(gone, False)]


def completed(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns with those of the facts that no case states, all unknown."""
    kinds = schema(VOCABULARY.about_case())
    return frame.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items() if name not in frame.columns
    )


def _numbers(name: str, rng: random.Random) -> list[float]:
    fact = VOCABULARY[name]
    if fact.numeric:
        return list(fact.numbers())
    low, high = fact.range or (0.0, 100.0)
    if fact.kind == "count":
        return [float(number) for number in range(int(low), int(high) + 1)]
    near = [edge + step for edge in limits().get(name, []) for step in (-0.5, 0.0, 0.5) if low <= edge + step <= high]
    return near + [round(rng.uniform(low, high), 1) for _ in range(20)]


def row_facts(row: dict[str, object]) -> dict[str, Value]:
    """One encoded row as facts of a case."""
    facts: dict[str, Value] = {}
    for fact in VOCABULARY.about_case():
        raw = row[fact.name]
        if fact.kind == "set":
            if raw is None:
                continue
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
