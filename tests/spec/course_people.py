"""An invented person, regimens and lists of given cycles for the tests of a course."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from chemoplan.case import Case, resolve
from chemoplan.dosing.course import course, course_of, regimens_of
from chemoplan.dosing.course_cycles import chosen_parts
from chemoplan.dosing.course_request import CourseRequest
from chemoplan.dosing.given import read_given
from chemoplan.intake.case_file import read_case_file
from chemoplan.knowledge import Knowledge, load_knowledge

WELL: dict[str, Any] = {
    "region": "US", "setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "treatment_intent": "curative",
    "weeks_since_surgery": 6, "age": 62, "sex": "male", "ecog": 1, "height": 170, "weight": 70, "creatinine": 1.0, "neutrophils": 2.4,
    "platelets": 180, "bilirubin": 0.7, "bilirubin_ratio": 0.6, "aminotransferase_ratio": 0.8, "dpyd_activity_score": 2,
    "ugt1a1": "normal", "neuropathy_grade": 0, "medicines": [],
}  # fmt: skip
"""An invented person in whom nothing speaks against a cycle."""

FULL_MFOLFOX6: dict[str, str] = {
    "oxaliplatin": "85 mg/m2", "leucovorin": "400 mg/m2", "fluorouracil-bolus": "400 mg/m2", "fluorouracil-infusion": "2400 mg/m2",
}  # fmt: skip


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    return load_knowledge()


def case(changes: dict[str, Any] | None = None, decided_on: str = "2026-11-26") -> Case:
    facts = {name: value for name, value in {**WELL, **(changes or {})}.items() if value is not None}
    document = {"case": "invented", "decided_on": decided_on, "complete": ["history", "toxicity"], "facts": facts}
    return resolve(read_case_file(document, "invented"), knowledge())


def planned(
    name: str,
    start: date = date(2026, 12, 7),
    given: Any = None,
    facts: dict[str, Any] | None = None,
    decided_on: str = "2026-11-26",
    **more: Any,
) -> dict[str, Any]:
    """The course of a regimen or sequence; `given` as a site would write it."""
    held, person = course_of(name, knowledge()), case(facts, decided_on)
    read = None
    if given is not None:
        regimens = regimens_of(held, more.get("steps", {}), knowledge())
        parts = chosen_parts(regimens.values(), more.get("choices", {}))
        read = read_given(given, regimens, parts, knowledge(), "given.yaml", person.decided_on)
    return course(held, person, knowledge(), CourseRequest(start, given=read, **more))


def cycle_given(number: int, day: str, doses: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One given cycle; a dose of None leaves the drug out of the list, a dictionary is the drug's own row."""
    rows = []
    for part, dose in {**FULL_MFOLFOX6, **(doses or {})}.items():
        if dose is not None:
            rows.append({"drug": part, **dose} if isinstance(dose, dict) else {"drug": part, "dose": dose})
    return {"cycle": number, "date": day, "drugs": rows, **more}


def first_days(result: dict[str, Any]) -> list[str]:
    return [cycle["day1"] for cycle in result["cycles"]]


def due(result: dict[str, Any], cycle: int = 1, step: int = 1) -> Iterator[tuple[int, str, str, str]]:
    """Day, part, what and when of one cycle."""
    row = next(item for item in result["cycles"] if (item["cycle"], item["step"]) == (cycle, step))
    for day in row["days"]:
        for item in day["drugs"]:
            yield day["day"], item["part"], item["what"], item["when"]


def ids(result: dict[str, Any]) -> list[str]:
    return [row["id"] for row in result["warnings"]]
