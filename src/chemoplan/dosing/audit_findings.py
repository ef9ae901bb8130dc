"""Findings on an order: the kinds there are, and how one is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chemoplan.knowledge import Knowledge
from chemoplan.plan.shape import evidence

Row = Mapping[str, Any]
SEVERITIES = ("reject", "caution", "ask")
"""reject: must not be given as ordered. caution: change it or say why. ask: cannot be judged until the named facts are known."""

KINDS = {
    "dose": "The dose is not the recalculated one",
    "ten-fold": "The dose is off by a power of ten",
    "basis": "A dose each day and a dose in total are mixed up",
    "body": "The order is made for another body",
    "swapped-drug": "A drug stands in the place of another",
    "foreign-drug": "A drug that the regimen does not hold",
    "missing-drug": "A drug of the regimen is not ordered",
    "duplicate": "A drug is ordered more often than the regimen says",
    "missed-pharmacogene": "A reduction for an inherited gene was missed",
    "missed-renal": "A reduction for the kidneys was missed",
    "missed-hepatic": "A reduction for the liver was missed",
    "missed-reduction": "A reduction was missed",
    "interaction": "A medicine of this person does not go with a drug of the order",
    "blocked": "A drug must not be given",
    "threshold": "A threshold for treatment is not met",
    "early-cycle": "The cycle comes too early",
    "premedication": "Premedication is missing",
    "pump-rate": "The rate of the pump is not volume over time",
    "days": "The days are not those of the regimen",
    "route": "The route is not that of the regimen",
    "duration": "The time of infusion is not the published one",
    "choice": "A published choice is open",
    "cycle": "The cycle of the order is not that of the case",
    "unknown-facts": "Facts are unknown that the dose needs",
    "check-input": "What the case states should be checked",
}
"""Kinds of finding, and what each says."""

TOPICS = {
    "pharmacogene": "missed-pharmacogene", "renal": "missed-renal", "hepatic": "missed-hepatic", "interaction": "interaction",
}  # fmt: skip
"""Kind of finding by the topic of the rule that was missed."""
SUBJECTS = {
    "dpyd_activity_score": "missed-pharmacogene", "ugt1a1": "missed-pharmacogene",
    "creatinine_clearance": "missed-renal", "creatinine": "missed-renal", "dialysis": "missed-renal",
    "bilirubin": "missed-hepatic", "bilirubin_ratio": "missed-hepatic", "child_pugh_class": "missed-hepatic",
    "medicines": "interaction",
}  # fmt: skip
"""The same by the facts that a safety entry reads, since safety entries have no topic of their own."""


def kind_of_rule(rule: Row) -> str:
    """The kind of finding when a rule of an order (a row of `modifications` or `warnings`) was not followed."""
    if rule.get("action") in ("delay", "hold"):
        return "threshold"
    topic = TOPICS.get(str(rule.get("topic")))
    subjects = (SUBJECTS[leaf["fact"]] for leaf in rule.get("because", ()) if leaf["fact"] in SUBJECTS)
    plain = "missed-reduction" if rule.get("action") in ("reduce", "decide") else "blocked"
    return topic or next(subjects, plain)


def finding(
    kind: str,
    about: str,
    severity: str,
    text: str,
    *,
    title: str = "",
    drug: str = "",
    expected: str = "",
    found: str = "",
    because: Iterable[Row] = (),
    depends_on: Iterable[str] = (),
    lines: Iterable[Row] = (),
) -> dict[str, Any]:
    """One finding as plain data. `lines` is its evidence; `because` holds traces."""
    return {
        "id": f"{kind}:{about}" if about else kind, "kind": kind, "severity": severity, "title": title or KINDS[kind], "text": text,
        "drug": drug or None, "expected": expected or None, "found": found or None, "because": list(because),
        "depends_on": list(depends_on), "evidence": list(lines),
    }  # fmt: skip


def joined(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each finding once, worst first; what one rule says of several drugs is one finding."""
    found: dict[str, dict[str, Any]] = {}
    for item in findings:
        first = found.setdefault(item["id"], item)
        if first is item:
            continue
        drugs = [*(first["drug"] or "").split(", "), *(item["drug"] or "").split(", ")]
        first["drug"] = ", ".join(dict.fromkeys(filter(None, drugs))) or None
        first["depends_on"] = list(dict.fromkeys((*first["depends_on"], *item["depends_on"])))
        if SEVERITIES.index(item["severity"]) < SEVERITIES.index(first["severity"]):
            first["severity"] = item["severity"]
    return sorted(found.values(), key=lambda item: SEVERITIES.index(item["severity"]))


def trace_of(rule: Row, today: str | None) -> dict[str, Any]:
    """A rule of an order as a trace: its criterion and the facts that met it. `today`: the day of the decision."""
    review = rule.get("review") or {"reviewed": "", "review_due": "", "signed_off_by": None}
    due = review["review_due"]
    return {
        "entry": rule["rule"], "title": rule["title"], "role": "audit", "verdict": "true", "criterion": rule["criterion"],
        "leaves": list(rule["because"]),
        "review": {**review, "overdue": bool(due and today and today > due), "jurisdictions": list(rule["jurisdictions"])},
    }  # fmt: skip


def policy_lines(name: str, knowledge: Knowledge) -> list[dict[str, Any]]:
    """The evidence of a policy."""
    return evidence(knowledge.dosing.policies[name].evidence, name, knowledge)
