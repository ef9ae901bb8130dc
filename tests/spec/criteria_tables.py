"""The criteria language told as small tables. The tests run every row; docs/reference/criteria.md is generated from them.

A row is: criterion, facts of the case (absent means unknown), verdict (True, False, or None for unknown).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = tuple[str, dict[str, Any], bool | None]


@dataclass(frozen=True)
class Table:
    """One titled table of rows."""

    title: str
    text: str
    rows: tuple[Row, ...]


TABLES = (
    Table(
        "Comparing a choice",
        "A choice is compared with `=` and `!=`. An unknown fact leaves the comparison unknown: it is never taken as the other value.",
        (
            ("mmr = deficient", {"mmr": "deficient"}, True),
            ("mmr = deficient", {"mmr": "proficient"}, False),
            ("mmr = deficient", {}, None),
            ("mmr != deficient", {"mmr": "proficient"}, True),
            ("mmr != deficient", {}, None),
            ("cN != N0", {"cN": "N1a"}, True),
        ),
    ),
    Table(
        "One of several values",
        "`in {...}` is true when the value is one of those named.",
        (
            ("cT in {T4a, T4b}", {"cT": "T4b"}, True),
            ("cT in {T4a, T4b}", {"cT": "T3"}, False),
            ("cT in {T4a, T4b}", {}, None),
            ("dpyd_activity_score in {1, 1.5}", {"dpyd_activity_score": 1.5}, True),
        ),
    ),
    Table(
        "Numbers and units",
        "Numbers are compared in the unit of the fact; another unit is converted when the criterion is loaded. "
        "The limit itself belongs to `<=` and `>=`.",
        (
            ("mrf_distance <= 1 mm", {"mrf_distance": 1}, True),
            ("mrf_distance <= 1 mm", {"mrf_distance": "1.1 mm"}, False),
            ("mrf_distance <= 0.1 cm", {"mrf_distance": 1}, True),
            ("mrf_distance < 1 mm", {"mrf_distance": 1}, False),
            ("neutrophils < 1.5 10*9/L", {"neutrophils": "1200 /uL"}, True),
            ("neutrophils < 1500 /uL", {"neutrophils": 1.2}, True),
            ("creatinine > 90 µmol/L", {"creatinine": 1}, False),
            ("neutrophils < 2e-1", {"neutrophils": 0.1}, True),
            ("bilirubin_ratio > 3 {ULN}", {"bilirubin_ratio": 3}, False),
            ("age >= 70", {}, None),
        ),
    ),
    Table(
        "Choices that are numbers",
        "A choice whose values are all numbers (ECOG status, activity score, grade) compares as a number.",
        (
            ("ecog <= 1", {"ecog": 1}, True),
            ("ecog <= 1", {"ecog": 2}, False),
            ("dpyd_activity_score < 2", {"dpyd_activity_score": 1.5}, True),
        ),
    ),
    Table(
        "Flags",
        "A flag stands alone. `not` turns it round; unknown stays unknown.",
        (
            ("emvi", {"emvi": True}, True),
            ("not emvi", {"emvi": True}, False),
            ("emvi = false", {"emvi": False}, True),
            ("emvi", {}, None),
            ("not emvi", {}, None),
        ),
    ),
    Table(
        "And, or, not",
        "Strong Kleene logic: one false part makes `and` false whatever the others are; one true part makes `or` true. "
        "`and` binds tighter than `or`; `not` binds tightest.",
        (
            ("emvi and frail", {"emvi": False}, False),
            ("emvi and frail", {"emvi": True}, None),
            ("emvi or frail", {"emvi": True}, True),
            ("emvi or frail", {"emvi": False}, None),
            ("not (emvi and frail)", {"emvi": False}, True),
            ("emvi or frail and pregnant", {"emvi": True, "pregnant": False}, True),
            ("(emvi or frail) and pregnant", {"emvi": True, "pregnant": False}, False),
            ("not emvi or frail", {"emvi": True, "frail": True}, True),
        ),
    ),
    Table(
        "Sets",
        "`has` asks for a member. A set may be stated as complete, or as `at_least` some members; only a complete set can lack one.",
        (
            ("prior_drugs has oxaliplatin", {"prior_drugs": ["oxaliplatin"]}, True),
            ("prior_drugs has oxaliplatin", {"prior_drugs": []}, False),
            ("prior_drugs has oxaliplatin", {"prior_drugs": {"at_least": ["irinotecan"]}}, None),
            ("prior_drugs has oxaliplatin", {"prior_drugs": {"at_least": ["oxaliplatin"]}}, True),
            ("not prior_drugs has oxaliplatin", {"prior_drugs": []}, True),
            ("prior_drugs has any {oxaliplatin, irinotecan}", {"prior_drugs": ["irinotecan"]}, True),
            ("prior_drugs has all {oxaliplatin, irinotecan}", {"prior_drugs": ["irinotecan"]}, False),
        ),
    ),
    Table(
        "Exactly this set",
        "`= {...}` is true when the set holds these members and no others. `{}` is the empty set.",
        (
            ("metastatic_sites = {liver}", {"metastatic_sites": ["liver"]}, True),
            ("metastatic_sites = {liver}", {"metastatic_sites": ["liver", "lung"]}, False),
            ("metastatic_sites = {liver}", {"metastatic_sites": {"at_least": ["liver"]}}, None),
            ("metastatic_sites = {liver}", {"metastatic_sites": {"at_least": ["lung"]}}, False),
            ("metastatic_sites = {}", {"metastatic_sites": []}, True),
            ("metastatic_sites = {}", {}, None),
        ),
    ),
    Table(
        "Known and unknown",
        "`is unknown` and `is known` are the only tests that see the unknown. They belong to gates, contradictions and audits. "
        "A set that is not complete counts as unknown.",
        (
            ("mmr is unknown", {}, True),
            ("mmr is unknown", {"mmr": "deficient"}, False),
            ("mmr is known", {"mmr": "deficient"}, True),
            ("prior_drugs is unknown", {"prior_drugs": {"at_least": ["oxaliplatin"]}}, True),
            ("prior_drugs is known", {"prior_drugs": []}, True),
        ),
    ),
    Table(
        "Always and never",
        "`always` is true for every case, `never` for none.",
        (("always", {}, True), ("never", {}, False), ("always and emvi", {}, None)),
    ),
)

REFUSED = (
    ("ras = wildtype", 7, "wild_type"),
    ("mrf_distnce <= 1 mm", 1, "mrf_distance"),
    ("mrf_distance <= 1 kg", 17, "mm"),
    ("age <", 6, "the end"),
    ("cT > T2", 4, "without order"),
    ("prior_drugs = oxaliplatin", 1, "has"),
    ("emvi = yes", 8, "true or"),
    ("offered(tme)", 1, "question"),
    ("metastatic_sites has livr", 22, "liver"),
    ("age ! 3", 5, "does not belong"),
    ("ecog = 7", 8, "0, 1, 2, 3, 4"),
    ("emvi and", 9, "the end"),
    ("tumor_height = {low}", 1, "quantity"),
    ("mrf_distance <= 1.00000000000001 mm", 17, "12 digits"),
    ("not " * 300 + "emvi", 1, "nested too deeply"),
    ("emvi or " * 3000 + "frail", 1, "too long"),
)
"""Criteria that are refused: text, column of the fault, and a word of what would be right."""
