"""How many people had a side effect, for the person who gets the drugs: rates of the toxicity knowledge, each with its study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import ToxicityRate
from chemoplan.report.patient_words import PlainWords

Row = Mapping[str, Any]
RANKED = ("verified", "partly", "unverified")


@dataclass(frozen=True)
class Effect:
    """One rate. `number` of `denominator` people, None where the source gives a limit alone; `study` and `source` are data."""

    event: str
    text: str
    number: int | None
    denominator: int
    people: str
    near: bool
    study: str
    source: str
    status: str
    status_text: str


def effects(options: Iterable[Row], knowledge: Knowledge, words: PlainWords) -> tuple[Effect, ...]:
    """The rates of the regimens that belong to the options, most telling event first, of as many events as side_effects.yaml says.

    For a regimen of which no rate was read, those of the same drugs in other doses stand in and are marked as `near`.
    Of the rates of one event and one set of drugs the best read one is told, then the one of most people.
    """
    dosing = knowledge.dosing
    wanted = {
        name: near
        for option in options
        for regimen in option["regimens"]
        for name, near in _holders(regimen, knowledge)
    }
    events = {word: event.id for event in dosing.event_names.values() for word in event.words}
    order = list(words.branch("side_effects", "events"))
    left_out = set(words.branch("side_effects", "not_told"))
    best: dict[tuple[str, frozenset[str]], ToxicityRate] = {}
    for rate in dosing.toxicity_rates.values():
        event = events.get(rate.event)
        if rate.regimen not in wanted or event is None or event in left_out:
            continue
        drugs = frozenset(part.drug for part in dosing.regimens[rate.regimen].parts)
        key = event, drugs
        if key not in best or _worth(rate) > _worth(best[key]):
            best[key] = rate
    told = sorted(best.items(), key=lambda item: order.index(item[0][0]))
    first = list(dict.fromkeys(event for (event, _), _ in told))[: words.branch("side_effects", "most")]
    return tuple(_effect(event, rate, wanted[rate.regimen], words) for (event, _), rate in told if event in first)


def _holders(regimen: str, knowledge: Knowledge) -> list[tuple[str, bool]]:
    """The regimens whose rates speak for this one, and whether they are only near it."""
    held = knowledge.dosing.regimens
    with_rates = dict.fromkeys(rate.regimen for rate in knowledge.dosing.toxicity_rates.values() if rate.regimen)
    if regimen in with_rates:
        return [(regimen, False)]
    if regimen not in held:
        return []
    drugs = {part.drug for part in held[regimen].parts}
    return [(name, True) for name in with_rates if {part.drug for part in held[name].parts} == drugs]


def _worth(rate: ToxicityRate) -> tuple[int, int]:
    return -RANKED.index(rate.status), rate.n or 0


def _effect(event: str, rate: ToxicityRate, near: bool, words: PlainWords) -> Effect:
    number = None if rate.number is None else int(Decimal(rate.number).quantize(Decimal(1), ROUND_HALF_UP))
    exact = rate.number is not None and Decimal(rate.number) == number
    kind = "rate_none" if exact and number == 0 else "rate_few" if not number else "rate" if exact else "rate_about"
    spans = words.branch("side_effects", "spans")
    span = words.say(spans[event]) if event in spans else words.find("side_effects", "span")
    sentence = words.find(
        "frame",
        kind,
        number=number,
        event=words.find("side_effects", "events", event),
        form=_form(rate.grade, words),
        span=span,
    )
    people = (
        words.find("frame", "rate_people", n=f"{rate.n:,}") if rate.n else words.find("frame", "rate_people_unknown")
    )
    return Effect(
        event, sentence.replace(" ,", ","), number, 100, people, near, f"{rate.trial}, {rate.arm}", rate.source, rate.status,
        words.find("frame", "status", rate.status),
    )  # fmt: skip


def _form(grade: str, words: PlainWords) -> str:
    """How bad: grade 3 and above is a bad form; where no grade was counted nothing is said."""
    if grade == "any":
        return words.find("side_effects", "any_form")
    return words.find("side_effects", "severe") if any(sign in grade for sign in ("3", "4", "III")) else ""
