"""People for the tests of germline calling: every listed position reference, unless something else is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chemoplan.case.statement import Source
from chemoplan.genomics.germline.observed import UNLISTED, UNREAD, GermlineSample, Observation, TypedResult
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
POSITIONS = KNOWLEDGE.germline.positions
TA = {"TA6": "C", "TA7": "CAT", "TA8": "CATAT", "TA9": "CATATAT"}
SHORT = {
    "2A": "rs3918290", "13": "rs55886062", "2846": "rs67376798", "intron": "rs75017182", "exon": "rs56038477",
    "557": "rs115232898", "7": "rs72549309", "9A": "rs1801265", "80": "rs887829", "TA": "rs3064744", "6": "rs4148323", "27": "rs35350960",
}  # fmt: skip


def observation(position: str, text: str, *, reason: str = "") -> Observation:
    """`0/1`, `1|0`, `0|1 7` (phase set 7), `./1`, `TA8/TA7`, `0/?G` (not listed); `-` is missing."""
    place = POSITIONS[position].grch38
    if text == "-":
        return Observation(position, "not_assessed", reason=reason or "missing")
    genotype, _, phase_set = text.partition(" ")
    phased = "|" in genotype
    bases = tuple(_base(part, place.ref, place.alts) for part in genotype.replace("|", "/").split("/"))
    half = UNREAD in bases
    return Observation(
        position,
        "not_assessed" if half else "called",
        bases,
        phased=phased,
        phase_set=phase_set,
        reason="half call" if half else "",
        source=Source("person.vcf", f"record {position}"),
    )


def _base(text: str, ref: str, alts: tuple[str, ...]) -> str:
    if text.startswith(UNLISTED) or text == UNREAD:
        return text
    return TA.get(text) or (ref, *alts)[int(text)]


def person(
    changes: Mapping[str, str] | str = "",
    *,
    missing: Iterable[str] = (),
    typed: Iterable[tuple[str, str, str]] = (),
    panel: str = "",
    panel_positions: Iterable[str] = (),
) -> GermlineSample:
    """One person; changes by short name or rsID: {"2A": "0/1"}, or as text "2A=0/1, TA=TA8/TA7"."""
    if isinstance(changes, str):
        changes = dict(item.split("=") for item in changes.split(", ") if item)
    given = {SHORT.get(name, name): text for name, text in changes.items()}
    given |= {SHORT.get(name, name): "-" for name in missing}
    assert set(given) <= set(POSITIONS), set(given) - set(POSITIONS)
    return GermlineSample(
        sample="PERSON",
        document="person.vcf",
        build="GRCh38",
        observations={name: observation(name, given.get(name, "0/0")) for name in POSITIONS},
        typed=typed_results(typed),
        panel=panel,
        panel_positions=frozenset(SHORT.get(name, name) for name in panel_positions),
    )


def typed_only(*results: tuple[str, str, str]) -> GermlineSample:
    """Somebody of whom no file was read."""
    return GermlineSample("PERSON", "typed", None, typed=typed_results(results))


def typed_results(results: Iterable[tuple[str, str, str]]) -> tuple[TypedResult, ...]:
    return tuple(TypedResult(gene, kind, value, Source("laboratory report")) for gene, kind, value in results)  # type: ignore[arg-type]
