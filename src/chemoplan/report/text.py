"""Reports for the terminal. Each function prints one kind of result to a Rich console, and is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemoplan.report.terminal.audit import print_audit
    from chemoplan.report.terminal.audit_order import print_order_audit
    from chemoplan.report.terminal.calc import print_calculation
    from chemoplan.report.terminal.cohort import print_cohort
    from chemoplan.report.terminal.compare import print_comparison
    from chemoplan.report.terminal.course import print_course
    from chemoplan.report.terminal.facts import print_facts
    from chemoplan.report.terminal.germline import print_germline
    from chemoplan.report.terminal.germline_cohort import print_germline_cohort
    from chemoplan.report.terminal.knowledge import print_ask, print_checks, print_difference, print_item, print_table
    from chemoplan.report.terminal.order import print_order
    from chemoplan.report.terminal.plan import print_plan
    from chemoplan.report.terminal.trial_reading import print_trial_readings
    from chemoplan.report.terminal.trials import print_trial_funnel, print_trial_match, print_trial_why
    from chemoplan.report.terminal.tumor import print_tumor

_ROOM = "chemoplan.report.terminal"
_WHERE = {
    "print_ask": "knowledge",
    "print_audit": "audit",
    "print_calculation": "calc",
    "print_checks": "knowledge",
    "print_cohort": "cohort",
    "print_comparison": "compare",
    "print_course": "course",
    "print_difference": "knowledge",
    "print_facts": "facts",
    "print_germline": "germline",
    "print_germline_cohort": "germline_cohort",
    "print_item": "knowledge",
    "print_order": "order",
    "print_order_audit": "audit_order",
    "print_plan": "plan",
    "print_table": "knowledge",
    "print_trial_readings": "trial_reading",
    "print_trial_funnel": "trials",
    "print_trial_match": "trials",
    "print_trial_why": "trials",
    "print_tumor": "tumor",
}

__all__ = [
    "print_ask",
    "print_audit",
    "print_calculation",
    "print_checks",
    "print_cohort",
    "print_comparison",
    "print_course",
    "print_difference",
    "print_facts",
    "print_germline",
    "print_germline_cohort",
    "print_item",
    "print_order",
    "print_order_audit",
    "print_plan",
    "print_table",
    "print_trial_funnel",
    "print_trial_match",
    "print_trial_readings",
    "print_trial_why",
    "print_tumor",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"{_ROOM}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
