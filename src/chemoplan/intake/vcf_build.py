"""Which reference build a VCF is on: the header, the person's word and the REF bases at known codons must agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chemoplan.case.statement import Problem
from chemoplan.genomics.loci import BUILDS, wrong_build
from chemoplan.genomics.tumor import Build, Locus
from chemoplan.intake.codon_places import codons_touched
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.vcf_header import Header


@dataclass(frozen=True, slots=True)
class Seen:
    """A record near a known codon of either build: its place with the REF bases, and whether it carries a change."""

    locus: Locus
    changed: bool


def decide_build(
    header: Header, build: Build | None, seen: Sequence[Seen], document: str, *, annotated: bool
) -> tuple[Build | None, list[Problem]]:
    """The build, and what to say about it. Raises InputRefused when two tell different ones, or none tells and it matters."""
    declared = _declared(header, build, document)
    if declared is not None:
        wrong = wrong_build(declared, _inside(declared, seen))
        wrong = wrong or wrong_build(declared, [item.locus for item in seen if item.changed])
        if wrong:
            raise InputRefused(f"{document}: {wrong}")
        return declared, []
    fitting = [item for item in BUILDS if _inside(item, seen) and not wrong_build(item, _inside(item, seen))]
    if len(fitting) == 1:
        places = len(_inside(fitting[0], seen))
        message = f"nothing names the build; {places} reference base(s) at known codons fit {fitting[0]} only"
        return fitting[0], [Problem(document, message)]
    if annotated:
        message = (
            "nothing names the reference build, so the annotation is not checked against known codons; give --build"
        )
        return None, [Problem(document, message)]
    raise InputRefused(
        f"{document}: nothing says which reference build it is on; expected contig lengths or ##reference in the header, "
        "or --build GRCh37 or GRCh38"
    )


def _declared(header: Header, build: Build | None, document: str) -> Build | None:
    if build is not None and header.told and build not in header.told:
        told, words = next(iter(header.told.items()))
        raise InputRefused(
            f"{document}: the header says {told} ({shown(words, 95)}), but {build} was given; "
            f"expected one of them: leave --build out or give the {build} file"
        )
    return build or next(iter(header.told), None)


def _inside(build: Build, seen: Sequence[Seen]) -> list[Locus]:
    """The places that lie in a codon of this build's own table."""
    return [
        item.locus
        for item in seen
        if codons_touched(
            build, item.locus.chromosome, item.locus.position, item.locus.position + len(item.locus.ref) - 1
        )
    ]
