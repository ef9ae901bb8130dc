"""How many people had a side effect, for the person who gets the drugs: rates of the toxicity knowledge, each with its study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import ToxicityRate
from chemoplan.report.patient_words import PatientWordsMissing, PlainWords

Row = Mapping[str, Any]
RANKED = ("verified", "partly", "unverified")


@dataclass(frozen=True)
class Effect:
    """One rate. `number` of `denominator` people, None where the source gives a limit alone.

    `study` and `source` are data, `cited` is the source as people read it.
    """

    event: str
    text: str
    number: int | None
    denominator: int
    people: str
    near: bool
    study: str
    source: str
    cited: str
    status: str
    status_text: str


@dataclass(frozen=True)
class _Candidate:
    """A rate that may be told for an option: `near` has the same drugs in other doses, `alike` the same kind of people."""

    rate: ToxicityRate
    near: bool
    alike: bool

    @property
    def worth(self) -> tuple[bool, int, int]:
        return self.alike, -RANKED.index(self.rate.status), self.rate.n or 0


def effects(options: Iterable[Row], knowledge: Knowledge, words: PlainWords) -> tuple[Effect, ...]:
    """The rates of the regimens that belong to the options, most telling event first, of as many events as side_effects.yaml says.

    For a regimen of which no rate was read, those of the same drugs in other doses stand in and are marked as `near`.
    Of the rates of one event and one set of drugs that of people with the option's aim is told, then the best read one,
    then the one of most people; where the people had another aim, or nobody knows which, the words say so.
    """
    dosing = knowledge.dosing
    events = {word: event.id for event in dosing.event_names.values() for word in event.words}
    order = list(words.branch("side_effects", "events"))
    left_out = set(words.branch("side_effects", "not_told"))
    best: dict[tuple[str, frozenset[str]], _Candidate] = {}
    for found in (item for option in options for item in _candidates(option, knowledge, words)):
        event = events.get(found.rate.event)
        if event is None or event in left_out:
            continue
        key = event, frozenset(part.drug for part in dosing.regimens[found.rate.regimen].parts)
        if key not in best or found.worth > best[key].worth:
            best[key] = found
    told = sorted(best.items(), key=lambda item: order.index(item[0][0]))
    first = list(dict.fromkeys(event for (event, _), _ in told))[: words.branch("side_effects", "most")]
    return tuple(_effect(event, found, knowledge, words) for (event, _), found in told if event in first)


def _candidates(option: Row, knowledge: Knowledge, words: PlainWords) -> Iterator[_Candidate]:
    """The rates that may be told for an option: those that side_effects.yaml keeps for it, else those of its regimens."""
    rates = knowledge.dosing.toxicity_rates
    kept = words.branch("side_effects", "kept_for")
    if option.get("id") in kept:
        yield from (_Candidate(rates[name], near=False, alike=True) for name in kept[option["id"]])
        return
    aims = words.branch("side_effects", "counted_in")
    wanted = {name: near for regimen in option["regimens"] for name, near in _holders(regimen, knowledge)}
    for rate in rates.values():
        if rate.regimen in wanted:
            yield _Candidate(rate, wanted[rate.regimen], option["intent"] in aims.get(rate.trial, ()))


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


def _effect(event: str, found: _Candidate, knowledge: Knowledge, words: PlainWords) -> Effect:
    rate = found.rate
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
    return Effect(
        event=event,
        text=sentence.replace(" ,", ","),
        number=number,
        denominator=100,
        people=_people(found, words),
        near=found.near,
        study=f"{rate.trial}, {rate.arm}",
        source=rate.source,
        cited=cited(rate.source, knowledge),
        status=rate.status,
        status_text=words.find("frame", "status", rate.status),
    )


def cited(source: str, knowledge: Knowledge) -> str:
    """A source as people read it: its title and date."""
    held = dict(knowledge.shelves())["sources"][source]
    return f"{held.title}, {held.date}" if held.date else held.title


def _people(found: _Candidate, words: PlainWords) -> str:
    """How many people were counted, that few of them prove little, and whether they were like those who get the option."""
    n = found.rate.n
    said = [words.find("frame", "rate_people", n=f"{n:,}") if n else words.find("frame", "rate_people_unknown")]
    if n and n < words.branch("side_effects", "small"):
        said.append(words.find("frame", "rate_small"))
    if not found.alike:
        said.append(words.find("frame", "rate_others"))
    return " ".join(said)


def _form(grade: str, words: PlainWords) -> str:
    """How bad, in the words that side_effects.yaml has for the grade; of some grades it says nothing."""
    forms = words.branch("side_effects", "forms")
    if grade not in forms:
        raise PatientWordsMissing(
            f"grade {grade} has no plain words; write them in knowledge/texts/plan/side_effects.yaml"
        )
    return words.find("side_effects", forms[grade]) if forms[grade] else ""
