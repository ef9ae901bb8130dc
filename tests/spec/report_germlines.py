"""Reports about invented germlines, for the tests of what a user sees: written by hand, in the form that the engine gives."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

EVIDENCE = {
    "source": "body-x", "title": "A guideline of an invented body", "citation": "Doe 2025", "date": "2025-03-01", "locator": "table 1",
    "says": "Half the dose.", "status": "partly", "strength": None, "read_on": "2026-11-23", "source_status": "partly",
    "jurisdictions": ["US"],
}  # fmt: skip


def position(gene: str, rsid: str, place: int, name: str, **more: Any) -> dict[str, Any]:
    """One listed position."""
    return {
        "position": rsid, "gene": gene, "rsid": rsid, "chromosome": "1", "place": place, "name": name, "function": "no_function",
        "needed": True, "state": "reference", "found": ["", ""], "found_function": None, "phased": False, "reason": "",
        "quality": 60, "depth": 30, "source": "calls.vcf (line 9)", **more,
    }  # fmt: skip


def statement(name: str, body: str, drugs: list[str], percent: float | None, **more: Any) -> dict[str, Any]:
    """What one body says."""
    return {
        "id": name, "body": body, "drugs": drugs, "action": f"Action of {name}.", "start_percent": percent, "date": "2018-11",
        "jurisdiction": "US", "strength": "strong", "gene": "DPYD", "condition": "", "when": "dpyd_activity_score = 1", "notes": None,
        "evidence": [EVIDENCE], **more,
    }  # fmt: skip


def gene(name: str, **more: Any) -> dict[str, Any]:
    """The result of one gene."""
    return {
        "gene": name, "diplotypes": [], "activity_score": None, "phenotype": None, "best": None, "worst": None, "status": "called",
        "title": name, "fact": name.lower(), "variants": [], "reported": [], "codes": [], "evidence": [EVIDENCE],
        "assessed": ["rs1", "rs2"], "not_assessed": [], "warnings": [], "because": f"Reason of {name}.", **more,
    }  # fmt: skip


@lru_cache(maxsize=1)
def germline_report() -> dict[str, Any]:
    """DPYD called at score 1 with a position missing; UGT1A1 without a result."""
    missing = {"state": "not_assessed", "found": [], "reason": "GQ 5 below 20", "quality": 5, "depth": 3}
    return {
        "chemoplan": "0.0",
        "knowledge": {"version": "1", "sha256": "a" * 64, "as_of": "2026-11-23"},
        "sample": "PERSON-1",
        "build": "GRCh38",
        "document": "calls.vcf",
        "panel": None,
        "facts": [
            {"name": "dpyd_activity_score", "value": 1, "unit": None, "status": "known", "source": "calls.vcf", "from": [],
             "because": "one variant"},
            {"name": "ugt1a1", "value": None, "unit": None, "status": "unknown", "source": None, "from": [],
             "because": "*28 was not read"},
        ],
        "genes": [
            gene("DPYD", diplotypes=["Reference/c.1905+1G>A (*2A)"], activity_score=1, phenotype="intermediate", best=1, worst=0,
                 status="upper_bound", not_assessed=[{"position": "rs3", "rsid": "rs3", "reason": "GQ 5 below 20", "needed": True}],
                 warnings=["A warning about DPYD."]),
            gene("UGT1A1", status="not_assessed", not_assessed=[{"position": "rs9", "rsid": "rs9", "reason": "no call", "needed": True}]),
        ],
        "positions": [
            position("DPYD", "rs1", 100, "c.1905+1G>A (*2A)", state="variant",
                     found=["", "c.1905+1G>A (*2A)"], found_function="no_function"),
            position("DPYD", "rs2", 150, "c.85T>C (*9A)", needed=False, function="normal"),
            position("DPYD", "rs3", 400, "c.2846A>T", function="decreased", **missing),
            position("DPYD", "rs4", 420, "c.1679T>G (*13)", state="unlisted", found=["", "G (not listed)"], phased=True),
            position("UGT1A1", "rs9", 900, "*36 or *28 or *37", chromosome="2", **{**missing, "reason": "no call"}),
        ],
        "statements": [
            statement("cpic-1", "CPIC", ["fluorouracil", "capecitabine"], 50, condition="activity score 1"),
            statement("fda-cap", "FDA", ["capecitabine"], None, notes="A note on the label."),
            statement("dpwg-poor", "DPWG", ["irinotecan"], 70),
            statement("ema-none", "EMA", ["liposomal_irinotecan"], 0, date=None),
        ],
        "remarks": [{"gene": "DPYD", "text": "A genotype is no clearance.", "evidence": [EVIDENCE]}],
        "not_actionable": [{"id": "TYMS", "gene": "TYMS", "text": "TYMS changes no dose.", "evidence": [EVIDENCE]}],
        "alerts": [
            {"id": "partial", "title": "Partial deficiency", "text": "The usual dose is too high.", "severity": "modify",
             "when": "dpyd_activity_score = 1", "components": ["fluoropyrimidine"], "evidence": [EVIDENCE],
             "modifies": [{"component": "fluoropyrimidine", "text": "Start at half.", "start_fraction": 0.5}]},
        ],
        "held": [
            {"id": "gate-x", "title": "A gate", "text": "Something waits.", "asks": ["ugt1a1"], "components": ["irinotecan"],
             "evidence": [EVIDENCE]},
        ],
        "warnings": ["A warning about the file."],
    }  # fmt: skip
