"""The Patient: sex, and age on the day of the decision. Names, addresses and the birth date go nowhere."""

from __future__ import annotations

from chemoplan.case.statement import Source
from chemoplan.intake.case_file import read_day
from chemoplan.intake.fhir.element import Element
from chemoplan.intake.fhir.gathering import Gathering
from chemoplan.vocabulary import load_vocabulary

_BIRTH_SEX = {"M": "male", "F": "female"}


def read_person(gathering: Gathering, resource: Element) -> None:
    """State sex and age; age only when the day of birth and the day of the decision are both given."""
    gender = resource.text("gender")
    known = load_vocabulary()["sex"].values
    if gender in known:
        gathering.state("sex", gender, Source(gathering.document, f"{resource.path}.gender"))
        for extension in resource.children("extension"):
            if (
                extension.text("url").endswith("us-core-birthsex")
                and _BIRTH_SEX.get(extension.text("valueCode"), gender) != gender
            ):
                gathering.warn(
                    f"{resource.path}.gender",
                    f"gender is {gender} and the birth sex differs; check which one dose formulas need",
                )
    elif gender and gender != "unknown":
        gathering.warn(f"{resource.path}.gender", f"the gender is not one of {', '.join(known)}; sex stays unknown")
    if resource.boolean("deceasedBoolean") or resource.has("deceasedDateTime"):
        gathering.warn(resource.path, "the Patient is recorded as deceased")
    birth = resource.raw.get("birthDate")
    if not birth:
        return
    born = read_day(birth)
    path = f"{resource.path}.birthDate"
    if born is None:
        gathering.warn(path, "the birth date is not known to the day; age stays unknown unless stated")
        return
    day = gathering.decided_on
    if day is None:
        gathering.warn(
            path, "age is not computed: the Bundle has no timestamp to take as the day of the decision; give --on"
        )
        return
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    gathering.state(
        "age", age, Source(gathering.document, path, day, "birth date to the day of the decision"), path=path
    )
