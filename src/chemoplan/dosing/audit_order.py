"""Audit of an order: somebody's doses worked out again for the case, and every difference with its reason and its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from chemoplan import __version__
from chemoplan.case import Case
from chemoplan.dosing.amounts import exact, half_up, plain, plain_or_none, shown
from chemoplan.dosing.audit_cycle import cycle_findings, premedication_findings, with_cycle
from chemoplan.dosing.audit_dose import dose_findings
from chemoplan.dosing.audit_findings import SEVERITIES, finding, joined, kind_of_rule, policy_lines, trace_of
from chemoplan.dosing.audit_giving import giving_findings, share
from chemoplan.dosing.body import body_surface_area
from chemoplan.dosing.matching import PER, Pair, basis_of, matched
from chemoplan.dosing.order import BODY_FACTS, OrderRequest, order, regimen_of
from chemoplan.dosing.order_words import same_name, supportive
from chemoplan.dosing.rules import prepare
from chemoplan.dosing.written import Written, WrittenRefused
from chemoplan.dosing.written_line import Line
from chemoplan.knowledge import Knowledge

__all__ = ["SEVERITIES", "audit_order"]

VERDICTS = {"reject": "rejected", "caution": "to be changed or justified", "ask": "cannot be judged yet"}
ROUNDED_TO_VIALS = ("antibody", "immunotherapy")


def audit_order(written: Written, case: Case, knowledge: Knowledge) -> dict[str, Any]:
    """The findings on an order as plain JSON data, worst first, with each dose worked out again.

    Raises DoseRefused for an unknown regimen or version, WrittenRefused for a part that the regimen does not have.
    """
    return _Audit(written, case, knowledge).result()


class _Audit:
    def __init__(self, written: Written, case: Case, knowledge: Knowledge) -> None:
        self.written, self.knowledge = written, knowledge
        self.statements: list[dict[str, Any]] = []
        self.regimen = regimen_of(written.regimen + (f"@{written.version}" if written.version else ""), knowledge)
        self.parts = {part.id: part for part in self.regimen.parts}
        strange = [line for line in written.lines if line.part and line.part not in self.parts]
        if strange:
            expected = f"expected one of {', '.join(self.parts)}"
            raise WrittenRefused(
                [f"order, {line.place}.part: {self.regimen.id} has no {line.part!r}; {expected}" for line in strange]
            )
        self.case = with_cycle(case, written)
        self.today = case.decided_on.isoformat() if case.decided_on else None
        self.choices = {**self._choices_by_form(), **written.choices}
        without = {
            name: why for name, why in written.without.items() if name not in self.case.facts and name not in BODY_FACTS
        }
        self.again = order(self.regimen, self.case, knowledge, OrderRequest(self.choices, written.level, without))
        self.source = self.again["evidence"]
        area, weight = self.again["body"]["surface"], self.again["body"]["weight"]
        self.sizes = {"m2": None if area is None else exact(area), "kg": None if weight is None else exact(weight)}
        self.rules = {rule.id: rule for rule in prepare(self.regimen, knowledge).rules}
        self._match()

    def _choices_by_form(self) -> dict[str, str]:
        """A choice that the order makes by naming a form of the drug: leucovorin or levoleucovorin."""
        ordered = {line.drug for line in self.written.lines}
        found = {}
        for part in self.regimen.parts:
            forms = {choice.drug or part.drug for choice in part.choices}
            named = [choice.id for choice in part.choices if (choice.drug or part.drug) in ordered]
            if len(forms) > 1 and len(named) == 1:
                found[part.id] = named[0]
        return found

    def _match(self) -> None:
        lines = [line for line in self.written.lines if line.drug is not None]
        pairs, self.spare, self.unordered = matched(lines, self.again["drugs"], self.sizes)
        self.strange = [line for line in self.written.lines if line.drug is None]
        self.pairs = [self._pair(line, row) for line, row in pairs]

    def _pair(self, line: Line, row: Mapping[str, Any]) -> Pair:
        size = self.sizes.get(line.size) if line.size else Decimal(1)
        found = line.dose * size if line.dose is not None and size is not None else None
        return Pair(line, row, self.parts[row["part"]], self._tolerance(line), found, basis_of(line, row))

    def _tolerance(self, line: Line) -> Decimal:
        drug = self.knowledge.dosing.drugs.get(line.drug or "")
        names = ["audit-tolerance"]
        if line.rounded == "band":
            names.append("audit-tolerance-banded")
        if line.rounded == "vial" or (drug is not None and drug.kind in ROUNDED_TO_VIALS):
            names.append("audit-tolerance-antibody")
        return max(share(name, self.knowledge) for name in names)

    def result(self) -> dict[str, Any]:
        findings = joined(
            [*self.body(), *self.doses(), *self.drugs(), *self.unknown(), *self.warnings(), *self.course()]
        )  # fmt: skip
        return {
            "chemoplan": __version__,
            "knowledge": self.again["knowledge"],
            "kind": "order audit",
            "case": self.case.id,
            "title": self.case.title,
            "decided_on": self.today,
            "regimen": self.regimen.id,
            "version": self.regimen.version,
            "regimen_title": self.regimen.title,
            "order": self.written.as_json(),
            "body": self.again["body"],
            "verdict": VERDICTS[findings[0]["severity"]] if findings else "nothing found against it",
            "findings": findings,
            "recalculated": [*map(self.compared, self.pairs), *(self.compared(None, row) for row in self.unordered)],
            "statements": self.statements,
        }

    def compared(self, pair: Pair | None, row: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A recalculated line beside what was ordered."""
        shown_row = pair.row if pair is not None else row
        assert shown_row is not None
        expected = pair.expected[0] if pair is not None and pair.expected else None
        if pair is None and shown_row["dose"] is not None:
            expected = exact(shown_row["dose"])
        found = pair.found if pair is not None else None
        off = None if found is None or not expected else plain(half_up((found / expected - 1) * 100, Decimal("0.1")))
        return {
            "part": shown_row["part"], "drug": shown_row["drug"], "title": shown_row["title"], "status": shown_row["status"],
            "expected": None if expected is None else plain(half_up(expected)), "found": plain_or_none(found), "unit": shown_row["unit"],
            "per": pair.basis if pair is not None else shown_row["per"], "difference_percent": off,
            "agrees": pair is not None and (pair.agrees or (not pair.found and not expected)), "ordered": pair is not None,
            "published": shown_row["published"], "steps": shown_row["steps"],
        }  # fmt: skip

    def state(self, name: str, text: str, ask: str) -> None:
        """Something that was not checked, and who can: said, never held against the order."""
        self.statements.append({"id": name, "text": text, "ask": ask})

    # The body

    def body(self) -> Iterator[dict[str, Any]]:
        """The order states or implies another body. Sets `factors`: by how much that moves a dose per m2 or per kg."""
        self.factors: dict[str, Decimal] = {}
        limit = share("audit-body-tolerance", self.knowledge)
        facts, wrong = self.case.facts, []
        stated = (("weight", self.written.weight, facts.get("weight"), "kg"), ("height", self.written.height, facts.get("height"), "cm"),
                  ("body surface area", self.written.bsa, self.again["body"]["surface"], "m2"))  # fmt: skip
        for name, ordered, held, unit in stated:
            if (
                ordered is not None
                and isinstance(held, float | int)
                and abs(ordered - exact(held)) > exact(held) * limit
            ):
                wrong.append((name, f"{shown(ordered)} {unit}", f"{shown(exact(held))} {unit}"))
        if wrong:
            self._stated_factors()
            text = "; ".join(f"{name} {ordered} in the order, {held} in the case" for name, ordered, held in wrong)
            yield self._body_finding(text, wrong[0][2], wrong[0][1])
            return
        implied = self._implied()
        if implied is not None and self.sizes["m2"] is not None:
            self.factors = {"m2": implied, "kg": implied}
            area = shown(half_up(self.sizes["m2"] * implied))
            times = shown(half_up(implied))
            text = f"Every dose that goes by the body is {times} times the recalculated one, as if the surface were {area} m2."
            yield self._body_finding(text, f"{shown(self.sizes['m2'])} m2", f"{area} m2")

    def _body_finding(self, text: str, expected: str, found: str) -> dict[str, Any]:
        lines = policy_lines("audit-body-tolerance", self.knowledge)
        return finding(
            "body",
            "",
            "reject",
            f"{text[0].upper()}{text[1:].rstrip('.')}.",
            expected=expected,
            found=found,
            lines=lines,
        )

    def _stated_factors(self) -> None:
        facts, area, weight = self.case.facts, self.sizes["m2"], self.sizes["kg"]
        held = {name: exact(value) for name in ("height", "weight") if isinstance(value := facts.get(name), float)}
        height, kilograms = self.written.height or held.get("height"), self.written.weight or held.get("weight")
        other = self.written.bsa
        if other is None and height and kilograms:
            other, _ = body_surface_area(height, kilograms, self.knowledge.dosing.policies["bsa-formula"].value)
        if other and area:
            self.factors["m2"] = other / area
        if self.written.weight and weight:
            self.factors["kg"] = self.written.weight / weight

    def _implied(self) -> Decimal | None:
        """The one factor by which every dose that goes by the body is off; None when they are not, or there is only one."""
        ratios = []
        for pair in self.pairs:
            if not pair.row["published"]["unit"].endswith(("/m2", "/kg")) or pair.line.size or not pair.found:
                continue
            if pair.row["status"] != "give" or not pair.expected or pair.line.reason:
                return None
            if pair.agrees:
                return None
            ratios.append(pair.found / pair.expected[0])
        if len(ratios) < 2 or max(ratios) > min(ratios) * Decimal("1.06"):
            return None
        middle = sum(ratios, Decimal(0)) / len(ratios)
        return middle if Decimal("0.4") < middle < Decimal("2.5") else None

    # The drugs and their doses

    def doses(self) -> Iterator[dict[str, Any]]:
        """Dose, days, route, time and rate of each drug."""
        swapped = self._swapped()
        for at, pair in enumerate(self.pairs):
            if pair.line.dose is not None and pair.found is None:
                continue
            if at in swapped:
                other = self.pairs[swapped[at]]
                text = f"{pair.line.name} has the dose that is due for {other.line.name}, and the other way round."
                yield finding(
                    "swapped-drug", pair.row["part"], "reject", text, drug=pair.row["drug"], lines=self.source,
                    expected=pair.text(half_up(pair.expected[0])), found=pair.text(pair.found or Decimal(0)),
                )  # fmt: skip
            else:
                factor = self.factors.get(pair.row["published"]["unit"].partition("/")[2])
                yield from dose_findings(pair, factor, self.today, self.source)
            if pair.line.dose:
                yield from giving_findings(pair, dict(self.case.facts), self.knowledge, self.source)

    def _swapped(self) -> dict[int, int]:
        """Pairs whose doses stand crosswise."""
        found: dict[int, int] = {}
        off = [at for at, pair in enumerate(self.pairs) if pair.found and pair.expected and not pair.agrees]
        for at in off:
            for other in off:
                one, two = self.pairs[at], self.pairs[other]
                if (
                    at < other
                    and not {at, other} & set(found)
                    and one.near(two.expected[0])
                    and two.near(one.expected[0])
                ):
                    found[at], found[other] = other, at
        return found

    def drugs(self) -> Iterator[dict[str, Any]]:
        """Drugs that the regimen does not hold, drugs twice, drugs left out, and one in the place of another."""
        due = [
            row
            for row in self.unordered
            if row["status"] in ("give", "conditional", "choose", "differ", "decide") and row["dose"] != 0
        ]
        due = [row for row in due if not self._is_radiation(row)]
        mine = {row["drug"] for row in self.again["drugs"]}
        wanted = {name for row in self.again["premedication"] for name in row["any_of"]}
        extra = [line for line in self.spare if line.drug not in mine]
        unknown = [line for line in self.strange if not supportive(line.name) and not same_name(line.name, wanted)]
        for line in (*extra, *unknown):
            if line.dose == 0:
                continue
            if due:
                row = self._nearest(line, due)
                due.remove(row)
                text = f"{line.name} is ordered, which {self.regimen.id} does not hold; {row['title']} is missing."
                yield finding(
                    "swapped-drug", row["part"], "reject", text, drug=row["drug"], expected=row["title"], found=line.name,
                    lines=self.source,
                )  # fmt: skip
            else:
                known, about = line.drug is not None, line.drug or line.name.lower()[:40]
                text = f"{line.name} is no drug of {self.regimen.id}." + (
                    "" if known else " This knowledge does not know it."
                )
                yield finding(
                    "foreign-drug", about, "reject" if known else "caution", text, drug=line.drug or "", found=line.name,
                    lines=self.source,
                )  # fmt: skip
        for line in self.spare:
            if line.drug in mine and line.dose != 0:
                text = f"{line.name} is ordered more often than {self.regimen.id} gives it."
                yield finding(
                    "duplicate",
                    str(line.drug),
                    "reject",
                    text,
                    drug=str(line.drug),
                    found=line.place,
                    lines=self.source,
                )
        for row in due:
            expected = f"{shown(exact(row['dose']))} {row['unit']} {PER[row['per']]}" if row["dose"] is not None else ""
            text = f"{row['title']} ({row['route']}) belongs to {self.regimen.id} and is not ordered."
            yield finding(
                "missing-drug", row["part"], "caution", text, drug=row["drug"], expected=expected, lines=self.source
            )
        if any(map(self._is_radiation, self.unordered)):
            self.state(
                "radiation", "Radiation is not part of this order and was not checked.", "The radiation oncologist."
            )

    def _is_radiation(self, row: Mapping[str, Any]) -> bool:
        drug = self.knowledge.dosing.drugs.get(row["drug"])
        return (drug is not None and drug.kind == "radiation") or row["unit"] == "Gy"

    def _nearest(self, line: Line, rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The missing line in whose place a foreign one most likely stands: the same part, else the nearest dose."""
        named = [row for row in rows if line.part and row["part"] == line.part]
        size = self.sizes.get(line.size) if line.size else Decimal(1)

        def off(row: Mapping[str, Any]) -> Decimal:
            dose = row["dose"] or row["calculated"]
            if not dose or not line.dose or not size:
                return Decimal(10**6)
            ratio = line.dose * size / exact(dose)
            return max(ratio, 1 / ratio)

        return min(named or rows, key=off)

    # What is unknown, and the warnings

    def unknown(self) -> Iterator[dict[str, Any]]:
        """Facts that a dose needs and nobody states, choices that are open, jurisdictions that differ."""
        for row in self.again["drugs"]:
            if row["status"] in ("conditional", "differ") and not self._is_radiation(row):
                names = row["conditional_on"]
                text = f"The dose of {row['title']} cannot be judged while these are unknown: {', '.join(names)}."
                if row["status"] == "differ":
                    text = f"Jurisdictions differ on {row['title']}, and the case names no region."
                yield finding(
                    "unknown-facts", ",".join(names), "ask", text, drug=row["drug"], depends_on=names, lines=self.source
                )
            elif row["status"] == "choose":
                ids = ", ".join(choice["id"] for choice in row["choices"])
                text = f"{row['title']} has several published doses; the order has to name one under choices: {ids}."
                yield finding(
                    "choice",
                    row["part"],
                    "ask",
                    text,
                    drug=row["drug"],
                    depends_on=row["conditional_on"],
                    lines=self.source,
                )
        for pair in self.pairs:
            if (
                pair.line.dose is not None
                and pair.found is None
                and pair.row["status"] not in ("conditional", "differ")
            ):
                text = f"{pair.line.name} is ordered by {pair.line.size}, which the case does not give."
                needs = ["height", "weight"]
                yield finding(
                    "unknown-facts",
                    pair.line.size,
                    "ask",
                    text,
                    drug=pair.row["drug"],
                    depends_on=needs,
                    lines=self.source,
                )

    def warnings(self) -> Iterator[dict[str, Any]]:
        """Warnings of the recalculated order that the written one does not carry."""
        told = []
        for row in self.again["warnings"]:
            if row["id"] in self.written.acknowledged:
                continue
            rule = self.rules.get(row["id"])
            if rule is None:
                if row["severity"] == "ask":
                    yield finding("check-input", row["id"], "ask", row["text"], lines=self.source)
                continue
            said = {**prepare(self.regimen, self.knowledge).told(rule), "because": row.get("because", [])}
            if kind_of_rule(said) == "interaction":
                text = f"{rule.text} Write {rule.id} under acknowledged when it is taken care of."
                yield finding(
                    "interaction", rule.id, "caution", text, title=rule.title, drug=row.get("drug", ""),
                    because=[trace_of(said, self.today)], lines=row.get("evidence", ()),
                )  # fmt: skip
            else:
                told.append(row["text"])
        for at, text in enumerate(dict.fromkeys(told), 1):
            self.state(f"warning-{at}", text, "Whoever gives the order; it does not change the dose.")

    def course(self) -> Iterator[dict[str, Any]]:
        """The cycle, the days since the last one, and premedication."""
        chosen = [
            choice.cycle_days
            for part in self.regimen.parts
            for choice in part.choices
            if self.choices.get(part.id) == choice.id and choice.cycle_days
        ]
        length = max(chosen) if chosen else self.regimen.cycle_days
        if self.written.case and self.written.case != self.case.id:
            text = f"The order was made for case {self.written.case}, and is held against case {self.case.id}."
            self.state("case", text, "Whoever ordered: both have to be the same person.")
        yield from cycle_findings(self.written, self.case, self.regimen.id, length, self.source, self.state)
        given = [pair.row["drug"] for pair in self.pairs if pair.line.dose]
        cycle = self.case.facts.get("cycle_number")
        yield from premedication_findings(self.written, given, self.again["premedication"], cycle)
