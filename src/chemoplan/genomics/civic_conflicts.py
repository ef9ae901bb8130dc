"""Where CIViC contradicts itself about one tumor: both sides are kept, and which is stronger is said with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chemoplan.genomics.civic_release import TISSUES, Entry, words

Pair = tuple[Entry, dict[str, Any]]


def contradictions(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Every therapy of which matched items say opposite things: within one profile, then across the tumor's profiles of one
    gene. What is only about other cancers is left out.

    The side with the item of the higher rank wins: colorectal before any cancer before other cancers, then evidence level
    (A to E), then rating. Equal ranks are undecided. Both sides are always listed; `losing`
    repeats the items of the losing one, and is empty when nothing is decided.
    """
    within: dict[tuple[str, frozenset[str]], list[Pair]] = {}
    across: dict[tuple[str, frozenset[str]], list[Pair]] = {}
    for pair in pairs:
        entry, row = pair
        if not entry.side or entry.item.type != "Predictive":
            continue
        for therapies in entry.therapies:
            within.setdefault((entry.item.profile, therapies), []).append(pair)
        # Two genes may well say different things; only what rests on the same gene is held against each other.
        if len(row["genes"]) == 1:
            for therapies in entry.backbones:
                across.setdefault((row["genes"][0], therapies), []).append(pair)
    found = [
        _contradiction((profile,), therapies, group) for (profile, therapies), group in within.items() if _split(group)
    ]
    for (_, therapies), group in across.items():
        if _split(group):
            profiles = tuple(dict.fromkeys(entry.item.profile for entry, _ in group))
            if len(profiles) > 1:
                found.append(_contradiction(profiles, therapies, group))
    return sorted(found, key=lambda row: (len(row["profiles"]) > 1, TISSUES.index(row["tissue"])))


def _split(group: list[Pair]) -> bool:
    """True when both sides are there and at least one item is not about another cancer."""
    if len(group) < 2 or len({entry.side for entry, _ in group}) < 2:
        return False
    return any(entry.tissue != TISSUES[2] for entry, _ in group)


def _contradiction(profiles: tuple[str, ...], therapies: frozenset[str], group: list[Pair]) -> dict[str, Any]:
    ranked = sorted(group, key=lambda pair: pair[0].rank)
    sides = {name: [pair for pair in ranked if pair[0].side == name] for name in ("for", "against")}
    best = {name: pairs[0][0].rank for name, pairs in sides.items()}
    name = "undecided" if best["for"] == best["against"] else min(best, key=lambda side: best[side])
    other = {"for": "against", "against": "for"}.get(name)
    shown = {side: [_shown(pair) for pair in pairs] for side, pairs in sides.items()}
    return {
        "profile": "; ".join(profiles),
        "profiles": list(profiles),
        "scope": "one profile" if len(profiles) == 1 else "several profiles of one gene",
        "therapy": " + ".join(sorted(therapies)),
        "tissue": TISSUES[min(rank[0] for rank in best.values())],
        "supporting": shown["for"],
        "against": shown["against"],
        "winning": {"for": "supporting"}.get(name, name),
        "losing": [] if other is None else shown[other],
        "because": _because(best["for"], best["against"]),
    }


Rank = tuple[int, int, int]


def _because(supporting: Rank, against: Rank) -> str:
    """What the best item of each side is, and which of it decides."""
    said = f"supporting: {_said(supporting)}; against: {_said(against)}"
    for name, one, other in zip(("tissue", "evidence level", "rating"), supporting, against, strict=True):
        if one != other:
            return f"{said}: decided by the {name}"
    return f"{said}: undecided, for the best of both sides are equal"


def _said(rank: Rank) -> str:
    tissue, level, rating = rank
    levels = [f"level {letter}" for letter in words()["evidence_levels"]] + ["no known level"]
    where = {"any": "any cancer"}.get(TISSUES[tissue], TISSUES[tissue])
    return f"{where}, {levels[level]}, {f'rated {-rating}' if rating else 'not rated'}"


def _shown(pair: Pair) -> dict[str, Any]:
    entry, row = pair
    return {
        key: row[key]
        for key in ("id", "profile", "disease", "tissue", "meaning", "evidence_level", "rating", "citation", "url")
    } | {"therapies": list(entry.item.therapies)}
