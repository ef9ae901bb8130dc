"""Expected toxicity of regimens side by side: each rate with its trial, its denominator and its grading, never merged over trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from chemoplan import __version__
from chemoplan.dosing.amounts import plain_or_none, shown
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import EventName, Regimen, RegimenPart, ToxicityRate, ToxicityStudy
from chemoplan.plan.shape import evidence

NOT_RECORDED = "not recorded"
_PER = {"dose": "a dose", "day": "a day", "total": "in total"}


class CompareRefused(ValueError):
    """The regimens cannot be compared as asked; the message says what would be right."""


def compare(regimens: Sequence[Regimen], knowledge: Knowledge, event: str | None = None) -> dict[str, Any]:
    """The comparison as plain JSON data; `event` keeps the events whose title or reported words hold that text.

    Raises CompareRefused for fewer than two regimens, for one given twice, and for an event that no rate is held of.
    """
    names = [item.id for item in regimens]
    if len(names) < 2:
        raise CompareRefused("a comparison needs two regimens or more")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise CompareRefused(f"{twice[0]} is given twice; name each regimen once")
    return _Comparison(regimens, knowledge, event).result()


class _Comparison:
    def __init__(self, regimens: Sequence[Regimen], knowledge: Knowledge, event: str | None) -> None:
        self.regimens, self.knowledge, self.asked = regimens, knowledge, event
        held = knowledge.dosing
        self.names = [item.id for item in regimens]
        self.rates = list(held.toxicity_rates.values())
        self.studies = {study.trial: study for study in held.toxicity_studies.values()}
        self.removed = {term.term.casefold(): term for term in held.removed_terms.values()}
        wanted = self._wanted()
        self.own = [rate for rate in self.rates if rate.regimen in self.names and rate.event in wanted]

    def _wanted(self) -> dict[str, EventName]:
        """The events to tell of, by the words that mean them."""
        events = list(self.knowledge.dosing.event_names.values())
        if self.asked is not None:
            text = self.asked.strip().casefold()
            events = [
                item for item in events if text and any(text in word.casefold() for word in (item.title, *item.words))
            ]
            if not events:
                known = ", ".join(item.title.lower() for item in self.knowledge.dosing.event_names.values())
                raise CompareRefused(f"no event is called {self.asked!r}; expected a part of one of: {known}")
        return {word: item for item in events for word in item.words}

    def result(self) -> dict[str, Any]:
        events = self._events()
        knowledge = self.knowledge
        shown_rates = [row for item in events for row in item["rows"]]
        studies = dict.fromkeys(row["trial"] for item in events for row in (*item["rows"], *item["other_arms"]))
        return {
            "chemoplan": __version__,
            "knowledge": {
                "version": knowledge.version,
                "sha256": knowledge.sha256,
                "as_of": knowledge.as_of,
                "overlays": list(knowledge.overlays),
                "signed_off": all(item.signed_off_by is not None for item in self.regimens),
            },
            "kind": "comparison",
            "asked": self.asked,
            "regimens": [self._regimen(item) for item in self.regimens],
            "events": events,
            "not_reported": [
                {"regimen": name, "event": item["event"], "text": f"{item['event']}: not reported in what was read"}
                for item in events
                for name in item["not_reported"]
            ],
            "studies": [self._study(self.studies[name]) for name in studies if name in self.studies],
            "statements": self._statements(events, shown_rates),
            "sources": self._sources(
                rate.source for rate in self.rates if rate.id in {row["id"] for row in self._all_rows(events)}
            ),
        }

    @staticmethod
    def _all_rows(events: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        return (row for item in events for row in (*item["rows"], *item["other_arms"]))

    def _regimen(self, regimen: Regimen) -> dict[str, Any]:
        held = sum(rate.regimen == regimen.id for rate in self.rates)
        return {
            "id": regimen.id,
            "version": regimen.version,
            "title": regimen.title,
            "status": regimen.status,
            "cycle_days": regimen.cycle_days,
            "emetogenicity": regimen.emetogenicity or None,
            "emetogenicity_status": regimen.emetogenicity_status if regimen.emetogenicity else None,
            "drugs": [self._part(part) for part in regimen.parts],
            "routes": list(dict.fromkeys(part.route for part in regimen.parts)),
            "rates": held,
            "related": [] if held else self._related(regimen),
            "evidence": evidence(regimen.evidence, regimen.id, self.knowledge, regimen.jurisdictions),
        }

    def _part(self, part: RegimenPart) -> dict[str, Any]:
        dose = part.dose
        times = f", {dose.times_per_day} times a day" if dose.times_per_day > 1 else ""
        chosen = f"; one of {', '.join(choice.title for choice in part.choices)} to choose" if part.must_choose else ""
        return {
            "part": part.id,
            "drug": part.drug,
            "title": self.knowledge.dosing.drugs[part.drug].title,
            "dose": f"{shown(dose.value)} {dose.unit} {_PER[dose.per]}{times}{chosen}",
            "route": part.route,
            "days": _days(part),
            "duration": part.duration or None,
            "status": part.status,
        }

    def _related(self, regimen: Regimen) -> list[str]:
        """Regimens of the same drugs for which rates are held."""
        drugs = {part.drug for part in regimen.parts}
        with_rates = dict.fromkeys(rate.regimen for rate in self.rates if rate.regimen)
        held = self.knowledge.dosing.regimens
        return [name for name in with_rates if {part.drug for part in held[name].parts} == drugs]

    def _events(self) -> list[dict[str, Any]]:
        found = [self._event(item) for item in dict.fromkeys(self._wanted().values())]
        told = [item for item in found if item["rows"] or self.asked is not None]
        return sorted(told, key=lambda item: (-len(item["comparisons"]), len(item["not_reported"])))

    def _event(self, event: EventName) -> dict[str, Any]:
        rates = [rate for rate in self.own if rate.event in event.words]
        together = self._together(rates)
        rows = [self._row(rate, (rate.trial, rate.grade) in together) for rate in rates]
        rows.sort(
            key=lambda row: (
                not row["same_trial"],
                row["trial"] if row["same_trial"] else "",
                self.names.index(row["regimen"]),
            )
        )
        trials = {rate.trial for rate in rates if self._is_trial(rate.trial)}
        others = [rate for rate in self.rates if rate.trial in trials and rate.event in event.words]
        removed = next((self.removed[word.casefold()] for word in event.words if word.casefold() in self.removed), None)
        return {
            "id": event.id,
            "event": event.title,
            "note": event.note or None,
            "removed": {"term": removed.term, "version": removed.version, "replaced_by": removed.replaced_by or None}
            if removed
            else None,
            "comparisons": [self._compared(trial, grade, names) for (trial, grade), names in together.items()],
            "rows": rows,
            "other_arms": [self._row(rate, False) for rate in others if rate.regimen not in self.names],
            "not_reported": [name for name in self.names if not any(row["regimen"] == name for row in rows)],
        }

    def _is_trial(self, trial: str) -> bool:
        """False for a meta-analysis and a label, whose figures come from different people."""
        study = self.studies.get(trial)
        return study is None or study.design in ("trial", "pooled trials")

    def _together(self, rates: Sequence[ToxicityRate]) -> dict[tuple[str, str], list[str]]:
        """By trial and grade, the regimens that one trial reports side by side."""
        found: dict[tuple[str, str], list[str]] = {}
        for rate in rates:
            if self._is_trial(rate.trial):
                names = found.setdefault((rate.trial, rate.grade), [])
                if rate.regimen not in names:
                    names.append(rate.regimen)
        return {key: names for key, names in found.items() if len(names) > 1}

    def _compared(self, trial: str, grade: str, names: list[str]) -> dict[str, Any]:
        study = self.studies.get(trial)
        return {
            "trial": trial,
            "grade": grade,
            "regimens": sorted(names, key=self.names.index),
            "randomized": study.randomized if study else None,
            "design_status": study.evidence[0].status if study and study.evidence else "unverified",
            "text": study.text if study else "How people came to each arm was not read.",
        }

    def _row(self, rate: ToxicityRate, same_trial: bool) -> dict[str, Any]:
        return {
            "id": rate.id,
            "regimen": rate.regimen or None,
            "trial": rate.trial,
            "arm": rate.arm,
            "n": rate.n,
            "reported_as": rate.event,
            "grade": rate.grade,
            "grading": rate.grading,
            "percent": rate.percent,
            "number": plain_or_none(rate.number),
            "status": rate.status,
            "source": rate.source,
            "same_trial": same_trial,
            "note": rate.note or None,
        }

    def _study(self, study: ToxicityStudy) -> dict[str, Any]:
        return {
            "id": study.id,
            "trial": study.trial,
            "design": study.design,
            "randomized": study.randomized,
            "text": study.text,
            "evidence": evidence(study.evidence, study.id, self.knowledge),
        }

    def _sources(self, names: Iterable[str]) -> list[dict[str, Any]]:
        return [
            {
                "source": source.id, "title": source.title, "citation": source.citation, "date": source.date,
                "read_on": source.read_on, "status": source.status,
            }
            for source in (self.knowledge.sources[name] for name in dict.fromkeys(names))
        ]  # fmt: skip

    def _statements(self, events: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[str]:
        found = [
            "Each rate stays with its trial. Rates of different trials are no comparison: people, treatment time, and the "
            "way of counting differ."
        ]
        for regimen in self.regimens:
            if not any(rate.regimen == regimen.id for rate in self.rates):
                near = self._related(regimen)
                more = f" Rates are held for the same drugs in other doses or times: {', '.join(near)}." if near else ""
                found.append(f"No rate of {regimen.id} was read; that is no rate of zero.{more}")
        if rows and not any(item["comparisons"] for item in events):
            found.append("No trial that was read holds two of these regimens.")
        for trial in dict.fromkeys(pair["trial"] for item in events for pair in item["comparisons"]):
            found.append(self._between(trial))
        if not rows:
            return found
        blank = sum(row["grading"] == NOT_RECORDED for row in rows)
        if blank:
            found.append(
                f"The version of the grading is not recorded for {blank} of {len(rows)} rates; "
                "versions of CTCAE grade the same value differently."
            )
        unread = sum(row["status"] != "verified" for row in rows)
        if unread:
            found.append(
                f"{unread} of {len(rows)} rates were not read in a source, or not in full; check them before use."
            )
        if any(not item["comparisons"] or item["not_reported"] for item in events):
            found.append("Not reported means that no rate was read. It never means that the event does not happen.")
        return found

    def _between(self, trial: str) -> str:
        study = self.studies.get(trial)
        if study is None:
            return f"{trial} holds two of these regimens; how people came to each was not read."
        if not study.randomized:
            return f"{trial} holds two of these regimens, not assigned by chance: {study.text}"
        status = study.evidence[0].status if study.evidence else "unverified"
        checked = "" if status == "verified" else f" That it is randomized is {status}."
        return f"{trial} is a randomized comparison: {study.text}{checked}"


def _days(part: RegimenPart) -> str:
    if part.days_text:
        return part.days_text
    if not part.days:
        return "every day"
    runs: list[list[int]] = []
    for day in part.days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    text = ", ".join(f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
    return f"day {text}" if len(part.days) == 1 else f"days {text}"
