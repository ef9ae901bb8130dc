"""One record of one tumor: which of its alleles are called, on how many reads, and what it proves to be unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from chemoplan.intake.fhir.tables import table

Record = Any
"""A record of htslib's binding, whose types are looser than what it gives."""
State = Literal["called", "reference", "unknown"]


@dataclass(frozen=True, slots=True)
class Allele:
    """One ALT allele in the tumor: called, shown to be reference, or neither (then `doubt` may say why)."""

    number: int
    state: State
    depth: int | None = None
    alt_count: int | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """On which of its two copies a called allele lies, and within which set of phased calls; `copies` empty: not phased."""

    copies: tuple[int, ...] = ()
    block: str = ""


@lru_cache(maxsize=1)
def no_alleles() -> frozenset[str]:
    """Alleles that stand for no change."""
    return frozenset(table("vcf")["no_alleles"])


def filter_doubt(names: Sequence[str]) -> str:
    """Why a record may not be counted, from its FILTER; "" when it may."""
    failed = [name for name in names if name not in table("vcf")["harmless_filters"]]
    return f"failed the filter {', '.join(failed)}" if failed else ""


def genotype(sample: Mapping[str, Any] | None) -> tuple[int | None, ...] | None:
    """The allele numbers of the tumor (None: not called); None when the file gives no genotypes."""
    if sample is None:
        return None
    indices: tuple[int | None, ...] | None = getattr(sample, "allele_indices", None)
    return indices or None


def read_alleles(record: Record, sample: Mapping[str, Any] | None) -> tuple[Allele, ...]:
    """Every ALT allele of the record that stands for a change, by its number from 1."""
    numbers = genotype(sample)
    return tuple(
        _allele(record, sample, numbers, number)
        for number, alt in enumerate(record.alts or (), start=1)
        if alt not in no_alleles()
    )


def _allele(
    record: Record, sample: Mapping[str, Any] | None, numbers: tuple[int | None, ...] | None, number: int
) -> Allele:
    depth, count = reads(record, sample, number)
    if numbers is None:
        if count == 0:
            return Allele(number, "reference", depth, count)
        return Allele(number, "called", depth, count)
    if number in numbers:
        if count == 0:
            return Allele(number, "unknown", depth, count, "its genotype names the change, but no read carries it")
        return Allele(number, "called", depth, count)
    if count and (not depth or count / depth > table("vcf")["reference_alt_share"]):
        of = f" of {depth}" if depth else ""
        return Allele(
            number, "unknown", depth, count, f"its genotype does not name the change, but {count}{of} reads carry it"
        )
    if all(item is None for item in numbers):
        return Allele(number, "unknown", depth, count)
    return Allele(number, "reference", depth, count)


def phase(sample: Mapping[str, Any] | None, number: int) -> Phase:
    """The phase of a called allele; not phased when the file does not say so."""
    if sample is None:
        return Phase()
    numbers, phased = genotype(sample), bool(getattr(sample, "phased", False))
    block = next((str(value) for name in table("vcf")["phase_sets"] if (value := _field(sample, name)) is not None), "")
    physical = _field(sample, "PGT")
    if not phased and isinstance(physical, str) and "|" in physical and block:
        numbers, phased = tuple(int(item) if item.isdigit() else None for item in physical.split("|")), True
        number = 1
    if not phased or not numbers:
        return Phase()
    return Phase(tuple(place for place, item in enumerate(numbers) if item == number), block)


def reads(record: Record, sample: Mapping[str, Any] | None, number: int) -> tuple[int | None, int | None]:
    """Reads in all and reads with one ALT allele, from whichever fields the file has; None where it does not say."""
    rules = table("vcf")
    if sample is None:
        return _from_info(record, number)
    depth, count = _counted(record, sample, number, rules)
    if depth is None:
        depth = _depth(sample, rules)
    if count is None and depth:
        shares = [_share(sample, name, number) for name in rules["fractions"]]
        share = next((item for item in shares if item is not None), None)
        count = round(share * depth) if share is not None else None
    if depth is None or count is None:
        info_depth, info_count = _from_info(record, number)
        depth = info_depth if depth is None else depth
        count = info_count if count is None else count
    return depth, count


def _counted(
    record: Record, sample: Mapping[str, Any], number: int, rules: dict[str, Any]
) -> tuple[int | None, int | None]:
    for name in rules["allele_counts"]:
        value = _field(sample, name)
        if isinstance(value, tuple) and len(value) > number:
            numbers = [_number(item) for item in value]
            known = [item for item in numbers if item is not None]
            return _depth(sample, rules) or (sum(known) if len(known) == len(numbers) else None), numbers[number]
    for whole, changed in (*rules["alt_reads"], *rules["variant_depths"]):
        reference, alternate = _at(_field(sample, whole), 1), _at(_field(sample, changed), number)
        if reference is not None and alternate is not None:
            return _depth(sample, rules) or reference + alternate, alternate
    alt = (record.alts or ())[number - 1]
    bases = rules["base_counts"]
    if alt in bases and bases[alt] in sample:
        tiers = {base: _at(_field(sample, name), 1) for base, name in bases.items()}
        known = [item for item in tiers.values() if item is not None]
        return sum(known), tiers[alt]
    return None, None


def _depth(sample: Mapping[str, Any], rules: dict[str, Any]) -> int | None:
    return next((value for name in rules["depths"] if (value := _number(_field(sample, name))) is not None), None)


def block_depth(sample: Mapping[str, Any] | None) -> int | None:
    """The least depth of a reference block, or the depth of a reference call."""
    if sample is None:
        return None
    rules = table("vcf")
    depth = next(
        (value for name in rules["block_depths"] if (value := _number(_field(sample, name))) is not None), None
    )
    if depth is None:
        for name in rules["allele_counts"]:
            value = _field(sample, name)
            numbers = [_number(item) for item in (value if isinstance(value, tuple) else (value,))]
            if numbers and all(item is not None for item in numbers):
                return sum(item for item in numbers if item is not None)
    return depth


def _from_info(record: Record, number: int) -> tuple[int | None, int | None]:
    rules = table("vcf")
    depth = _at(_field(record.info, rules["info_depth"]), 1)
    value = _field(record.info, rules["info_fraction"])
    share = value[number - 1] if isinstance(value, tuple) and len(value) >= number else value
    try:
        count = round(float(share) * depth) if share is not None and depth else None
    except (TypeError, ValueError):
        count = None
    return depth, count


def _share(sample: Mapping[str, Any], name: str, number: int) -> float | None:
    value = _field(sample, name)
    if isinstance(value, tuple):
        value = value[number - 1] if len(value) >= number else None
    try:
        share = float(value) if value is not None else None
    except (TypeError, ValueError):
        return None
    return share if share is not None and 0 <= share <= 1 else None


def _at(value: Any, number: int) -> int | None:
    if isinstance(value, tuple):
        return _number(value[number - 1]) if len(value) >= number else None
    return _number(value) if number == 1 else None


def _field(holder: Mapping[str, Any], name: str) -> Any:
    """A field, or None; also when its bytes are not readable."""
    try:
        return holder.get(name)
    except (KeyError, ValueError, UnicodeDecodeError):
        return None


def _number(value: Any) -> int | None:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return None
