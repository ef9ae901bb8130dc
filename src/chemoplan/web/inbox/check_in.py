"""The weekly check-in: what is asked, and how soon somebody must act on the answers. All of it is data (knowledge/texts/symptoms.yaml).

What was not said is unknown: it is shown as such, weighs as the data say, and is never read as "no".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chemoplan.knowledge.people_texts import Text, load_texts
from chemoplan.web.inbox.triage import LEVELS, most_urgent

UNSAID = "unsaid"
NOTE = "note"
EMERGENCY = "emergency"


@dataclass(frozen=True)
class Answer:
    """One line to pick. `grade` is None where the answer tells none."""

    id: str
    words: Text
    grade: int | None
    level: str
    emergency: bool = False
    advice: str = ""
    """The id of what to do at once beside the call."""


@dataclass(frozen=True)
class Symptom:
    """One question with its answers, from none to the worst."""

    id: str
    group: str
    term: str
    scale: str
    short: Text
    ask: Text
    hint: Text | None
    answers: tuple[Answer, ...]
    unsaid: str
    note: str
    evidence: tuple[Mapping[str, str], ...]

    def answer(self, identity: str | None) -> Answer | None:
        """An answer by id; None for what was not said."""
        return next((item for item in self.answers if item.id == identity), None)


@dataclass(frozen=True)
class Together:
    """Symptoms that weigh more together: each of the grades at least."""

    id: str
    all: Mapping[str, int]
    level: str
    says: Text


@dataclass(frozen=True)
class CheckIn:
    """The whole check-in as the knowledge holds it. `words` is the tree of its texts."""

    words: Mapping[str, Any]
    symptoms: tuple[Symptom, ...]
    together: tuple[Together, ...]
    every_days: int
    grace_days: int
    """How long after its day a check-in counts as missed."""
    alarms: frozenset[str]
    """The levels that are told at once, even while a form still has a fault."""

    def symptom(self, identity: str) -> Symptom | None:
        """A symptom by id."""
        return next((item for item in self.symptoms if item.id == identity), None)

    def groups(self) -> list[tuple[Text, list[Symptom]]]:
        """The questions by group, in order."""
        return [
            (group["title"], [item for item in self.symptoms if item.group == group["id"]])
            for group in self.words["groups"]
        ]


@dataclass(frozen=True)
class Assessment:
    """What follows from one check-in. `reasons` name the answers and rules that led to the level, the most urgent first."""

    level: str
    emergency: bool
    reasons: tuple[Mapping[str, Any], ...]
    unsaid: tuple[str, ...]


class CheckInRefused(ValueError):
    """The check-in in the knowledge is not written as expected; the message says where."""


@lru_cache(maxsize=1)
def check_in() -> CheckIn:
    """The check-in that ships. Raises CheckInRefused."""
    return read_check_in(load_texts()["symptoms"])


def read_check_in(data: Mapping[str, Any]) -> CheckIn:
    """A check-in from its tree. Raises CheckInRefused where a level, a group or a symptom is not known."""
    groups = {group["id"] for group in data["groups"]}
    symptoms = tuple(_symptom(row, groups) for row in data["symptoms"])
    known = {item.id for item in symptoms}
    together = tuple(Together(row["id"], row["all"], row["level"], row["says"]) for row in data["together"])
    for rule in together:
        _level(rule.level, f"together {rule.id}")
        if unknown := sorted(set(rule.all) - known):
            raise CheckInRefused(
                f"together {rule.id}: no symptom {unknown[0]!r}; expected some of {', '.join(sorted(known))}"
            )
    advice = {row["id"] for row in data["advice"]}
    for symptom in symptoms:
        if missing := [item for item in symptom.answers if item.advice and item.advice not in advice]:
            raise CheckInRefused(f"symptom {symptom.id}, answer {missing[0].id}: no advice {missing[0].advice!r}")
    _level(data["rise"]["level"], "rise")
    _level(data["open_ended_level"], "open_ended_level")
    for level in data["alarms"]:
        _level(level, "alarms")
    return CheckIn(
        data, symptoms, together, int(data["every_days"]), int(data["grace_days"]), frozenset(data["alarms"])
    )


def _symptom(row: Mapping[str, Any], groups: set[str]) -> Symptom:
    if row["group"] not in groups:
        raise CheckInRefused(
            f"symptom {row['id']}: no group {row['group']!r}; expected one of {', '.join(sorted(groups))}"
        )
    answers = tuple(
        Answer(
            item["id"],
            item["words"],
            item["grade"],
            item["level"],
            bool(item.get("emergency", False)),
            item.get("advice", ""),
        )
        for item in row["answers"]
    )
    for item in answers:
        _level(item.level, f"symptom {row['id']}, answer {item.id}")
    _level(row["unsaid"], f"symptom {row['id']}, unsaid")
    return Symptom(
        row["id"], row["group"], row["term"], row.get("scale", ""), row["short"], row["ask"], row.get("hint"), answers,
        row["unsaid"], row.get("note", ""), tuple(row["evidence"]),
    )  # fmt: skip


def _level(level: str, where: str) -> None:
    if level not in LEVELS:
        raise CheckInRefused(f"{where}: level {level!r}; expected one of {', '.join(LEVELS)}")


def grades(form: CheckIn, answers: Mapping[str, str]) -> dict[str, int]:
    """The grade of each symptom that was told and has one."""
    found = {}
    for symptom in form.symptoms:
        answer = symptom.answer(answers.get(symptom.id))
        if answer is not None and answer.grade is not None:
            found[symptom.id] = answer.grade
    return found


def assess(form: CheckIn, answers: Mapping[str, str], before: Mapping[str, str] | None = None) -> Assessment:
    """How soon somebody must act on these answers (symptom to answer id; a missing one counts as unsaid).

    `before` are the answers of the check-in before. The level is the most urgent of all: each answer, each pair of `together` whose
    grades are reached, a steep rise, what was not said, and words of one's own.
    """
    reasons: list[dict[str, Any]] = []
    unsaid = []
    emergency = False
    for symptom in form.symptoms:
        answer = symptom.answer(answers.get(symptom.id))
        if answer is None:
            unsaid.append(symptom.id)
            reasons.append({"symptom": symptom.id, "answer": UNSAID, "grade": None, "level": symptom.unsaid})
            continue
        emergency = emergency or answer.emergency
        reasons.append({"symptom": symptom.id, "answer": answer.id, "grade": answer.grade, "level": answer.level})
    now, past = grades(form, answers), grades(form, before or {})
    reasons += [
        {"rule": rule.id, "level": rule.level}
        for rule in form.together
        if all(now.get(name, -1) >= least for name, least in rule.all.items())
    ]
    rise = form.words["rise"]
    reasons += [
        {"rule": "rise", "symptom": name, "from": past[name], "grade": grade, "level": rise["level"]}
        for name, grade in now.items()
        if name in past and grade - past[name] >= rise["grades"]
    ]
    if answers.get(NOTE, "").strip():
        reasons.append({"rule": NOTE, "level": form.words["open_ended_level"]})
    level = most_urgent(*(str(reason["level"]) for reason in reasons))
    told = [reason for reason in reasons if reason["level"] != LEVELS[-1]]
    told.sort(key=lambda reason: LEVELS.index(reason["level"]))
    return Assessment(level, emergency, tuple(told), tuple(unsaid))


def is_emergency(form: CheckIn, answers: Mapping[str, str]) -> bool:
    """Whether an answer tells of a danger to life."""
    return any(answer.emergency for answer in _told(form, answers))


def advice_for(form: CheckIn, answers: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """What to do at once beside the call, each once, in the order of the data."""
    wanted = {answer.advice for answer in _told(form, answers)}
    return [row for row in form.words["advice"] if row["id"] in wanted]


def _told(form: CheckIn, answers: Mapping[str, str]) -> list[Answer]:
    found = (symptom.answer(answers.get(symptom.id)) for symptom in form.symptoms)
    return [answer for answer in found if answer]


def reason_lines(
    form: CheckIn, reasons: Sequence[Mapping[str, Any]], say: Callable[[Text], str]
) -> list[tuple[str, str]]:
    """The reasons in words: of what, and what was said. What was left open stands together in the last line."""
    lines = [_line(form, reason, say) for reason in reasons if reason.get("answer") != UNSAID]
    opened = [form.symptom(str(reason["symptom"])) for reason in reasons if reason.get("answer") == UNSAID]
    if names := [say(symptom.short) for symptom in opened if symptom]:
        lines.append((say(form.words["left_open"]), ", ".join(names)))
    return lines


def _line(form: CheckIn, reason: Mapping[str, Any], say: Callable[[Text], str]) -> tuple[str, str]:
    rule = str(reason.get("rule", ""))
    symptom = form.symptom(str(reason.get("symptom", "")))
    what = say(symptom.short) if symptom else ""
    if rule == "rise":
        return what, say(form.words["rise"]["says"])
    if rule == NOTE:
        return say(form.words["open_ended"]), "✓"
    if rule:
        return "", next((say(item.says) for item in form.together if item.id == rule), "")
    answer = symptom.answer(str(reason.get("answer", ""))) if symptom else None
    return what, say(answer.words) if answer else ""


def worst(form: CheckIn, answers: Mapping[str, str]) -> int | None:
    """The highest grade of a check-in, None when no answer tells one."""
    return max(grades(form, answers).values(), default=None)


def courses(form: CheckIn, rows: Sequence[Mapping[str, str]]) -> list[tuple[Symptom, list[Answer | None]]]:
    """For each symptom that was ever above none, or left open, its answers over the check-ins, oldest first; the worst on top."""
    found = [(symptom, [symptom.answer(row.get(symptom.id)) for row in rows]) for symptom in form.symptoms]
    shown = [row for row in found if any(answer is None or answer.grade != 0 for answer in row[1])]
    return sorted(shown, key=lambda row: -max((_weight(answer) for answer in row[1]), default=0))


def _weight(answer: Answer | None) -> int:
    """How high a row stands: an answer without a grade by its level, what was left open above none."""
    if answer is None:
        return 1
    return 2 * answer.grade if answer.grade is not None else 2 * (len(LEVELS) - LEVELS.index(answer.level))
