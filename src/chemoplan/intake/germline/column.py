"""Whose column is read: never a tumor's, never another person's, never the first of several."""

from __future__ import annotations

import re

from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.vcf_header import Header, listed

_NO_TUMOR = "germline results are not read from a tumor; expected the calls of blood or normal tissue"


def refuse_tumor(header: Header, document: str) -> None:
    """Raises InputRefused when the header or the columns are those of a tumor."""
    sign = _tumor_line(header) or _tumor_columns(header.samples)
    if sign:
        raise InputRefused(f"{document}: somatic file ({sign}): {_NO_TUMOR}")


def person_column(header: Header, sample: str | None, expected: str | None, document: str) -> str:
    """The column to read: the one named, or the patient's, or the only one. Raises InputRefused rather than guess."""
    columns = header.samples
    if not columns:
        raise InputRefused(
            f"{document}: has no sample column, so no genotype of a person; expected FORMAT and a sample"
        )
    if sample is not None:
        if sample not in columns:
            raise InputRefused(f"{document}: no sample {shown(sample)}; it holds {listed(columns)}")
        return sample
    if expected is not None:
        if expected in columns:
            return expected
        held = (
            f"its sample {listed(columns)} is not"
            if len(columns) == 1
            else f"none of its {len(columns)} samples ({listed(columns)}) is"
        )
        raise InputRefused(f"{document}: {held} the patient; if one is, name it with --sample")
    if len(columns) > 1:
        raise InputRefused(
            f"{document}: holds {len(columns)} samples ({listed(columns)}); name the patient's with --sample"
        )
    return columns[0]


def _tumor_line(header: Header) -> str:
    rules = table("germline")["tumor"]
    programs = [re.compile(rf"(?<![/\w.-])(?:{text})", re.IGNORECASE) for text in rules["programs"]]
    for line in header.meta:
        key, _, rest = line[2:].partition("=")
        plain = key.split(".")[0].strip().lower()
        if plain in rules["fields"]:
            return f"{plain} in the header"
        if plain == "info" and (flag := re.match(r"<\s*ID=(\w+)", rest)) and flag.group(1) in rules["info"]:
            return f"INFO field {flag.group(1)} in the header"
        if plain in rules["keys"] and not any(word in rest.lower() for word in rules["germline_words"]):
            found = next((match for pattern in programs if (match := pattern.search(rest))), None)
            if found is not None:
                return f"{shown(found.group()[:40])} in the header line ##{plain}"
    return ""


def _tumor_columns(columns: tuple[str, ...]) -> str:
    rules = table("germline")["tumor"]
    for name in columns:
        if re.search(rules["column"], name, re.IGNORECASE):
            return f"a column named {shown(name, 40)}"
        if name.lower() in rules["paired"] and len(columns) == 2:
            return f"a column named {shown(name, 40)} beside another"
    return ""
