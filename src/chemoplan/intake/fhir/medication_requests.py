"""An order as FHIR R4 MedicationRequests, read into the keys of a written order. Nothing is decided here, and no name is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from chemoplan.intake.case_file import read_day
from chemoplan.intake.fhir.element import Element, Unreadable
from chemoplan.intake.fhir.references import resource_keys
from chemoplan.intake.fhir.treatment import medication_concept
from chemoplan.intake.fhir.version import refuse_other_versions
from chemoplan.intake.refused import InputRefused, shown

NOT_ORDERED = ("cancelled", "stopped", "entered-in-error")
"""Statuses of a request that is no order any more; a draft is what an audit is for."""
MEASURES = {"29463-7": "weight", "8302-2": "height", "3140-1": "bsa", "8277-6": "bsa"}
"""LOINC codes of the body that an order was made for."""
TIMES = {"h": "h", "min": "min", "d": "d"}


def read_requests(data: Any, document: str) -> dict[str, Any]:
    """The order in a Bundle, a MedicationRequest, or a list of them, as a mapping of the keys of a written order.

    The regimen is read from `instantiatesCanonical`, `instantiatesUri` or `groupIdentifier`. Raises InputRefused, and nothing else.
    """
    resources = _resources(data, document)
    try:
        return _Requests(resources, document).order()
    except Unreadable as error:
        raise InputRefused(f"{document}, {error.path}: {error}") from None


def _resources(data: Any, document: str) -> list[tuple[Element, str]]:
    """The resources with the URL that each goes by."""
    found = []
    if isinstance(data, list):
        pairs = [(f"[{index}]", item, "") for index, item in enumerate(data)]
    elif data.get("resourceType") == "Bundle":
        refuse_other_versions(data, document)
        entries = data.get("entry")
        if not isinstance(entries, list):
            raise InputRefused(f"{document}, Bundle.entry: expected a list of MedicationRequests")
        rows = [item if isinstance(item, dict) else {} for item in entries]
        pairs = [
            (f"Bundle.entry[{index}].resource", item.get("resource"), str(item.get("fullUrl") or ""))
            for index, item in enumerate(rows)
        ]
    else:
        pairs = [(str(data.get("resourceType")), data, "")]
    for path, item, url in pairs:
        if not isinstance(item, dict) or not isinstance(item.get("resourceType"), str):
            raise InputRefused(f"{document}, {path}: no FHIR resource; expected a MedicationRequest")
        refuse_other_versions(item, document)
        found.append((Element(path, item), url))
    return found


class _Requests:
    def __init__(self, resources: list[tuple[Element, str]], document: str) -> None:
        self.document = document
        self.resources = [item for item, _ in resources]
        self.medications = [
            (resource_keys(item, url), item) for item, url in resources if item.text("resourceType") == "Medication"
        ]
        self.requests = [item for item in self.resources if item.text("resourceType") == "MedicationRequest"]

    def refuse(self, path: str, problem: str) -> InputRefused:
        return InputRefused(f"{self.document}, {path}: {problem}")

    def order(self) -> dict[str, Any]:
        """The keys of a written order."""
        ordered = [
            item
            for item in self.requests
            if item.text("status") not in NOT_ORDERED and not item.boolean("doNotPerform")
        ]
        if not ordered:
            raise InputRefused(f"{self.document}: holds no MedicationRequest that is an order now")
        people = {name for item in ordered for name in item.references("subject")}
        if len(people) > 1:
            raise InputRefused(
                f"{self.document}: the MedicationRequests are for {len(people)} people; one order is for one person"
            )
        found: dict[str, Any] = {"drugs": [line for item in ordered for line in self.lines(item)]}
        regimen = self.regimen(ordered)
        if regimen:
            found["regimen"] = regimen
        found |= self.measures(people)
        days = sorted({day for item in ordered for day in self.dates(item)})
        if days:
            found["day1"] = days[0].isoformat()
            for line in found["drugs"]:
                on = line.pop("_on")
                if on:
                    line["days"] = [(day - days[0]).days + 1 for day in on]
        for line in found["drugs"]:
            line.pop("_on", None)
        return found

    def regimen(self, ordered: list[Element]) -> str:
        """The id of the regimen that every request names; empty when none does."""
        named = {name for item in ordered for name in _regimens(item)}
        if len(named) > 1:
            raise InputRefused(
                f"{self.document}: the MedicationRequests name several regimens: {', '.join(sorted(named))[:120]}"
            )
        return named.pop() if named else ""

    def measures(self, people: set[str]) -> dict[str, Any]:
        """Weight, height and surface as the document states them for the person."""
        found: dict[str, Any] = {}
        for item in self.resources:
            concept = item.concept("code") if item.text("resourceType") == "Observation" else None
            name = next((MEASURES[code] for code in concept.codes("LOINC") if code in MEASURES), "") if concept else ""
            subjects = set(item.references("subject"))
            quantity = item.child("valueQuantity")
            if not name or quantity is None or (subjects and people and not subjects & people):
                continue
            value, unit = quantity.number("value"), quantity.text("code") or quantity.text("unit")
            if value is not None:
                if name in found and found[name] != f"{value} {unit}":
                    raise self.refuse(item.path, f"states another {name} than a resource before it")
                found[name] = f"{value} {unit}"
        return found

    def lines(self, item: Element) -> Iterator[dict[str, Any]]:
        """One line for each dosage instruction of a request."""
        concept = medication_concept(item, self.medications)
        name = next(iter(concept.texts), "") if concept is not None else ""
        if not name:
            code = next((coding.code for coding in concept.codings if coding.code), "") if concept is not None else ""
            what = f"only the code {shown(code)}" if code else "no medication"
            raise self.refuse(
                f"{item.path}.medication[x]", f"{what}; a drug is matched by its name: add text or display"
            )
        dosages = list(item.children("dosageInstruction"))
        if not dosages:
            yield {"drug": name, "_on": []}
        for dosage in dosages:
            yield {"drug": name, **self.dosage(dosage, item)}

    def dosage(self, dosage: Element, item: Element) -> dict[str, Any]:
        """Dose, route, times, rate and volume of a dosage instruction."""
        found: dict[str, Any] = {"_on": list(_events(dosage))}
        rates = list(dosage.children("doseAndRate"))
        if len(rates) > 1:
            raise self.refuse(
                f"{dosage.path}.doseAndRate", f"{len(rates)} doses; one is expected in a dosage instruction"
            )
        for rate in rates:
            if rate.has("doseRange") or rate.has("rateRange"):
                raise self.refuse(rate.path, "a range; one dose and one rate are expected")
            dose = rate.child("doseQuantity")
            if dose is not None and dose.number("value") is not None:
                unit = dose.text("code") or dose.text("unit")
                found |= {"dose": dose.number("value"), "unit": unit}
                if "/d" not in unit:
                    found["per"] = "dose"  # FHIR: the amount of one administration
            found |= _rate(rate)
        route = dosage.concept("route")
        if route is not None and route.texts:
            method = dosage.concept("method")
            found["route"] = " ".join((route.texts[0], *(method.texts[:1] if method else ())))
        found |= _timing(dosage)
        supply = item.child("dispenseRequest")
        quantity = supply.child("quantity") if supply else None
        if quantity is not None and (quantity.text("code") or quantity.text("unit")).lower() == "ml":
            found["volume"] = quantity.number("value")
        return found

    def dates(self, item: Element) -> Iterator[date]:
        """Every day on which a request is to be given, where it says so."""
        for dosage in item.children("dosageInstruction"):
            yield from _events(dosage)


def _regimens(item: Element) -> Iterator[str]:
    for key in ("instantiatesCanonical", "instantiatesUri"):
        value = item.raw.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text.strip():
                name, _, version = text.strip().rstrip("/").rsplit("/", 1)[-1].partition("|")
                yield name + (f"@{version}" if version else "")
    group = item.child("groupIdentifier")
    if group is not None and group.text("value") and group.text("system").rstrip("/").endswith("regimen"):
        yield group.text("value")


def _events(dosage: Element) -> Iterator[date]:
    timing = dosage.child("timing")
    events = timing.raw.get("event") if timing is not None else None
    for text in events if isinstance(events, list) else ():
        day = read_day(text[:10]) if isinstance(text, str) else None
        if day is None:
            raise Unreadable(f"{dosage.path}.timing.event", f"{shown(text)}; expected a day such as 2026-11-26")
        yield day


def _timing(dosage: Element) -> dict[str, Any]:
    """The time of one administration, and how often each day."""
    timing = dosage.child("timing")
    repeat = timing.child("repeat") if timing is not None else None
    if repeat is None:
        return {}
    found: dict[str, Any] = {}
    duration, unit = repeat.number("duration"), repeat.text("durationUnit")
    if duration is not None:
        if unit not in TIMES:
            raise Unreadable(f"{repeat.path}.durationUnit", f"{shown(unit)}; expected h, min or d")
        found["duration"] = f"{duration} {TIMES[unit]}"
    frequency = repeat.number("frequency")
    if frequency is not None and repeat.number("period") == 1 and repeat.text("periodUnit") == "d":
        found["times_per_day"] = frequency
    return found


def _rate(rate: Element) -> dict[str, Any]:
    """A rate as value and unit: a quantity, or a ratio of two."""
    quantity = rate.child("rateQuantity")
    if quantity is not None:
        return {"rate": {"value": quantity.number("value"), "unit": quantity.text("code") or quantity.text("unit")}}
    ratio = rate.child("rateRatio")
    if ratio is None:
        return {}
    over, under = ratio.child("numerator"), ratio.child("denominator")
    if over is None or under is None or not under.number("value"):
        raise Unreadable(f"{ratio.path}", "expected a numerator and a denominator")
    value, time = over.number("value") or 0, under.number("value") or 1
    top, below = (item.text("code") or item.text("unit") for item in (over, under))
    return {"rate": {"value": float(f"{value / time:.12g}"), "unit": f"{top}/{below}"}}
