"""The closed-world meaning of CTML, re-created from the documentation and the source of its reference engine (matchengine-V2).

A person is one clinical document and a list of genomic documents, as in that engine's own example data. A clinical key is asked by
itself: a `!` passes everybody whose document does not hold the value, also where the key is missing. The keys of a genomic leaf
together ask for one document; a `!` on any of them passes everybody for whom no such document exists, also who was never tested.

Read in the source at commit 4f0497da: query_transform.py, plugins/DFCIQueryTransformers.py, utilities/query.py, match_translator.py.
Left out: structural variants in free text, and the tree of OncoTree (a diagnosis here is a list of names).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Document = Mapping[str, Any]

NAMES: dict[str, tuple[str, ...]] = {
    "READ": ("Rectal Adenocarcinoma",),
    "Colorectal Adenocarcinoma": ("Colorectal Adenocarcinoma", "Colon Adenocarcinoma", "Rectal Adenocarcinoma"),
}
"""Diagnoses that stand for several names; every other one is its own name."""
_MMR = {
    "MMR-Proficient": "Proficient (MMR-P / MSS)",
    "MMR-Deficient": "Deficient (MMR-D / MSI-H)",
    "MSI-H": "Deficient (MMR-D / MSI-H)",
    "MSI-L": "Proficient (MMR-P / MSS)",
    "MSS": "Proficient (MMR-P / MSS)",
}
_CATEGORIES = {
    "copy number variation": ("CNV",),
    "any variation": ("MUTATION", "CNV"),
    "structural variation": ("SV",),
}
_CNV = {
    "High Amplification": "High level amplification",
    "Homozygous Deletion": "Homozygous deletion",
    "Low Amplification": "Gain",
    "Heterozygous Deletion": "Heterozygous deletion",
}
_IGNORED = frozenset({"HER2_STATUS", "PR_STATUS", "ER_STATUS", "DISEASE_STATUS"})
"""Keys that the engine's shipped configuration passes over: whoever is asked for them satisfies them."""
_KEYS = {
    "HUGO_SYMBOL": "TRUE_HUGO_SYMBOL",
    "PROTEIN_CHANGE": "TRUE_PROTEIN_CHANGE",
    "EXON": "TRUE_TRANSCRIPT_EXON",
    "VARIANT_CLASSIFICATION": "TRUE_VARIANT_CLASSIFICATION",
}


@dataclass(frozen=True)
class Person:
    """What the engine holds of a person."""

    clinical: Document
    genomic: Sequence[Document] = ()


def matches(tree: Iterable[Mapping[str, Any]], person: Person, today: date) -> bool:
    """Whether a person satisfies the `match` of one level."""
    return all(_node(label, value, person, today) for item in tree for label, value in item.items())


def _node(label: str, value: Any, person: Person, today: date) -> bool:
    if label.startswith("and"):
        return matches(value, person, today)
    if label.startswith("or"):
        return any(_node(name, below, person, today) for item in value for name, below in item.items())
    if label == "clinical":
        return all(_clinical(key.upper(), wanted, person.clinical, today) for key, wanted in value.items())
    return _genomic({key.upper(): wanted for key, wanted in value.items()}, person.genomic)


def _clinical(key: str, wanted: Any, document: Document, today: date) -> bool:
    if key == "AGE_NUMERICAL":
        return _age(str(wanted), document.get("BIRTH_DATE_INT"), today)
    if key == "TMB_NUMERICAL":
        return _number(str(wanted), document.get("TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE"))
    if key in _IGNORED:
        return True
    value, denied = _denied(wanted)
    if key == "ONCOTREE_PRIMARY_DIAGNOSIS":
        found = document.get("ONCOTREE_PRIMARY_DIAGNOSIS_NAME") in NAMES.get(value, (value,))
    elif key == "GENDER":
        found = document.get("GENDER") == value
    else:
        found = document.get(key) == value
    return found != denied


def _age(wanted: str, born: Any, today: date) -> bool:
    """By day of birth as a number YYYYMMDD. The engine reads > as >= and < as <=, as of its day of birth."""
    if born is None:
        return False
    operator, number = re.fullmatch(r"([<>=]+)([\d.]+)", wanted).groups()  # type: ignore[union-attr]
    years, part = divmod(float(number), 1)
    month = today.month - 1 - round(part * 12)
    limit = (today.year - int(years) + month // 12) * 10_000 + (month % 12 + 1) * 100 + today.day
    return born <= limit if operator in (">=", ">") else born >= limit if operator in ("<=", "<") else born == limit


def _number(wanted: str, value: Any) -> bool:
    if value is None:
        return False
    operator, number = re.fullmatch(r"([<>=]+)([\d.]+)", wanted).groups()  # type: ignore[union-attr]
    limit = float(number)
    return {"==": value == limit, "<=": value <= limit, ">=": value >= limit, ">": value > limit, "<": value < limit}[
        operator
    ]


def _genomic(leaf: Mapping[str, Any], documents: Sequence[Document]) -> bool:
    parts = {key: _denied(wanted) for key, wanted in leaf.items() if key != "DISPLAY_NAME"}
    signature = next((key for key in ("MMR_STATUS", "MS_STATUS") if key in parts), None)
    if signature:
        value, denied = parts[signature]
        return any(document.get("MMR_STATUS") == _MMR[value] for document in documents) != denied
    exists = any(all(_part(key, value, document) for key, (value, _) in parts.items()) for document in documents)
    return exists != any(denied for _, denied in parts.values())


def _part(key: str, value: str, document: Document) -> bool:
    if key == "VARIANT_CATEGORY":
        return document.get("VARIANT_CATEGORY") in _CATEGORIES.get(value.lower(), (value.upper(),))
    if key == "CNV_CALL":
        return document.get("CNV_CALL") == _CNV.get(value, value)
    if key == "WILDCARD_PROTEIN_CHANGE":
        return bool(re.fullmatch(rf"{re.escape(value)}[A-Y]", document.get("TRUE_PROTEIN_CHANGE") or ""))
    return document.get(_KEYS.get(key, key)) == value


def _denied(wanted: Any) -> tuple[str, bool]:
    text = str(wanted)
    return (text[1:], True) if text.startswith("!") else (text, False)
