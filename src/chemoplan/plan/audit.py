"""Audit: a proposed plan held against a case. Every finding has a severity, a reason, evidence, and what would be acceptable."""

from __future__ import annotations

from typing import Any

from chemoplan import __version__
from chemoplan.case import Case, FactState
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Entry
from chemoplan.knowledge.select import class_of
from chemoplan.plan.planner import Reasons, planner_of
from chemoplan.plan.proposed import Proposal
from chemoplan.plan.recommend import Plan, recommend
from chemoplan.plan.shape import WORD, evidence, leaf, trace, unknown_facts
from chemoplan.plan.structure import ASKING_KINDS
from chemoplan.vocabulary import SetValue

SEVERITIES = ("reject", "caution", "ask")
"""reject: must not be done. caution: change it or say why. ask: cannot be judged until the named facts are known."""


def audit(proposal: Proposal, case: Case, knowledge: Knowledge) -> dict[str, Any]:
    """The findings on a proposed plan as plain JSON data, worst first."""
    return _Audit(proposal, case, knowledge).result()


class _Audit:
    def __init__(self, proposal: Proposal, case: Case, knowledge: Knowledge) -> None:
        self.proposal, self.knowledge = proposal, knowledge
        self.case = _with_plan(case, proposal)
        self.plan: Plan = recommend(case, knowledge)
        self.planner = planner_of(knowledge)
        self.combination = self.planner.combination(self.case.facts)
        self.found = Reasons(self.case.facts)
        stated = proposal.facts.get("plan_components")
        drugs = proposal.facts.get("plan_drugs")
        self.components = sorted(stated.members) if isinstance(stated, SetValue) else []
        self.drugs = sorted(drugs.members) if isinstance(drugs, SetValue) else []

    def result(self) -> dict[str, Any]:
        findings = [*self.named_mistakes(), *self.options(), *self.blocked(), *self.modified(), *self.held()]
        unique: dict[tuple[str, str], dict[str, Any]] = {}
        for finding in findings:
            unique.setdefault((finding["id"], finding["severity"]), finding)
        ordered = sorted(unique.values(), key=lambda finding: SEVERITIES.index(finding["severity"]))
        verdict = {"reject": "rejected", "caution": "to be changed or justified", "ask": "cannot be judged yet"}
        return {
            "chemoplan": __version__,
            "knowledge": self.plan["knowledge"],
            "case": self.case.id,
            "proposed": {key: _plain(value) for key, value in self.proposal.raw.items()},
            "verdict": verdict[ordered[0]["severity"]] if ordered else "nothing found against it",
            "findings": ordered,
            "instead": self.instead(),
            "statements": self.plan["statements"],
        }

    def named_mistakes(self) -> list[dict[str, Any]]:
        rows = []
        for wrong in self.knowledge.wrong_plans.values():
            verdict, reasons = self.found.of(wrong.when)
            if verdict is False or (verdict is None and not (wrong.asks_when_unknown and self.concerns(wrong.id))):
                continue
            because = {
                "entry": wrong.id, "title": wrong.title, "role": "finds", "verdict": WORD[verdict],
                "criterion": self.planner.text(wrong.when), "leaves": [leaf(reason, self.case, self.knowledge) for reason in reasons],
            }  # fmt: skip
            rows.append(
                {
                    "id": wrong.id, "severity": wrong.severity if verdict else "ask", "title": wrong.title, "text": wrong.text,
                    "because": [because], "depends_on": list(dict.fromkeys(unknown_facts((wrong.when,), self.found))),
                    "evidence": evidence(wrong.evidence, wrong.id, self.knowledge),
                }
            )  # fmt: skip
        return rows

    def concerns(self, wrong: str) -> bool:
        """Whether only facts other than the plan's own components stand between the plan and the mistake."""
        _, reasons = self.found.of(self.knowledge.wrong_plans[wrong].when)
        own = {"plan_components", "plan_drugs", "plan_procedures", "plan_intent"}
        return not any(reason.leaf.fact in own for reason in reasons)

    def options(self) -> list[dict[str, Any]]:
        rows = []
        offered = {option["id"]: option for option in self.plan["options"]}
        excluded = {option["id"]: option for option in self.plan["excluded"]}
        for name in self.proposal.options:
            if name in excluded:
                rows.append(
                    self.row(
                        f"option-excluded:{name}", "reject", excluded[name], "This option is excluded for this case."
                    )
                )
            elif name not in offered and (barring := self.barring(name)):
                text = "This option is ruled out for this case, and no entry lists it."
                rows.append(self.row(f"option-excluded:{name}", "reject", barring, text))
            elif name not in offered:
                option = self.knowledge.options[name]
                text = "No entry lists this option for the situation described."
                rows.append(
                    self.row(
                        f"option-not-listed:{name}",
                        "caution",
                        {"title": option.title, "because": [], "evidence": []},
                        text,
                    )
                )
            elif offered[name]["verdict"] == "conditional":
                text = "Whether this option fits depends on facts that are not known."
                rows.append(
                    {
                        **self.row(f"option-conditional:{name}", "ask", offered[name], text),
                        "depends_on": offered[name]["depends_on"],
                    }
                )
        return rows

    def barring(self, name: str) -> dict[str, Any] | None:
        """What rules out an option that no entry lists: the plan does not show such an option, an audit has to."""
        parts = self.combination.parts(name)
        if parts.forbidden is not True and parts.blocked is not True:
            return None
        rules = self.planner.structure.rules[name]
        entries = [*rules.forbidding, *(entry for entry, _ in rules.together)]
        for part in rules.option.parts:
            for member in part:
                blockers = self.planner.structure.blockers[member]
                entries += [*blockers.whole, *(entry for found in blockers.of(rules.drugs[member]) for entry in found)]
        holding = [entry for entry in dict.fromkeys(entries) if self.combination.test(entry.when) is True]
        lines = [row for entry in holding for row in self.from_entry(entry, "reject", name)["evidence"]]
        because = [trace(entry, "audit", (entry.when,), self.case, self.planner, self.found) for entry in holding]
        return {"title": rules.option.title, "because": because, "evidence": lines}

    def row(self, name: str, severity: str, source: dict[str, Any], text: str) -> dict[str, Any]:
        return {
            "id": name, "severity": severity, "title": source["title"], "text": text, "because": source["because"], "depends_on": [],
            "evidence": source["evidence"],
        }  # fmt: skip

    def blocked(self) -> list[dict[str, Any]]:
        rows = []
        for entry in self.knowledge.entries.values():
            hit = [name for name in entry.blocks if name in self.components or name in self.drugs]
            hit += [name for pair in entry.blocks_together if set(pair) <= set(self.components) for name in pair]
            verdict = self.combination.test(entry.when)
            if hit and verdict is not False:
                rows.append(
                    self.from_entry(entry, "reject" if verdict else "ask", f"must not be given: {', '.join(hit)}")
                )
        return rows

    def modified(self) -> list[dict[str, Any]]:
        rows = []
        for entry in self.knowledge.entries.values():
            for item in entry.modifies:
                component = class_of(item.component, self.knowledge.components)
                named = item.component in self.drugs or (
                    item.component in self.components and item.component == component
                )
                if named and self.combination.test(entry.when) is True:
                    fraction = self.proposal.fractions.get(str(component))
                    if fraction is not None and item.start_fraction is not None and fraction <= item.start_fraction:
                        continue
                    rows.append(self.from_entry(entry, "caution", item.text))
        return rows

    def held(self) -> list[dict[str, Any]]:
        final = self.proposal.facts.get("plan_presented_as") in ("final", "standard")
        treats = bool(self.components) or isinstance(self.proposal.facts.get("plan_procedures"), SetValue)
        return [
            {
                "id": gate["id"], "severity": "caution" if final else "ask", "title": gate["title"],
                "text": gate["text"] or gate["title"], "because": gate["because"], "depends_on": gate["missing"],
                "evidence": gate["evidence"],
            }
            for gate in self.plan["gates"]
            if gate["verdict"] == "open" and treats and self.gate_holds(gate["holds"])
        ]  # fmt: skip

    def gate_holds(self, selectors: list[str]) -> bool:
        return any(
            class_of(selector, self.knowledge.components) in self.components
            or class_of(selector, self.knowledge.components) is None
            for selector in selectors
        )

    def from_entry(self, entry: Entry, severity: str, text: str) -> dict[str, Any]:
        lines = entry.evidence or tuple(line for offer in entry.offers for line in offer.evidence)
        return {
            "id": entry.id, "severity": severity, "title": entry.title, "text": f"{entry.text or entry.title} ({text})",
            "because": [trace(entry, "audit", (entry.when,), self.case, self.planner, self.found)],
            "depends_on": list(dict.fromkeys(unknown_facts((entry.when,), self.found))),
            "evidence": evidence(lines, entry.id, self.knowledge, entry.jurisdictions),
        }  # fmt: skip

    def instead(self) -> list[dict[str, Any]]:
        """What this knowledge would list for the case: offered options first, then conditional ones."""
        return [
            {
                "id": option["id"], "title": option["title"], "rank": option["rank"], "verdict": option["verdict"],
                "depends_on": option["depends_on"],
            }
            for option in self.plan["options"]
            if option["kind"] not in ASKING_KINDS or option["verdict"] == "offered"
        ]  # fmt: skip


def _with_plan(case: Case, proposal: Proposal) -> Case:
    facts = {**case.facts, **proposal.facts}
    states = {**case.states}
    for name, value in proposal.facts.items():
        states[name] = FactState(name, value, "known", "the proposed plan")
    return Case(case.id, case.title, case.decided_on, facts, states, case.problems, case.notes)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | list | dict | None) else str(value)
