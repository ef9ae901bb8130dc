"""An order: one cycle of a regimen for one person. Every number with its steps, every change with its reason.

A drug has no dose while a fact is unknown that the regimen or one of its rules needs, while a choice is open, or while
jurisdictions disagree and the case names none. What would be given otherwise is shown as `calculated`, which is no order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chemoplan import __version__
from chemoplan.case import Case
from chemoplan.criteria.truth import Reason, reasons
from chemoplan.dosing import pumps_in_orders as pumps
from chemoplan.dosing.amounts import DoseRefused, Step, exact, half_up, plain, shown
from chemoplan.dosing.antidote import antidote_note
from chemoplan.dosing.body import body_surface_area
from chemoplan.dosing.calc import limit
from chemoplan.dosing.hepatic import ROUTE, TESTS
from chemoplan.dosing.outcome import Ceiling, Outcome, doubt_of_levels, settle
from chemoplan.dosing.parts import Amount, Body, Dosed, amount, choices_of, lines_of
from chemoplan.dosing.plausibility import doubtful_body, implausible
from chemoplan.dosing.rules import DoseRule, PreparedRegimen, prepare
from chemoplan.dosing.tablets import in_tablets
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import DoseChoice, Drug, PublishedDose, Regimen
from chemoplan.plan.shape import evidence, leaf
from chemoplan.vocabulary.nearest import nearest

VERDICTS = ("to give", "conditional", "delay", "do not give")
"""What an order says as a whole, from the best to the worst."""
SURFACE_TOLERANCE = Decimal("0.02")
ANTIDOTE_OF = "fluoropyrimidine"
BODY_FACTS = ("height", "weight", "body_surface_area", "cycle_number")
"""Facts that the arithmetic itself needs; nobody can go on without them."""


@dataclass(frozen=True)
class OrderRequest:
    """What the person who orders decides: choices by part, a dose level, and facts without which they go on, with the reason."""

    choices: Mapping[str, str] = field(default_factory=dict)
    level: int = 0
    """Dose levels below the full dose, as asked for: 0, -1, -2."""
    without: Mapping[str, str] = field(default_factory=dict)
    last_doses: Mapping[str, PublishedDose] = field(default_factory=dict)
    """By part, the dose that was given last (in mg/m2, mg/kg or mg): it is not exceeded where a dose is not raised again."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """By part, why its last dose is not raised again although no rule says so today: the rule that reduced it then."""
    infusion_pump: str | None = None
    """The pump that continuous infusions are ordered for."""
    brief: bool = False
    """For many orders: rules by id, without steps, reasons and evidence."""


def regimen_of(name: str, knowledge: Knowledge) -> Regimen:
    """The regimen of an id, or of id@version. A name gives no dose. Raises DoseRefused with what would be right."""
    held = knowledge.dosing.regimens
    wanted, _, version = name.partition("@")
    if wanted not in held:
        text = wanted.lower()
        near = [
            item.id for item in held.values() if text in (item.id, item.title.lower(), *map(str.lower, item.aliases))
        ]
        near = (
            near
            or sorted((name for name in held if text and text in name), key=len)
            or [found for found in [nearest(wanted, held)] if found]
        )
        hint = f"; ids that may be meant: {', '.join(near[:8])}" if near else ""
        raise DoseRefused(
            f"{wanted!r} is no regimen id, and a name gives no dose{hint} (all: chemoplan knowledge list regimens)"
        )
    regimen = held[wanted]
    if version and version != str(regimen.version):
        changed = regimen.earlier.get(version, "")
        raise DoseRefused(
            f"{wanted} is at version {regimen.version}, not {version}"
            + (f": {changed}" if changed else "")
            + f"; order {wanted}@{regimen.version}"
        )
    return regimen


def order(regimen: Regimen, case: Case, knowledge: Knowledge, request: OrderRequest | None = None) -> dict[str, Any]:
    """The order as plain JSON data. Raises DoseRefused when the request names what the regimen does not have."""
    return _Order(prepare(regimen, knowledge), case, request or OrderRequest()).result()


class _Order:
    def __init__(self, prepared: PreparedRegimen, case: Case, request: OrderRequest) -> None:
        self.prepared, self.case, self.request = prepared, case, request
        self.regimen, self.knowledge = prepared.regimen, prepared.knowledge
        self.dosing = prepared.knowledge.dosing
        self.facts = case.facts
        self.warnings: list[dict[str, Any]] = []
        self.leaves: dict[Reason, dict[str, Any]] = {}
        self.settling: dict[str, dict[str, None]] = {}
        self.told: set[tuple[str, str]] = set()
        region = self.facts.get("region")
        self.region = str(region) if region is not None else None
        self.reach: frozenset[str] | None = None
        if self.region:
            self.reach = frozenset((self.region, *self.knowledge.regions.get(self.region, ())))
        verdicts = [(rule, rule.test(self.facts)) for rule in prepared.rules]
        self.fired = [rule for rule, verdict in verdicts if verdict is True]
        self.open_rules = [rule for rule, verdict in verdicts if verdict is None and self._speaks(rule)]
        self.choices = choices_of(self.regimen, self.request.choices)
        self.body = self._body()
        for text in implausible(self.facts, self.knowledge):
            self._warn("implausible", "ask", text)
        self._overridden()

    def _overridden(self) -> None:
        """Each fact that the orderer goes on without: only an unknown one, never a measure of the body, and always told."""
        for name, reason in self.request.without.items():
            if name in self.facts:
                raise DoseRefused(f"{name} is known in this case; --without is for a fact that is not")
            if name in BODY_FACTS:
                raise DoseRefused(f"no dose can be worked out without {name}")
            self._warn(
                f"without-{name}", "caution", f"Ordered although {name} is unknown. Reason given: {reason}", fact=name
            )

    def _number(self, name: str) -> Decimal | None:
        value = self.facts.get(name)
        return exact(value) if isinstance(value, float) else None

    def _body(self) -> Body:
        height, weight, area = self._number("height"), self._number("weight"), self._number("body_surface_area")
        state = self.case.states.get("body_surface_area")
        stated = area if state is not None and state.status == "known" else None
        if height is None or weight is None:
            if stated is not None:
                value = half_up(stated)
                source = state.source if state else ""
                return Body(
                    value, weight, (Step("body surface area", "as stated", f"{shown(value)} m2", {"source": source}),)
                )
            missing = tuple(name for name, value in (("height", height), ("weight", weight)) if value is None)
            return Body(None, weight, (), missing)
        formula = self.dosing.policies["bsa-formula"].value
        value, step = body_surface_area(height, weight, formula)
        if stated is None and doubtful_body(height, weight, self.knowledge):
            return Body(None, None, (step,), ("body_surface_area",))
        if stated is not None and abs(stated - value) > value * SURFACE_TOLERANCE:
            both = f"{shown(stated)} m2, but height and weight give {shown(value)} m2"
            self._warn("body-surface-area", "ask", f"The case states a body surface area of {both}: check them.")
            return Body(None, weight, (step,), ("body_surface_area",))
        return Body(value, weight, (step,))

    def _warn(self, name: str, severity: str, text: str, **more: Any) -> None:
        if (name, text) not in self.told:
            self.told.add((name, text))
            self.warnings.append({"id": name, "severity": severity, "text": text, **more})

    def result(self) -> dict[str, Any]:
        drugs = [row for part in self.regimen.parts for row in self._rows(part.id)]
        conditional = list(dict.fromkeys(name for row in drugs for name in row["conditional_on"]))
        regimen = self.regimen
        return {
            "chemoplan": __version__,
            "knowledge": {
                "version": self.knowledge.version,
                "sha256": self.knowledge.sha256,
                "as_of": self.knowledge.as_of,
                "overlays": list(self.knowledge.overlays),
                "signed_off": regimen.signed_off_by is not None,
            },
            "kind": "order",
            "case": self.case.id,
            "title": self.case.title,
            "decided_on": self.case.decided_on.isoformat() if self.case.decided_on else None,
            "regimen": regimen.id,
            "version": regimen.version,
            "regimen_title": regimen.title,
            "cycle": None if (cycle := self._number("cycle_number")) is None else plain(cycle),
            "cycle_days": regimen.cycle_days,
            "request": {"choices": dict(self.request.choices), "level": self.request.level},
            "body": {
                "height": self.facts.get("height"),
                "weight": self.facts.get("weight"),
                "surface": None if self.body.area is None else plain(self.body.area),
            },
            "status": regimen.status,
            "verdict": self._verdict(drugs),
            "conditional_on": conditional,
            "missing": [
                {"fact": name, "question": self.knowledge.vocabulary[name].question}
                for name in conditional
                if name in self.knowledge.vocabulary
            ],
            "asks": [] if self.request.brief else self._asks(conditional),
            "drugs": drugs,
            "warnings": self.warnings,
            "antidote": self._antidote(),
            "premedication": [] if self.request.brief else self._premedication(),
            "overridden": [{"fact": name, "reason": reason} for name, reason in self.request.without.items()],
            "notes": list(regimen.notes),
            "evidence": []
            if self.request.brief
            else evidence(regimen.evidence, regimen.id, self.knowledge, regimen.jurisdictions),
            "review": {
                "reviewed": regimen.reviewed,
                "review_due": regimen.review_due,
                "signed_off_by": regimen.signed_off_by,
            },
        }

    def _speaks(self, rule: DoseRule) -> bool:
        """Whether a rule counts where the case is; while no region is named every rule may."""
        return self.reach is None or not rule.jurisdictions or bool(self.reach & set(rule.jurisdictions))

    def _asks(self, needed: list[str]) -> list[str]:
        """Facts that withhold no dose, but may add a warning once they are known."""
        found: dict[str, None] = {}
        for rule in self.open_rules:
            open_facts = self._open_facts(rule)
            if not rule.changes_dose or rule.unasked & open_facts.keys():
                found.update(open_facts)
        return [name for name in found if name not in needed]

    def _open_facts(self, rule: DoseRule) -> dict[str, None]:
        """The unknown facts that would settle a rule, in its order; worked out once for all lines."""
        kept = self.settling.get(rule.id)
        if kept is None:
            _, leaves = reasons(rule.criterion, self.facts)
            kept = self.settling[rule.id] = dict.fromkeys(reason.leaf.fact for reason in leaves)
        return kept

    def _verdict(self, drugs: list[dict[str, Any]]) -> str:
        states = {row["status"] for row in drugs}
        if states & {"stop"}:
            return "do not give"
        if states & {"delay", "hold"}:
            return "delay"
        return "conditional" if states - {"give", "omit"} else "to give"

    def _antidote(self) -> dict[str, Any] | None:
        """The window of the antidote, where the regimen holds a drug that has one."""
        drugs = [self.dosing.drugs.get(part.drug) for part in self.regimen.parts]
        held = any(drug is not None and ANTIDOTE_OF in drug.components for drug in drugs)
        return antidote_note(self.knowledge) if held and not self.request.brief else None

    def _premedication(self) -> list[dict[str, Any]]:
        rows = []
        for name in dict.fromkeys(part.drug for part in self.regimen.parts):
            drug = self.dosing.drugs.get(name)
            rows += [
                {"id": item.id, "drug": name, "text": item.text, "any_of": list(item.any_of), "when": item.when,
                 "evidence": evidence(item.evidence, name, self.knowledge)}
                for item in (drug.premedication if drug else ())
            ]  # fmt: skip
        return rows

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        part = self.prepared.parts[name]
        cycle = self.facts.get("cycle_number")
        number = int(cycle) if isinstance(cycle, float) else None
        fired = [rule for rule in self.fired if name in rule.parts]
        open_rules = [rule for rule in self.open_rules if name in rule.parts]
        for line in lines_of(self.regimen, part, self.choices.get(name), number, self.body.weight):
            yield self._row(line, fired, open_rules)

    def _row(self, line: Dosed, fired: list[DoseRule], open_rules: list[DoseRule]) -> dict[str, Any]:
        part = line.part
        body, pumped, first = self._for_pump(part.route)
        full = amount(line.dose, body)
        outcome = settle(line, full, fired, body, self.request.level, self.reach, self.knowledge, self._ceiling(line))
        if part.route == ROUTE:
            pumped += self._liver_tests(line, full, outcome)
        missing = self._missing(line, open_rules, pumped)
        status, dose = outcome.status, outcome.dose
        if status not in ("stop", "delay", "hold", "omit"):
            if part.must_choose and part.id not in self.choices:
                status, dose = "choose", None
            elif missing:
                status, dose = "conditional", None
        elif status != "omit":
            dose = None
        row: dict[str, Any] = {
            "part": part.id, "drug": line.drug, "title": self._title(line.drug), "status": status,
            "dose": None if dose is None else plain(dose), "unit": full.unit if full else line.dose.unit.partition("/")[0],
            "per": line.dose.per, "times_per_day": line.dose.times_per_day, "label": line.label,
            "route": part.route, "days": list(line.days), "days_text": part.days_text or ("" if line.days else "every day of the cycle"),
            "duration": part.duration, "fractions": part.fractions, "rate": None,
            "published": {"value": plain(line.dose.value), "unit": line.dose.unit, "per": line.dose.per, "status": part.status},
            "calculated": None if full is None else plain(full.value),
            "dose_after": plain(outcome.dose) if status in ("hold", "delay") and outcome.dose is not None and not missing else None,
            "per_day": None, "conditional_on": missing if status in ("conditional", "choose", "differ") else [],
            "choices": [self._choice(choice) for choice in part.choices],
            "by_jurisdiction": outcome.by_jurisdiction,
        }  # fmt: skip
        if status == "differ" and not missing:
            row["conditional_on"] = ["region"]
        steps = [] if self.request.brief else [*first, *self._steps(line, full, outcome)]
        if dose is not None and full is not None:
            steps += self._in_practice(row, line, full, dose)
        row["steps"] = [] if self.request.brief else [step.as_json() for step in steps]
        if self.request.level and status == "give" and not any("request" in step.inputs for step in outcome.steps):
            text = f"No dose levels are published for {part.id} at {shown(line.dose.value)} {line.dose.unit}: it stays as it is."
            self._warn(f"no-level-{part.id}", "caution", text, drug=part.drug)
        if outcome.ladder is not None and (text := doubt_of_levels(outcome, row["title"])):
            more = (
                {} if self.request.brief else {"evidence": evidence(outcome.ladder.evidence, line.drug, self.knowledge)}
            )
            self._warn(f"levels-{part.id}", "caution", text, drug=line.drug, **more)
        row["modifications"] = [self._modification(rule, outcome) for rule in fired if rule.changes_dose]
        for rule in fired:
            if not rule.changes_dose and self._speaks(rule):
                more = {}
                if not self.request.brief:
                    more = {"because": self._because(rule), "evidence": self.prepared.told(rule)["evidence"]}
                self._warn(rule.id, "caution", rule.text, drug=part.drug, **more)
        return row

    def _ceiling(self, line: Dosed) -> Ceiling | None:
        """The last dose of the line for today's body; None where none was stated, or one that counts otherwise."""
        last = self.request.last_doses.get(line.part.id)
        if last is None or (last.per, last.times_per_day) != (line.dose.per, line.dose.times_per_day):
            return None
        found = amount(last, self.body)
        if found is None or found.unit != line.dose.unit.partition("/")[0]:
            return None
        drug = self.dosing.drugs.get(line.drug)
        because = self.request.kept.get(line.part.id, "")
        if drug is not None and not drug.raises_again:
            because = f"the label of {drug.title.lower()}" + (f"; {because}" if because else "")
        return Ceiling(found.value, f"{shown(last.value)} {last.unit}", because)

    def _title(self, name: str) -> str:
        drug = self.dosing.drugs.get(name)
        return drug.title if drug else name

    def _choice(self, choice: DoseChoice) -> dict[str, Any]:
        found = amount(choice.dose, self.body)
        return {
            "id": choice.id, "title": choice.title, "drug": choice.drug or None, "status": choice.status,
            "published": {"value": plain(choice.dose.value), "unit": choice.dose.unit, "per": choice.dose.per},
            "calculated": None if found is None else plain(found.value), "days": list(choice.days), "cycle_days": choice.cycle_days,
        }  # fmt: skip

    def _for_pump(self, route: str) -> tuple[Body, tuple[str, ...], list[Step]]:
        """The body as the route counts it, the facts that its pump needs and the case lacks, and the steps of that."""
        if route != ROUTE:
            return self.body, (), []
        sex = self.facts.get("sex")
        body, missing = pumps.body_for_pump(
            self.body, self._number("height"), None if sex is None else str(sex), self.knowledge
        )
        absent = tuple(name for name in pumps.HEPATIC_FACTS if name not in self.facts)
        return body, (*missing, *absent), list(body.steps)

    def _missing(self, line: Dosed, open_rules: list[DoseRule], pumped: tuple[str, ...] = ()) -> list[str]:
        """Facts without which this line has no dose: its measures, and what would settle the rules that can change it."""
        found = dict.fromkeys((*self.body.size(line.dose.unit)[2], *line.needs, *pumped))
        for rule in open_rules:
            open_facts = self._open_facts(rule) if rule.changes_dose else {}
            if not rule.unasked & open_facts.keys():
                found.update(open_facts)
        return [name for name in found if name not in self.request.without]

    def _steps(self, line: Dosed, full: Amount | None, outcome: Outcome) -> list[Step]:
        steps = list(self.body.steps) if line.dose.unit.endswith("/m2") else []
        if full is not None:
            steps.append(full.step)
        return steps + list(outcome.steps)

    def _in_practice(self, row: dict[str, Any], line: Dosed, full: Amount, dose: Decimal) -> list[Step]:
        """What the pharmacy and the nurse need beside the dose: per day, per hour, tablets."""
        part, steps = line.part, []
        if line.dose.per == "total" and part.nominal_days:
            daily = half_up(dose / part.nominal_days)
            row["per_day"] = plain(daily)
            inputs = {"total": f"{shown(dose)} {full.unit}", "days": str(part.nominal_days)}
            rule = "ordered per day and in total; the pump is set in mL/h only"
            steps.append(Step("dose each day", "total / nominal days", f"{shown(daily)} {full.unit}/d", inputs, rule))
        elif line.dose.per == "day":
            row["per_day"] = plain(dose)
        elif line.dose.times_per_day > 1:
            row["per_day"] = plain(dose * line.dose.times_per_day)
        if part.route == ROUTE:
            steps += self._fill(row, dose)
        elif "continuous" in part.route:
            steps += pumps.infused(row, line, dose, self.request.infusion_pump, self.knowledge)
        if part.route == "oral":
            drug = self.dosing.drugs.get(line.drug)
            if drug is not None:
                tablets = in_tablets(drug, line.dose, dose, dose == full.value, self.body.area, self.knowledge)
                if tablets is not None:
                    row["target"], row["dose"] = row["dose"], plain(tablets.dose)
                    row["per_day"] = plain(tablets.dose * line.dose.times_per_day)
                    row["tablets"] = {shown(strength): count for strength, count in tablets.counts.items()}
                    steps += tablets.steps
                    self._tablets_apart(part.id, drug, dose, tablets.dose, dose == full.value)
        return steps

    def _tablets_apart(self, name: str, drug: Drug, dose: Decimal, made: Decimal, full: bool) -> None:
        """Told where whole tablets miss a reduced dose by more than the policy allows, upward above all."""
        apart = abs(made - dose) / dose * 100
        if not full and apart > limit("tablets-apart", self.knowledge):
            more = "more" if made > dose else "less"
            share = f"{shown(half_up(apart, Decimal('0.1')))}% {more} than the reduced dose of {shown(dose)} mg"
            ask = "Check with the pharmacist; doses of morning and evening may have to differ."
            text = f"{drug.title}: whole tablets make {shown(made)} mg, {share}. {ask}"
            self._warn(f"tablets-apart-{name}", "caution", text, drug=drug.id)

    def _liver_tests(self, line: Dosed, full: Amount | None, outcome: Outcome) -> tuple[str, ...]:
        """What an enabled ladder of liver tests does to the dose; the facts that are missing for it."""
        names = (*TESTS, *TESTS.values())
        known = {name: value for name in names if (value := self._number(name)) is not None}
        share, hold, missing, steps = pumps.liver_tests(known, self.knowledge, self._warn)
        outcome.steps += steps
        if hold and outcome.status in ("give", "decide"):
            outcome.status, outcome.dose = "hold", None
        elif share is not None and share < 1 and full is not None and outcome.dose is not None:
            last = self._ceiling(line)
            outcome.dose = min(outcome.dose, half_up((last.value if last else full.value) * share))
        return missing

    def _fill(self, row: dict[str, Any], daily: Decimal) -> list[Step]:
        volume, flow = self._number("pump_volume"), self._number("pump_flow")
        assert volume is not None and flow is not None  # without them the line has no dose
        return pumps.filled(row, daily, volume, flow, self.knowledge, self._warn)

    def _because(self, rule: DoseRule) -> list[dict[str, Any]]:
        _, leaves = reasons(rule.criterion, self.facts)
        rows = []
        for reason in leaves:
            if reason not in self.leaves:
                self.leaves[reason] = leaf(reason, self.case, self.knowledge)
            rows.append(self.leaves[reason])
        return rows

    def _modification(self, rule: DoseRule, outcome: Outcome) -> dict[str, Any]:
        if self.request.brief:
            return {"rule": rule.id, "effect": outcome.effects.get(rule.id, ""), "applied": rule.id in outcome.applied}
        return {
            **self.prepared.told(rule), "effect": outcome.effects.get(rule.id, ""), "applied": rule.id in outcome.applied,
            "dose": plain(outcome.doses[rule.id]) if rule.id in outcome.doses else None,
            "because": self._because(rule),
        }  # fmt: skip
