"""Which build a file of inherited variants is on: header, sequence names, the caller's word and the REF bases must agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from chemoplan.case.statement import Problem
from chemoplan.genomics.loci import BUILDS
from chemoplan.genomics.tumor import Build
from chemoplan.intake.builds import build_of_accession
from chemoplan.intake.germline.records import Records, Row, is_bases
from chemoplan.intake.germline.sites import Site, edit_of, site_tables
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.vcf_header import Header

_ENOUGH = 2
"""Listed positions with their bases from which on a build is told by them alone, whatever else the file holds."""


@dataclass
class _Fit:
    """How the records fit one build: the listed positions whose REF bases are right, and the first records where they are not."""

    fitting: set[str] = field(default_factory=set)
    wrong: list[tuple[Row, Site]] = field(default_factory=list)


def decide_build(header: Header, build: Build | None, found: Records, document: str) -> tuple[Build, list[Problem]]:
    """The build, and what to say about it. Raises InputRefused when two of its signs disagree, or there is none."""
    declared, words = _declared(header, build, found, document)
    fits = {item: _fit(item, found) for item in BUILDS}
    if declared is not None:
        _check(declared, words, fits, found, document)
        return declared, []
    told = [item for item in BUILDS if not fits[item].wrong and _tells(fits[item], found, item)]
    if len(told) == 1:
        count = len(fits[told[0]].fitting)
        message = f"nothing names the build; REF bases at {count} listed position(s) fit {told[0]} only"
        return told[0], [Problem(document, message)]
    raise InputRefused(
        f"{document}: nothing says which reference build it is on; expected contig lengths or ##reference in the header, "
        "or --build GRCh37 or GRCh38"
    )


def _declared(header: Header, build: Build | None, found: Records, document: str) -> tuple[Build | None, str]:
    """The build that is named, and where."""
    said: dict[Build, str] = {item: f"the header says {item} ({shown(text, 95)})" for item, text in header.told.items()}
    for contig in sorted(found.contigs):
        named = build_of_accession(contig)
        if named is not None:
            said.setdefault(named, f"the sequence name {contig[:30]} is of {named}")
    if build is not None:
        said.setdefault(build, f"{build} was given")
    if len(said) > 1:
        first, second = said.values()
        raise InputRefused(f"{document}: {first}, but {second}; expected one build: check which it is")
    return next(iter(said.items()), (None, ""))


def _fit(build: Build, found: Records) -> _Fit:
    fit = _Fit()
    table = site_tables()[build]
    for row in found.rows:
        for site in table.near(row.chromosome, row.position, row.last):
            agrees = site.agrees(row.position, row.ref)
            if agrees is False:
                fit.wrong.append((row, site))
            elif agrees and _listed(site, row):
                fit.fitting.add(site.id)
    return fit


def _listed(site: Site, row: Row) -> bool:
    """True when no alternate of the record is foreign to the position: then its place and bases speak for the build."""
    found = [site.allele(edit_of(row.position, row.ref, alt)) for alt in row.alts if is_bases(alt)]
    return all(allele is not None and not allele.startswith("?") for allele in found)


def _tells(fit: _Fit, found: Records, build: Build) -> bool:
    """One chance hit among many records tells nothing; in a file of few records it does."""
    return len(fit.fitting) >= _ENOUGH or (len(fit.fitting) == 1 and found.within[build] <= _ENOUGH)


def _check(declared: Build, words: str, fits: dict[Build, _Fit], found: Records, document: str) -> None:
    other: Build = BUILDS[1 - BUILDS.index(declared)]
    own, rival = fits[declared], fits[other]
    if not rival.wrong and len(rival.fitting) > len(own.fitting) and _tells(rival, found, other):
        raise InputRefused(
            f"{document}: {words}, but {len(rival.fitting)} record(s) lie at listed positions of {other} with its REF bases"
            f"{_flip(rival, other)}; expected one build: name the right one, or get the {declared} file"
        )
    if own.wrong:
        row, site = own.wrong[0]
        raise InputRefused(
            f"{document}: {words}, but REF at {row.place[:40]} is {row.ref[:12]} where {declared} has {site.bases[:12]} "
            f"({site.rsid}); expected one build, with its reference bases in REF"
        )


def _flip(fit: _Fit, build: Build) -> str:
    """Names a position whose reference base differs between the builds, where the file shows it."""
    for site in site_tables()[build].sites.values():
        twin = site_tables()[BUILDS[1 - BUILDS.index(build)]].sites[site.id]
        if site.id in fit.fitting and site.ref != twin.ref:
            return f" (REF of {site.rsid} is {site.ref}, in the other build {twin.ref})"
    return ""
