"""Recommend: every listed option with its verdict for this case, why, on what it depends, and what must be asked first."""

from __future__ import annotations

from typing import Any

from chemoplan import __version__
from chemoplan.case import Case
from chemoplan.criteria.truth import Verdict, conjunction, disjunction
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Entry, Offer
from chemoplan.knowledge.select import class_of
from chemoplan.plan.combine import Combination, Parts
from chemoplan.plan.planner import Planner, Reasons, planner_of
from chemoplan.plan.shape import conflict, evidence, fact_rows, trace, unknown_facts
from chemoplan.plan.statements import statements
from chemoplan.plan.structure import ASKING_KINDS, OptionRules, touched_by

Plan = dict[str, Any]
"""A plan as plain JSON data; report/schema/plan.schema.json describes it."""


def recommend(case: Case, knowledge: Knowledge) -> Plan:
    """The plan for a case: options ranked, excluded ones with the reason, alerts, gates, missing facts, conflicts."""
    return Recommendation(case, planner_of(knowledge)).plan()


class Recommendation:
    """The plan of one case in the making: each criterion, trace and reason is worked out once."""

    def __init__(self, case: Case, planner: Planner) -> None:
        self.case, self.planner, self.knowledge = case, planner, planner.knowledge
        self.combination: Combination[Verdict, bool] = planner.combination(case.facts)
        self.found = Reasons(case.facts)
        self.decides: dict[str, list[str]] = {}
        self.conflicts: dict[str, None] = {}
        self.traces: dict[tuple[str, str], dict[str, Any]] = {}
        region = str(case.facts.get("region"))
        self.reach = {region, *self.knowledge.regions.get(region, ())}

    def plan(self) -> Plan:
        """All of it, as plain JSON data."""
        options, excluded = [], []
        for name, rules in self.planner.structure.rules.items():
            parts = self.combination.parts(name)
            if parts.contributed is False:
                continue
            verdicts = self.combination.verdicts(name, parts)
            if verdicts.excluded:
                excluded.append(self.excluded(rules, parts))
            else:
                options.append(self.option(rules, parts, "offered" if verdicts.offered else "conditional"))
        options.sort(key=lambda option: (option["verdict"] != "offered", option["rank"]))
        excluded.sort(key=lambda option: option["rank"])
        self.mark_remote_advice(options)
        self.conflicts.update(
            dict.fromkeys(name for option in options if not option["remote"] for name in option["conflicts"])
        )
        gates, alerts = self.gates(), self.alerts()
        missing = self.missing(gates)
        return {
            "chemoplan": __version__,
            "knowledge": {
                "version": self.knowledge.version,
                "sha256": self.knowledge.sha256,
                "as_of": self.knowledge.as_of,
                "overlays": list(self.knowledge.overlays),
                "signed_off": all(entry.signed_off_by for entry in self.knowledge.entries.values()),
            },
            "case": self.case.id,
            "title": self.case.title,
            "decided_on": self.case.decided_on.isoformat() if self.case.decided_on else None,
            "statements": statements(options, excluded, self.knowledge),
            "facts": fact_rows(self.case, self.knowledge, (row["fact"] for row in missing)),
            "missing": missing,
            "gates": gates,
            "options": options,
            "excluded": excluded,
            "alerts": alerts,
            "conflicts": self.shown_conflicts(),
            "problems": [{"path": item.path, "message": item.message} for item in self.case.problems],
            "notes": list(self.case.notes),
        }

    def option(self, rules: OptionRules, parts: Parts[Verdict], verdict: str) -> dict[str, Any]:
        """An option that is offered or conditional."""
        option = rules.option
        offers, undecided, depends = self.resting(rules, parts, verdict)
        lines = [
            row
            for entry, offer in offers
            for row in evidence(offer.evidence, entry.id, self.knowledge, entry.jurisdictions)
        ]
        return {
            "id": option.id,
            "title": option.title,
            "kind": option.kind,
            "intent": option.intent,
            "rank": min(offer.rank for _, offer in offers),
            "verdict": verdict,
            "components": self.components(rules),
            "drugs": list(option.drugs),
            "procedures": list(option.procedures),
            "sequence": list(option.sequence),
            "text": option.text,
            "notes": [{"entry": entry.id, "text": offer.note} for entry, offer in offers if offer.note],
            "regimens": list(option.regimens),
            "courses": list(option.courses),
            "because": [
                *(
                    trace(
                        entry,
                        "offers",
                        (entry.when, offer.only_if),
                        self.case,
                        self.planner,
                        self.found,
                        rank=offer.rank,
                    )
                    for entry, offer in offers
                ),
                *(self.traced(entry, role) for role, entry in undecided),
            ],
            "depends_on": depends,
            "remote": False,
            "changes_if": self.changes_if(rules),
            "evidence": lines,
            "regions": self.regions(lines),
            "cautions": self.cautions(rules),
            "conflicts": [
                name
                for name in dict.fromkeys(name for entry, _ in offers for name in entry.conflicts)
                if self.disagrees(name)
            ],
        }

    def resting(
        self, rules: OptionRules, parts: Parts[Verdict], verdict: str
    ) -> tuple[list[tuple[Entry, Offer]], list[tuple[str, Entry]], list[str]]:
        """The offers that an option rests on, what could still decide about it, and the facts that would."""
        offers = self.contributing(rules)
        undecided = self.undecided(rules, parts) if verdict == "conditional" else []
        depends = list(dict.fromkeys(self.depends_on(offers, parts, undecided))) if verdict == "conditional" else []
        for fact in depends:
            self.decides.setdefault(fact, []).append(rules.option.id)
        return offers, undecided, depends

    def regions(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """Where the evidence speaks for, and whether the region of the case is among it (None: no region stated or cited)."""
        cited = sorted({name for line in lines for name in line["jurisdictions"]})
        own = self.case.facts.get("region")
        return {"cited": cited, "own": None if own is None or not cited else bool(set(cited) & self.reach)}

    def disagrees(self, name: str) -> bool:
        """Whether the disagreement concerns this case, or may."""
        return self.planner.test(self.knowledge.conflicts[name].when, self.case.facts) is not False

    def mark_remote_advice(self, options: list[dict[str, Any]]) -> None:
        """Mark conditional advice about components that no listed option holds; what it depends on is then not asked for."""
        listed = {
            component
            for option in options
            if option["kind"] not in ASKING_KINDS
            for component in self.knowledge.options[option["id"]].components
        }
        for option in options:
            if option["kind"] not in ASKING_KINDS:
                continue
            acting = [self.knowledge.entries[row["entry"]] for row in option["because"] if row["role"] == "offers"]
            touched = [
                {class_of(name, self.knowledge.components) for name in touched_by(entry, self.knowledge)}
                for entry in acting
            ]
            option["remote"] = option["verdict"] == "conditional" and all(
                names and not names & listed for names in touched
            )
            if option["remote"]:
                for fact in option["depends_on"]:
                    self.decides[fact] = [name for name in self.decides[fact] if name != option["id"]]
        self.decides = {fact: names for fact, names in self.decides.items() if names}

    def contributing(self, rules: OptionRules) -> list[tuple[Entry, Offer]]:
        """The offers that contribute: the true ones, or the unknown ones when none is true; best rank first."""
        graded: dict[Verdict, list[tuple[Entry, Offer]]] = {True: [], None: [], False: []}
        for entry, offer in rules.offers:
            verdicts = (self.combination.test(entry.when), self.combination.test(offer.only_if))
            graded[False if False in verdicts else None if None in verdicts else True].append((entry, offer))
        return sorted(graded[True] or graded[None], key=lambda pair: pair[1].rank)

    def components(self, rules: OptionRules) -> list[Any]:
        """Components still usable: of a choice only the members that are not blocked."""
        shown: list[Any] = []
        for part in rules.option.parts:
            left = [member for member in part if self.blocked(rules, member) is not True] or list(part)
            shown.append(left[0] if len(left) == 1 else {"one_of": left})
        return shown

    def traced(self, entry: Entry, role: str) -> dict[str, Any]:
        """Why an entry acts in this role, made once for a case: a safety entry bears on many options."""
        key = entry.id, role
        if key not in self.traces:
            self.traces[key] = trace(entry, role, (entry.when,), self.case, self.planner, self.found)
        return self.traces[key]

    def undecided(self, rules: OptionRules, parts: Parts[Verdict]) -> list[tuple[str, Entry]]:
        """Entries that could still exclude the option, or that hold it."""
        rows: list[tuple[str, Entry]] = []
        if parts.held is not False:
            rows += [("holds", gate) for gate in rules.gates if self.combination.test(gate.when) is not False]
        if parts.forbidden is None:
            rows += [("may forbid", entry) for entry in rules.forbidding if self.combination.test(entry.when) is None]
        if parts.blocked is None:
            rows += [
                ("may block", entry)
                for entry in self.blocking(rules, None)
                if self.combination.test(entry.when) is None
            ]
        return list(dict.fromkeys(rows))

    def blocking(self, rules: OptionRules, verdict: Verdict | str = "any") -> list[Entry]:
        """Entries that block a part of the option, a drug of one, or two of them together.

        With a verdict, only those of parts whose block has that verdict: the others do not matter.
        """
        entries: list[Entry] = []
        for part in rules.option.parts:
            members = {member: self.blocked(rules, member) for member in part}
            joint = conjunction(members.values())
            for member, blocked in members.items():
                if verdict == "any" or (joint is verdict and blocked is verdict):
                    blockers = self.planner.structure.blockers[member]
                    entries += [*blockers.whole, *self.singly(blockers.of(rules.drugs[member]), verdict)]
        return list(dict.fromkeys([*entries, *(entry for entry, _ in rules.together)]))

    def blocked(self, rules: OptionRules, member: str) -> Verdict:
        """Whether a component of the option is blocked, as a whole or in each of the drugs it can be given with."""
        return self.combination.blocked_component(member, rules.drugs[member])

    def singly(self, drugs: list[tuple[Entry, ...]], verdict: Verdict | str) -> list[Entry]:
        """Entries that block drugs one by one; they matter only where they reach all drugs that are open."""
        joint = conjunction(disjunction(self.combination.test(entry.when) for entry in found) for found in drugs)
        reached = bool(drugs) and all(drugs)
        return [entry for found in drugs for entry in found] if reached and verdict in ("any", joint) else []

    def depends_on(
        self, offers: list[tuple[Entry, Offer]], parts: Parts[Verdict], undecided: list[tuple[str, Entry]]
    ) -> list[str]:
        """Facts that would settle a conditional option."""
        facts: list[str] = []
        if parts.contributed is None:
            for entry, offer in offers:
                facts += unknown_facts((entry.when, offer.only_if), self.found)
        for role, entry in undecided:
            verdict, reasons = self.found.of(entry.when)
            if role != "holds" or verdict is None:
                facts += unknown_facts((entry.when,), self.found)
            else:
                facts += entry.asks or [reason.leaf.fact for reason in reasons]
        return [
            fact for fact in facts if self.case.facts.get(fact) is None or self.knowledge.vocabulary[fact].kind == "set"
        ]

    def changes_if(self, rules: OptionRules) -> list[dict[str, Any]]:
        """Entries that would exclude the option if they came to hold."""
        entries = list(dict.fromkeys([*rules.forbidding, *self.blocking(rules)]))
        return [
            {"entry": entry.id, "title": entry.title, "then": "excluded", "criterion": self.planner.text(entry.when)}
            for entry in entries
            if self.combination.test(entry.when) is False
        ]

    def cautions(self, rules: OptionRules) -> list[dict[str, Any]]:
        """What is to be heeded with an option; what could still change its doses is noted as deciding."""
        rows: list[dict[str, Any]] = [
            {"alert": None, "component": None, "text": text} for text in rules.option.cautions
        ]
        for entry, component, named in rules.modifying:
            verdict = self.combination.test(entry.when)
            if verdict is False or self.blocked(rules, component) is True:
                continue
            for item in entry.modifies:
                if item.component == named and verdict is True:
                    rows.append(
                        {
                            "alert": entry.id, "component": named, "text": item.text, "start_fraction": item.start_fraction,
                            "evidence": evidence(self.evidence_of(entry), entry.id, self.knowledge, entry.jurisdictions),
                        }
                    )  # fmt: skip
            if verdict is None:
                for fact in unknown_facts((entry.when,), self.found):
                    decided = self.decides.setdefault(fact, [])
                    if entry.id not in decided:
                        decided.append(entry.id)
        return rows

    def evidence_of(self, entry: Entry) -> tuple[Any, ...]:
        """The evidence of a safety entry: its own lines, or those of the advice it offers."""
        return entry.evidence or tuple(line for offer in entry.offers for line in offer.evidence)

    def excluded(self, rules: OptionRules, parts: Parts[Verdict]) -> dict[str, Any]:
        """An option that must not be done, and why."""
        because, lines = [], []
        for entry in rules.forbidding:
            if self.combination.test(entry.when) is True:
                because.append(self.traced(entry, "forbids"))
                lines.append(entry)
        for entry in self.blocking(rules, True):
            if parts.blocked is True and self.combination.test(entry.when) is True:
                named = [
                    name
                    for name in entry.blocks
                    if name in rules.option.components or name not in self.knowledge.components
                ]
                because.append(
                    trace(entry, "blocks", (entry.when,), self.case, self.planner, self.found, components=named)
                )
                lines.append(entry)
        offers = self.contributing(rules)
        return {
            "id": rules.option.id,
            "title": rules.option.title,
            "kind": rules.option.kind,
            "rank": min(offer.rank for _, offer in offers),
            "components": [part[0] if len(part) == 1 else {"one_of": list(part)} for part in rules.option.parts],
            "because": because,
            "evidence": [
                row
                for entry in lines
                for row in evidence(self.evidence_of(entry), entry.id, self.knowledge, entry.jurisdictions)
            ],
            "would_be": [{"entry": entry.id, "title": entry.title, "rank": offer.rank} for entry, offer in offers],
        }

    def standing_gates(self) -> list[tuple[Entry, Verdict]]:
        """The gates that are open or may be."""
        found = [
            (entry, self.combination.test(entry.when))
            for entry in self.knowledge.entries.values()
            if entry.kind == "gate"
        ]
        return [(entry, verdict) for entry, verdict in found if verdict is not False]

    def gate(self, entry: Entry, verdict: Verdict) -> dict[str, Any]:
        """A gate, and the facts that it waits for."""
        _, reasons = self.found.of(entry.when)
        asked = [fact for fact in entry.asks if self.case.facts.get(fact) is None] or [
            reason.leaf.fact for reason in reasons
        ]
        missing = list(dict.fromkeys([*asked, *unknown_facts((entry.when,), self.found)]))
        return {
            "id": entry.id, "title": entry.title, "text": entry.text, "verdict": "open" if verdict else "undecided",
            "missing": missing, "holds": list(entry.holds),
        }  # fmt: skip

    def gates(self) -> list[dict[str, Any]]:
        """The standing gates, each with its reason and its sources."""
        return [
            self.gate(entry, verdict)
            | {
                "because": [self.traced(entry, "gate")],
                "evidence": evidence(self.evidence_of(entry), entry.id, self.knowledge, entry.jurisdictions),
            }
            for entry, verdict in self.standing_gates()
        ]

    def alerts(self) -> list[dict[str, Any]]:
        """Safety entries that are true for the case, gravest first."""
        rows = []
        for entry in self.knowledge.entries.values():
            if entry.kind != "safety" or self.combination.test(entry.when) is not True:
                continue
            if entry.blocks_together or not (entry.text or entry.blocks or entry.modifies):
                continue
            self.conflicts.update(dict.fromkeys(entry.conflicts))
            components = dict.fromkeys([*entry.blocks, *(item.component for item in entry.modifies)])
            rows.append(
                {
                    "id": entry.id, "title": entry.title, "severity": entry.severity, "text": entry.text or entry.title,
                    "components": list(components),
                    "modifies": [
                        {"component": item.component, "text": item.text, "start_fraction": item.start_fraction} for item in entry.modifies
                    ],
                    "because": [self.traced(entry, "alert")],
                    "evidence": evidence(self.evidence_of(entry), entry.id, self.knowledge, entry.jurisdictions),
                }
            )  # fmt: skip
        order = {"stop": 0, "modify": 1, "caution": 2, "info": 3}
        return sorted(rows, key=lambda row: order.get(row["severity"], 4))

    def missing(self, gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What to ask, most decisive first: facts of open gates, then by how many options and alerts they decide."""
        gated = {fact: gate["id"] for gate in gates for fact in gate["missing"] if gate["verdict"] == "open"}
        names = dict.fromkeys([*gated, *self.decides])
        position = {name: at for at, name in enumerate(self.knowledge.vocabulary)}
        rows = [
            {
                "fact": name,
                "question": self.knowledge.vocabulary[name].question,
                "decides": list(
                    dict.fromkeys([*([gated[name]] if name in gated else []), *self.decides.get(name, [])])
                ),
                "gate": gated.get(name),
            }
            for name in names
        ]
        return sorted(rows, key=lambda row: (row["gate"] is None, -len(row["decides"]), position[str(row["fact"])]))

    def shown_conflicts(self) -> list[dict[str, Any]]:
        """Disagreements between guidelines that concern the case."""
        return [
            conflict(self.knowledge.conflicts[name], self.knowledge, self.reach)
            for name in sorted(self.conflicts)
            if self.disagrees(name)
        ]
