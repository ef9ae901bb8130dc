"""One person's cell of one record: which alleles, on which strand, and why it may not be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chemoplan.intake.fhir.tables import table
from chemoplan.intake.germline.records import Row
from chemoplan.intake.refused import one_line
from chemoplan.knowledge import load_knowledge

_SEPARATOR = re.compile(r"[/|]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call must meet, where the file has the field."""

    quality: int
    depth: int
    passing: frozenset[str]
    """Filters that do not speak against a call."""
    alternates: int
    """Alternate alleles that one person can have at one position."""


@lru_cache(maxsize=64)
def call_limits(min_quality: int | None, min_depth: int | None) -> Limits:
    """The limits of the knowledge, with those that the caller sets instead."""
    known = next(iter(load_knowledge().germline.call_limits.values()))
    return Limits(
        known.min_quality if min_quality is None else min_quality,
        known.min_depth if min_depth is None else min_depth,
        frozenset(known.passing),
        known.max_alternates,
    )


@dataclass(frozen=True, slots=True)
class Genotype:
    """Allele numbers of one record in the order of the file (None: not called). `doubt` says why they may not be used."""

    numbers: tuple[int | None, ...]
    phased: bool = False
    phase_set: str = ""
    depth: int | None = None
    quality: int | None = None
    doubt: str = ""

    @property
    def ploidy(self) -> int | None:
        """How many alleles the record gives this person; None when it calls none."""
        return None if all(number is None for number in self.numbers) else len(self.numbers)


def read_genotype(row: Row, cell: str, limits: Limits) -> Genotype:
    """The genotype in a cell, held against the limits."""
    rules = _rules()
    values = dict(zip(row.keys, cell.split(":"), strict=False))
    numbers, phased = _numbers(values.get("GT", ""))
    quality = _first(values, rules["qualities"])
    counts = _counts(values.get("AD", ""), len(row.alts) + 1)
    depth = _first(values, rules["depths"])
    if depth is None and counts is not None:
        depth = sum(counts)
    numbers, phased, phase_set = _phase(values, numbers, phased, rules)
    doubts = [
        *_filter_doubts(row.filters, values.get("FT", ""), limits.passing),
        *([f"GQ {quality} (below {limits.quality})"] if quality is not None and quality < limits.quality else []),
        *([f"DP {depth} (below {limits.depth})"] if depth is not None and depth < limits.depth else []),
    ]
    called = [number for number in numbers if number is not None]
    if "GT" not in values:
        doubts.insert(0, "no genotype (GT)")
    elif any(number > len(row.alts) for number in called):
        doubts.insert(0, "its genotype names an allele that the record does not have")
    elif counts is not None and any(counts) and not all(counts[number] for number in called):
        doubts.append("its genotype names an allele that no read carries")
    return Genotype(numbers, phased, phase_set, depth, quality, ", ".join(doubts))


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    return table("germline")


def _numbers(text: str) -> tuple[tuple[int | None, ...], bool]:
    """Allele numbers and whether their order is that of the strands. VCF 4.4 may put a separator before the first."""
    plain = text.lstrip("/|")
    parts = _SEPARATOR.split(plain) if plain else ["."]
    numbers = tuple(int(part) if part.isascii() and part.isdigit() and len(part) < 6 else None for part in parts)
    return numbers, "|" in plain and "/" not in plain


def _phase(
    values: dict[str, str], numbers: tuple[int | None, ...], phased: bool, rules: dict[str, Any]
) -> tuple[tuple[int | None, ...], bool, str]:
    """The strands by GT and PS; or, where GT has no order, by the physical phase that GATK writes beside it."""
    written = values.get(rules["phase_set"], ".")
    if phased:
        return numbers, True, "" if written in (".", "") else one_line(written)
    order, block = (values.get(rules["physical_phase"][key], ".") for key in ("order", "set"))
    if order in ("0|1", "1|0") and block != "." and len(set(numbers)) == 2 == len(numbers) and 0 in numbers:
        change = next(number for number in numbers if number != 0)
        return ((0, change) if order == "0|1" else (change, 0)), True, one_line(block)
    return numbers, False, ""


def _filter_doubts(filters: tuple[str, ...], own: str, passing: frozenset[str]) -> list[str]:
    failed = [name for name in (*filters, *own.split(";")) if name and name not in passing]
    return [f"FILTER {one_line(';'.join(dict.fromkeys(failed)))[:60]}"] if failed else []


def _first(values: dict[str, str], names: list[str]) -> int | None:
    """The first of the fields that holds a number, rounded down."""
    for name in names:
        try:
            return int(float(values.get(name, "")))
        except (ValueError, OverflowError):
            continue
    return None


def _counts(text: str, alleles: int) -> list[int] | None:
    """Reads by allele; None unless there is a number for each."""
    parts = text.split(",")
    if len(parts) != alleles or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return [int(part) for part in parts]
