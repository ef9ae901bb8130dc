"""Reports for the terminal. Each function prints one kind of result to a Rich console."""

from chemoplan.report.terminal.audit import print_audit
from chemoplan.report.terminal.cohort import print_cohort
from chemoplan.report.terminal.facts import print_facts
from chemoplan.report.terminal.germline import print_germline
from chemoplan.report.terminal.germline_cohort import print_germline_cohort
from chemoplan.report.terminal.knowledge import print_ask, print_checks, print_difference, print_item, print_table
from chemoplan.report.terminal.plan import print_plan
from chemoplan.report.terminal.tumor import print_tumor

__all__ = [
    "print_ask",
    "print_audit",
    "print_checks",
    "print_cohort",
    "print_difference",
    "print_facts",
    "print_germline",
    "print_germline_cohort",
    "print_item",
    "print_plan",
    "print_table",
    "print_tumor",
]
