"""Which reference build a file is on, by what it says itself: names, contig lengths, sequence accessions."""

from __future__ import annotations

import re
from functools import lru_cache

from chemoplan.genomics.loci import BUILDS
from chemoplan.genomics.tumor import Build
from chemoplan.intake.fhir.tables import table


@lru_cache(maxsize=4096)
def chromosome(name: str) -> str:
    """ "12" for "12", "chr12" or "NC_000012.11"; "" for a contig that is no chromosome (the mitochondrial one included)."""
    plain = name[3:] if name[:3].lower() == "chr" else name
    accession = re.fullmatch(r"NC_0000(\d\d)\.\d+", plain)
    if accession:
        number = int(accession.group(1))
        plain = {23: "X", 24: "Y"}.get(number, str(number))
    plain = {"23": "X", "24": "Y"}.get(plain, plain.upper())
    return plain if plain in table("builds")["lengths"] else ""


@lru_cache(maxsize=4096)
def builds_named(text: str) -> frozenset[Build]:
    """The builds that a text names (hg19, GRCh38.p13, b37)."""
    words = table("builds")["words"]
    return frozenset(build for build in BUILDS if any(re.search(word, text.lower()) for word in words[build]))


def build_of_length(name: str, length: int) -> Build | None:
    """The build in which a chromosome has this length; None when in neither."""
    lengths = table("builds")["lengths"].get(chromosome(name), ())
    return next((build for build, known in zip(BUILDS, lengths, strict=False) if known == length), None)


def length_of(build: Build, name: str) -> int:
    """The length of a chromosome in a build."""
    return int(table("builds")["lengths"][chromosome(name)][BUILDS.index(build)])


def build_of_accession(name: str) -> Build | None:
    """The build that a sequence accession such as NC_000012.11 belongs to."""
    match = re.fullmatch(r"NC_0000\d\d\.(\d+)", name)
    first = table("builds")["accessions"].get(chromosome(name))
    if match is None or first is None:
        return None
    version = int(match.group(1)) - first
    return BUILDS[version] if version in (0, 1) else None


def read_build(text: str) -> Build | None:
    """The build that a person or a column names, or None when it names none or both."""
    named = builds_named(text)
    if not named and text.strip() in ("37", "38"):
        return BUILDS[("37", "38").index(text.strip())]
    return next(iter(named)) if len(named) == 1 else None
