"""A released plan for the person it is about: what, why, when, what to watch for, whom to call, in plain words that are data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.knowledge.people_texts import Text, load_texts
from chemoplan.report.patient_effects import Effect, cited, effects
from chemoplan.report.patient_facts import Reason, Waiting, reasons, waiting
from chemoplan.report.patient_words import PatientWordsMissing, PlainWords, Reviewed, signed_in_file

Row = Mapping[str, Any]
FORMAT = 1


class PatientPlanRefused(ValueError):
    """No patient's plan can be made; the message says what would be right."""


@dataclass(frozen=True)
class Release:
    """What the clinician who gives the plan to the patient adds, as it was typed. `on` is a date in words.

    `several` says of more than one option whether they are choices ("one" of them happens) or parts of one plan ("all" do).
    """

    by: str
    on: str
    start: str = ""
    rhythm: str = ""
    place: str = ""
    note: str = ""
    several: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a treatment."""

    title: str
    text: str
    lasts: str


@dataclass(frozen=True)
class Source:
    """A source that a chosen option rests on."""

    id: str
    title: str
    date: str
    status: str


@dataclass(frozen=True)
class Part:
    """One option that the clinician chose. `waits` says that it still depends on a result; empty when it does not.

    `choice` numbers it among those of which one happens; 0 for what is no such choice.
    """

    id: str
    name: str
    kind: str
    aim: str
    waits: str
    steps: tuple[Step, ...]
    sources: tuple[Source, ...]
    choice: int = 0


@dataclass(frozen=True)
class Watch:
    """A part of the treatment, and what a person may notice."""

    id: str
    name: str
    what: str
    signs: tuple[str, ...]
    sources: tuple[str, ...]
    cited: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A word and what it means."""

    term: str
    meaning: str


@dataclass(frozen=True)
class PatientPlan:
    """The plan as the patient gets it: nothing in it but words, and where they come from. `wanted` is the language asked for."""

    language: str
    wanted: str
    release: Release
    words: Mapping[str, Any]
    """Headings and the sentences of the frame."""
    parts: tuple[Part, ...]
    why: tuple[Reason, ...]
    waiting: tuple[Waiting, ...]
    watch: tuple[Watch, ...]
    effects: tuple[Effect, ...]
    call: tuple[str, ...]
    ask: tuple[str, ...]
    terms: tuple[Term, ...]
    version: int = FORMAT
    knowledge: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON data: the snapshot that is stored, shown and printed."""
        return asdict(self)

    def texts(self) -> list[str]:
        """Every sentence that the patient reads, in order; names of sources and what the clinician typed are not among them."""
        return [
            *_strings({key: text for key, text in self.words.items() if key != "released"}),
            *(text for part in self.parts for text in (part.name, part.kind, part.aim, part.waits) if text),
            *(
                text
                for part in self.parts
                for step in part.steps
                for text in (step.title, step.text, step.lasts)
                if text
            ),
            *(item.text for item in self.why),
            *(item.text for item in self.waiting),
            *(text for item in self.watch for text in (item.name, item.what, *item.signs)),
            *(text for item in self.effects for text in (item.text, item.people, item.status_text)),
            *self.call,
            *self.ask,
            *(text for term in self.terms for text in (term.term, term.meaning)),
        ]


def patient_plan(
    plan: Row,
    chosen: Sequence[str],
    language: str,
    release: Release,
    *,
    knowledge: Knowledge | None = None,
    reviewed: Reviewed = signed_in_file,
) -> PatientPlan:
    """The plan for the patient from a plan as JSON and the ids of the options that a clinician chose, in their order.

    In another language than English only when `reviewed` holds for every text that it says; else in English. Raises
    PatientPlanRefused for no option, one that the plan neither offers nor holds open, one without plain words, and for several
    treatments of which nobody said whether they are choices or parts of one plan.
    """
    listed = {option["id"]: option for option in plan["options"]}
    names = list(dict.fromkeys(chosen))
    if not names:
        raise PatientPlanRefused("choose at least one option of the plan to release")
    if strange := [name for name in names if name not in listed]:
        raise PatientPlanRefused(
            f"{strange[0]} is not an option that this plan offers; choose one of: {', '.join(listed)}"
        )
    knowledge = knowledge or load_knowledge()
    options = [_whole(listed[name], knowledge) for name in names]
    if len(alternatives(options)) > 1 and release.several not in ("one", "all"):
        raise PatientPlanRefused("more than one treatment is chosen; say whether they are choices or parts of one plan")
    try:
        made, words = _made(plan, options, language, language, release, knowledge)
        if language != "en" and not words.all_reviewed(reviewed):
            made, _ = _made(plan, options, "en", language, release, knowledge)
    except PatientWordsMissing as problem:
        raise PatientPlanRefused(str(problem)) from None
    return made


def alternatives(options: Iterable[Row]) -> list[Row]:
    """The options that may be choices beside each other: treatments and the like, not what goes along with them."""
    kinds = load_texts()["plan"]["frame"]["choices_among"]
    return [option for option in options if option["kind"] in kinds]


def _whole(option: Row, knowledge: Knowledge) -> Row:
    """The option with everything a patient's plan reads: what a plan holds of an excluded option is less than of others."""
    held = knowledge.options.get(option["id"])
    if held is None:
        return option
    own = {"intent": held.intent, "procedures": held.procedures, "regimens": held.regimens, "depends_on": []}
    return {**own, **option}


def _made(
    plan: Row, options: Sequence[Row], language: str, wanted: str, release: Release, knowledge: Knowledge
) -> tuple[PatientPlan, PlainWords]:
    words = PlainWords(language)
    rivals = [option["id"] for option in alternatives(options)]
    numbered = rivals if len(rivals) > 1 and release.several == "one" else []
    parts = tuple(_part(option, words, numbered) for option in options)
    watched = tuple(_watch(options, knowledge, words))
    rates = effects(options, knowledge, words)
    why, open_facts = reasons(options, words), waiting(options, words)
    call = load_texts()["call_now"]
    made = PatientPlan(
        language=language,
        wanted=wanted,
        release=release,
        words=_frame(words, release, rates, wanted, len(rivals)),
        parts=parts,
        why=why,
        waiting=open_facts,
        watch=watched,
        effects=rates,
        call=(words.say(call["lead"]), *(words.say(text) for text in call["reasons"]), words.say(call["emergency"])),
        ask=tuple(_ask(options, words)),
        terms=(),
        knowledge={"version": str(plan["knowledge"]["version"]), "as_of": str(plan["knowledge"]["as_of"])},
    )
    return _with_terms(made, words), words


def _part(option: Row, words: PlainWords, numbered: Sequence[str]) -> Part:
    held = words.branch("options", "options", option["id"])
    return Part(
        id=option["id"],
        name=words.say(held["name"]),
        kind=words.find("options", "kinds", option["kind"]),
        aim=words.find("options", "aims", option["intent"] or "none"),
        waits=words.find("frame", "conditional") if option["depends_on"] else "",
        steps=tuple(_step(step, words) for step in held["steps"]),
        sources=tuple(
            dict.fromkeys(
                Source(line["source"], line["title"], line["date"] or "", line["status"]) for line in option["evidence"]
            )
        ),
        choice=numbered.index(option["id"]) + 1 if option["id"] in numbered else 0,
    )


def _step(step: Any, words: PlainWords) -> Step:
    name, span = (step["step"], step["lasts"]) if isinstance(step, Mapping) else (step, None)
    held = words.branch("steps", "steps", name)
    lasts: Text | None = words.branch("options", "lasts", span) if span else held.get("lasts")
    return Step(words.say(held["title"]), words.say(held["text"]), words.say(lasts) if lasts else "")


def _members(options: Iterable[Row]) -> list[tuple[str, str]]:
    """Kind and id of every component and procedure of the options, each once; of a choice every member."""
    found: list[tuple[str, str]] = []
    for option in options:
        for item in option["components"]:
            found += [("components", name) for name in (item["one_of"] if isinstance(item, Mapping) else [item])]
        found += [("procedures", name) for name in option["procedures"]]
    return list(dict.fromkeys(found))


def _watch(options: Iterable[Row], knowledge: Knowledge, words: PlainWords) -> Iterable[Watch]:
    for kind, name in _members(options):
        held = words.branch("components", kind, name)
        signs = tuple(words.say(text) for text in held["watch"])
        cites = tuple(cited(source, knowledge) for source in held["sources"])
        yield Watch(name, words.say(held["name"]), words.say(held["what"]), signs, tuple(held["sources"]), cites)


def _ask(options: Iterable[Row], words: PlainWords) -> Iterable[str]:
    held = words.branch("frame", "ask")
    for name in ("all", *(name for _, name in _members(options))):
        yield from (words.say(text) for text in held.get(name, ()))


def _frame(words: PlainWords, release: Release, rates: Sequence[Effect], wanted: str, rivals: int) -> dict[str, Any]:
    held = words.branch("frame")
    choices = range(1, rivals + 1) if rivals > 1 and release.several == "one" else ()
    return {
        "title": words.say(held["title"]),
        "made_for": words.say(held["made_for"]),
        "released": words.say(held["released"], by=release.by, on=release.on),
        "headings": {key: words.say(text) for key, text in held["headings"].items()},
        "when": {key: words.say(text) for key, text in held["when"].items()},
        "several": words.say(held["several"][release.several]) if rivals > 1 else "",
        "beside": words.say(held["beside"]) if choices else "",
        "choices": [words.say(held["choice"], number=number) for number in choices],
        "why_lead": words.say(held["why_lead"]),
        "why_none": words.say(held["why_none"]),
        "waiting_lead": words.say(held["waiting_lead"]),
        "numbers": words.say(held["numbers_lead" if rates else "numbers_none"]),
        "near": words.say(held["numbers_near"]) if any(rate.near for rate in rates) else "",
        "call": words.say(held["call"]["phone"]),
        "call_say": words.say(held["call"]["say"]),
        "notice": words.say(held["english_only"]) if wanted != words.language else "",
        "sources": words.say(held["sources"]),
        "derived": words.say(held["derived"]),
    }


def _with_terms(made: PatientPlan, words: PlainWords) -> PatientPlan:
    """The plan with every word of the glossary that it uses explained."""
    text = " ".join(made.texts()).casefold()
    found = []
    for entry in load_texts().get("glossary", {}).get("terms", []):
        forms = [entry["term"].text_in(words.language)]
        forms += entry.get("also", []) if words.language == "en" else []
        if any(re.search(rf"\b{re.escape(str(form).casefold())}s?\b", text) for form in forms):
            found.append(Term(words.say(entry["term"]), words.say(entry["meaning"])))
    return PatientPlan(**{**{key: getattr(made, key) for key in made.__dataclass_fields__}, "terms": tuple(found)})


def _strings(tree: Any) -> list[str]:
    if isinstance(tree, Mapping | list):
        return [text for branch in (tree.values() if isinstance(tree, Mapping) else tree) for text in _strings(branch)]
    return [tree] if tree else []
