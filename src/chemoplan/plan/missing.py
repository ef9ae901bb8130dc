"""What a plan would ask for, without the plan: for many cases, where the traces and the evidence of each would go unread."""

from __future__ import annotations

from typing import Any

from chemoplan.case import Case
from chemoplan.knowledge import Knowledge
from chemoplan.plan.planner import planner_of
from chemoplan.plan.recommend import Recommendation


def missing_facts(case: Case, knowledge: Knowledge) -> list[str]:
    """The facts under `missing` of the plan for a case, most decisive first, in about half the time of the plan.

    Options, cautions and gates decide about them; nothing else is made.
    """
    made = Recommendation(case, planner_of(knowledge))
    options: list[dict[str, Any]] = []
    for name, rules in made.planner.structure.rules.items():
        parts = made.combination.parts(name)
        verdicts = made.combination.verdicts(name, parts)
        if not (verdicts.offered or verdicts.conditional):
            continue
        verdict = "offered" if verdicts.offered else "conditional"
        offers, _, depends = made.resting(rules, parts, verdict)
        made.cautions(rules)
        options.append(
            {
                "id": rules.option.id, "kind": rules.option.kind, "verdict": verdict, "depends_on": depends,
                "because": [{"entry": entry.id, "role": "offers"} for entry, _ in offers],
            }
        )  # fmt: skip
    made.mark_remote_advice(options)
    return [row["fact"] for row in made.missing([made.gate(*standing) for standing in made.standing_gates()])]
