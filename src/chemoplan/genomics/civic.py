"""CIViC held against one tumor: a second source with its own label, never mixed into the plan's own assertions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from chemoplan.genomics.civic_conflicts import contradictions
from chemoplan.genomics.civic_release import TISSUES, CivicRelease, Entry, Place, words
from chemoplan.genomics.civic_truth import ORDER, Answer, Found, coarsest, evaluate, look
from chemoplan.genomics.tumor import Tumor
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.knowledge.molecular import Marker

PASSENGER = "hypermutated tumor: a change outside hotspots is taken for a passenger"


def match_civic(
    release: CivicRelease,
    tumor: Tumor,
    knowledge: Knowledge | None = None,
    *,
    hypermutated: bool = False,
    facts: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """What a release says about a tumor, as plain JSON types.

    `matches` are items about colorectal cancer and about cancer as such, `other_diseases` those about other cancers;
    `state` is "matched", or "possible" with what is not settled in `because`. `level` is how particular the match is: an
    allele is never matched by its sibling. `facts` are known facts by name (msi, mmr), for items that rest on results.
    Nothing is matched on what was not assayed.
    """
    knowledge = knowledge or _shipped()
    facts = {**(facts or {}), **({"hypermutated": "detected"} if hypermutated else {})}
    seen = look(tumor, knowledge, facts)
    hotspots = _hotspots(knowledge.markers.values()) if hypermutated else frozenset()
    rows: list[tuple[Entry, dict[str, Any]]] = []
    for number in _candidates(release, seen.places):
        text, profile, entries = release.profiles[number]
        answer = evaluate(profile, seen)
        if answer.truth is False or not answer.found:
            continue
        shared = _shared(text, answer, hotspots if hypermutated else None)
        rows += [(entry, {**_row(entry), **shared}) for entry in entries if _shows(entry)]
    rows.sort(key=_order)
    return {
        "source": words()["source_name"],
        "release": describe(release),
        "matches": [row for _, row in rows if row["tissue"] != TISSUES[2]],
        "contradictions": contradictions([(entry, row) for entry, row in rows if row["state"] == "matched"]),
        "other_diseases": [row for _, row in rows if row["tissue"] == TISSUES[2]],
    }


def describe(release: CivicRelease) -> dict[str, Any]:
    """Which release it was, and what of it could not be used."""
    return {
        "document": release.document,
        "date": release.date.isoformat() if release.date else None,
        "date_note": "" if release.date else "date not given",
        "items": len(release.items),
        "license": release.license,
        "left_out": dict(release.left_out),
        "not_parsed": len(release.unparsed),
        "problems": [f"{problem.path}: {problem.message}" for problem in release.problems],
    }


@lru_cache(maxsize=1)
def _shipped() -> Knowledge:
    return load_knowledge()


def _candidates(release: CivicRelease, places: Iterable[Place]) -> list[int]:
    """The profiles that something called could make true, each once, in the order of the release."""
    index = release.index
    numbers = set(release.not_by_gene)
    for place in places:
        numbers.update(index.get(place, ()))
    return sorted(numbers)


def _shared(text: str, answer: Answer, hotspots: frozenset[tuple[str, int]] | None) -> dict[str, Any]:
    """What all items of one profile have in common for this tumor."""
    level = coarsest(answer.found)
    passenger = hotspots is not None and _passenger(answer.found, hotspots)
    notes = [f"{found.text}: {found.note}" if found.note else found.text for found in answer.found]
    because = "; ".join(dict.fromkeys(notes))
    if answer.open:
        because += f"; matches if {' and '.join(answer.open)}"
    if passenger:
        because += f"; {PASSENGER}"
    return {
        "profile": text,
        "level": level,
        "genes": list(dict.fromkeys(found.gene for found in answer.found if found.gene)),
        "variant": ", ".join(dict.fromkeys(found.text for found in answer.found)),
        "state": "matched" if answer.truth and not passenger else "possible",
        "passenger": passenger,
        "because": because,
    }


def _passenger(found: tuple[Found, ...], hotspots: frozenset[tuple[str, int]]) -> bool:
    """True when a match of a hypermutated tumor rests, at gene or exon level, on changes that are no hotspot."""
    loose = [each for each in found if each.level in ("gene", "exon", "other") and each.variant is not None]
    return bool(loose) and not any(_at_hotspot(each, hotspots) for each in loose)


def _at_hotspot(found: Found, hotspots: frozenset[tuple[str, int]]) -> bool:
    assert found.variant is not None
    change = found.variant.change
    return change is not None and change.kind == "substitution" and (found.variant.gene, change.start) in hotspots


def _hotspots(markers: Iterable[Marker]) -> frozenset[tuple[str, int]]:
    """The single codons that the knowledge's markers name."""
    spots: set[tuple[str, int]] = set()
    for marker in markers:
        for pattern in marker.patterns:
            if pattern.kind != "change" or pattern.outside:
                continue
            codons = {first for first, last in pattern.ranges if first == last}
            codons |= {int("".join(char for char in allele if char.isdigit())) for allele in pattern.alleles}
            spots |= {(gene, codon) for gene in pattern.genes for codon in codons}
    return frozenset(spots)


def _shows(entry: Entry) -> bool:
    """Of other cancers, only what is said about a therapy."""
    return entry.tissue != TISSUES[2] or entry.item.type in words()["other_cancers_show"]


def _row(entry: Entry) -> dict[str, Any]:
    item = entry.item
    return {
        "id": item.id,
        "disease": item.disease,
        "tissue": entry.tissue,
        "therapies": list(item.therapies),
        "interaction": item.interaction,
        "type": item.type,
        "significance": item.significance,
        "direction": item.direction,
        "meaning": entry.meaning,
        "evidence_level": item.level,
        "rating": item.rating or None,
        "citation": item.citation,
        "url": item.url,
        "statement": item.statement,
        "flagged": item.flagged,
    }


def _order(pair: tuple[Entry, dict[str, Any]]) -> tuple[Any, ...]:
    entry, row = pair
    tissue, level, rating = entry.rank
    return tissue, row["state"] != "matched", ORDER.index(row["level"]), level, rating, len(row["id"]), row["id"]
