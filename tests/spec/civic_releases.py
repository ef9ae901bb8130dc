"""Small invented CIViC releases for tests: items in a few words, and the two forms in which a file holds them."""

from __future__ import annotations

import json
from typing import Any

from chemoplan.genomics.civic_release import CivicItem, CivicRelease

COLUMNS = (
    "molecular_profile", "molecular_profile_id", "disease", "doid", "phenotypes", "therapies", "therapy_interaction_type",
    "evidence_type", "evidence_direction", "evidence_level", "significance", "evidence_statement", "citation_id",
    "source_type", "asco_abstract_id", "citation", "nct_ids", "rating", "evidence_status", "evidence_id", "variant_origin",
    "last_review_date", "evidence_civic_url", "molecular_profile_civic_url", "is_flagged",
)  # fmt: skip
BENEFIT = ("Supports", "Sensitivity/Response")
NO_BENEFIT = ("Does Not Support", "Sensitivity/Response")
RESISTANCE = ("Supports", "Resistance")
NO_RESISTANCE = ("Does Not Support", "Resistance")


def item(profile: str, says: tuple[str, str] = BENEFIT, therapies: str = "Drug", **more: Any) -> CivicItem:
    """A predictive item about colorectal cancer, of level B and rated 3 unless told otherwise."""
    values: dict[str, Any] = {
        "id": "1",
        "gene": profile.partition(" ")[0],
        "disease": "Colorectal Cancer",
        "doid": "9256",
        "interaction": "",
        "level": "B",
        "type": "Predictive",
        "citation": "PMID 1",
        "rating": 3,
        **more,
    }
    return CivicItem(
        profile=profile, therapies=tuple(therapies.split()), direction=says[0], significance=says[1], **values
    )


def release(*items: CivicItem) -> CivicRelease:
    """A release of some items, numbered in order."""
    from dataclasses import replace

    numbered = tuple(replace(each, id=str(number)) for number, each in enumerate(items, start=1))
    return CivicRelease("release.tsv", None, "CC0-1.0", numbered)


def row(**cells: Any) -> dict[str, Any]:
    """One row of the table of evidence summaries."""
    usual = {
        "molecular_profile": "KRAS G12C",
        "disease": "Colorectal Cancer",
        "doid": "9256",
        "therapies": "Drug A,Drug B",
        "therapy_interaction_type": "Combination",
        "evidence_type": "Predictive",
        "evidence_direction": "Supports",
        "evidence_level": "A",
        "significance": "Sensitivity/Response",
        "evidence_statement": "An invented statement.",
        "citation_id": "12345",
        "source_type": "PubMed",
        "citation": "Somebody et al., 2024",
        "rating": "4",
        "evidence_status": "accepted",
        "evidence_id": "77",
        "evidence_civic_url": "https://civic.example/evidence/77",
        "is_flagged": "false",
    }
    return dict.fromkeys(COLUMNS, "") | usual | cells


def table(*rows: dict[str, Any]) -> str:
    """The rows as CIViC writes its table."""
    lines = ["\t".join(COLUMNS), *("\t".join(str(each[name]) for name in COLUMNS) for each in rows)]
    return "\n".join(lines) + "\n"


def snapshot(*rows: dict[str, Any], **head: Any) -> str:
    """The rows as a snapshot in JSON, where therapies are a list and numbers have other names."""
    items = []
    for each in rows:
        therapies = [name for name in str(each["therapies"]).split(",") if name]
        names = {"id": each["evidence_id"], "pmid": each["citation_id"], "civic_url": each["evidence_civic_url"]}
        items.append(
            {**each, **names, "therapies": therapies, "gene": str(each["molecular_profile"]).partition(" ")[0]}
        )
    return json.dumps({"snapshot_date": "2026-04-25", "license": "CC0-1.0", "evidence_items": items, **head})
