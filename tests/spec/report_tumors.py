"""Reports about invented tumors, for the tests of what a user sees: one written by hand, and one in which every text is hostile."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

EVIDENCE = {
    "source": "trial-x", "title": "A trial of an invented drug", "citation": "Doe 2025", "date": "2025-03-01",
    "says": "Response in 3 of 10.", "status": "partly", "read_on": "2026-11-23", "source_status": "partly",
}  # fmt: skip


def variant(gene: str, change: str, line: int, **more: Any) -> dict[str, Any]:
    """One call of the invented tumor."""
    return {
        "gene": gene, "change": change, "three_letter": change, "text": change, "coding": None, "build": "GRCh37",
        "genomic": f"{line}:100 C>A",
        "depth": 120, "alt_count": 36, "allele_fraction": 0.3, "filter": "PASS", "classification": "Missense_Mutation",
        "document": "tumor.maf", "locator": f"line {line}", "doubt": "", **more,
    }  # fmt: skip


def marker(fact: str, title: str, state: str, value: str | None, **more: Any) -> dict[str, Any]:
    """One biomarker of the invented tumor."""
    return {
        "id": fact, "title": title, "state": state, "fact": fact, "value": value, "variants": [], "reported": [], "because": "",
        "not_covered": [], "warnings": [], "evidence": [EVIDENCE], **more,
    }  # fmt: skip


def assertion(name: str, effect: str, therapy: list[list[str]], **more: Any) -> dict[str, Any]:
    """One statement on treatment of the invented tumor."""
    return {
        "id": name, "title": f"Title of {name}", "effect": effect, "therapy": therapy, "setting": "metastatic",
        "line": "2+", "label": [{"jurisdiction": "US", "status": "accelerated", "date": "2024-06-21"}],
        "trials": ["NCT00000000"], "tier": "IA", "weight": "label", "text": f"Text of {name}.",
        "because": [{"fact": "kras_g12c", "test": "kras_g12c = detected", "text": "detected", "source": "tumor.maf (line 2)",
                     "because": "Found: KRAS p.G12C"}],
        "when": "kras_g12c = detected", "signed_off_by": None, "verdict": "holds", "depends_on": [],
        "variants": [variant("KRAS", "p.G12C", 2)], "evidence": [EVIDENCE], "status": "partly",
        "reviewed": "2026-11-23", "review_due": "2027-11-23", **more,
    }  # fmt: skip


@lru_cache(maxsize=1)
def tumor_report() -> dict[str, Any]:
    """A tumor with KRAS G12C, three calls of POLE, no look at fusions, and two results that disagree."""
    g12c = variant("KRAS", "p.G12C", 2)
    pole = [
        variant("POLE", "p.P286R", 3),
        variant("POLE", "p.R150*", 4, doubt="filter wga"),
        variant("POLE", "p.X264_splice", 5),
    ]
    return {
        "chemoplan": "0.0",
        "knowledge": {"version": "1", "sha256": "a" * 64, "as_of": "2026-11-23"},
        "sample": "TUMOR-1",
        "patient": "PERSON-1",
        "build": "GRCh37",
        "calls": {"all": 9, "altering": 5, "uninterpreted": 1},
        "assays": [
            {
                "name": "panel.bed",
                "source": "panel.bed",
                "genes": ["BRAF", "POLE"],
                "codons": ["KRAS 12", "KRAS 13"],
                "copy_number": [],
                "fusions": [],
                "megabases": 1.2,
            }
        ],
        "facts": [
            {
                "name": "kras_g12c",
                "value": "detected",
                "unit": None,
                "status": "known",
                "source": "tumor.maf (line 2)",
                "from": [],
                "because": "KRAS p.G12C",
            },
            {
                "name": "ras",
                "value": "mutated",
                "unit": None,
                "status": "derived",
                "source": "a derivation",
                "from": ["kras_g12c"],
                "because": "a change at a listed codon",
            },
            {
                "name": "ntrk_fusion",
                "value": None,
                "unit": None,
                "status": "unknown",
                "source": None,
                "from": [],
                "because": "fusions were not looked for",
            },
            {
                "name": "tmb",
                "value": 7.5,
                "unit": "1/Mb",
                "status": "known",
                "source": "tumor.maf",
                "from": [],
                "because": "9 calls over 1.2 Mb",
            },
        ],
        "biomarkers": [
            marker("kras_g12c", "KRAS G12C", "detected", "detected", variants=[g12c], because="KRAS p.G12C was called"),
            marker("pole_pold1", "POLE or POLD1 exonuclease change", "detected", "pathogenic", variants=pole),
            marker("braf_v600e", "BRAF V600E", "not_detected", "not_detected", because="codon 600 was read"),
            marker("ntrk_fusion", "NTRK fusion", "not_assayed", None, not_covered=["fusions of NTRK1"]),
            marker(
                "ras",
                "Extended RAS",
                "undetermined",
                None,
                warnings=["Two calls contradict each other."],
                not_covered=["KRAS codon 117", "NRAS codon 61"],
            ),
        ],
        "assertions": [
            assertion("works", "benefit", [["sotorasib"], ["cetuximab", "panitumumab"]]),
            assertion("fails", "resistance", [["cetuximab", "panitumumab"]], label=[], tier=None),
            assertion(
                "hurts",
                "harm",
                [["encorafenib"]],
                label=[{"jurisdiction": "EU", "status": "limitation_of_use", "date": None}],
            ),
            assertion("outlook", "prognostic", []),
            assertion(
                "waits",
                "benefit",
                [["vemurafenib"]],
                verdict="conditional",
                depends_on=[
                    {
                        "fact": "ras",
                        "tests": ["ras = wild_type"],
                        "question": "Is RAS mutated?",
                        "because": "not all codons were read",
                    }
                ],
            ),
        ],
        "does_not_apply": [
            {
                "id": "d-drug",
                "title": "A drug against G12D",
                "effect": "benefit",
                "therapy": [["zoldonrasib"]],
                "because": "KRAS p.G12C was found, which is not p.G12D",
            },
        ],
        "not_tested": [
            {
                "fact": "ntrk_fusion",
                "title": "NTRK fusion",
                "state": "not_assayed",
                "question": "Was an NTRK fusion found?",
                "because": "no test of fusions was given",
                "decides": [
                    {
                        "id": "ntrk-larotrectinib",
                        "title": "Larotrectinib",
                        "effect": "benefit",
                        "therapy": [["larotrectinib"]],
                    }
                ],
            },
            {
                "fact": "ctdna",
                "title": "Circulating DNA",
                "state": "undetermined",
                "question": "Was it found?",
                "because": "nobody said",
                "decides": [],
            },
        ],
        "contradictions": [
            {
                "therapy": [["cetuximab"]],
                "winning": ["fails"],
                "losing": ["works"],
                "because": "a label stands above a trial",
            }
        ],
        "discordant": [
            {
                "fact": "mmr",
                "title": "Mismatch repair",
                "because": "two tests disagree",
                "results": [
                    {"test": "mantis", "value": "0.59", "means": "deficient", "source": "sheet (row 3)"},
                    {"test": "msisensor", "value": "0.08", "means": "proficient", "source": "sheet (row 3)"},
                ],
            },
        ],
        "cautions": [{"id": "rare-pair", "text": "Two findings that are rarely together.", "evidence": [EVIDENCE]}],
        "warnings": ["POLE p.R150* truncates the protein."],
    }
