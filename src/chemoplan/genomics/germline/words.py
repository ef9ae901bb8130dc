"""What the calling of both genes says in the same words: what was read, what was not, and what a panel leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from chemoplan.genomics.germline.called import Found, Unassessed
from chemoplan.genomics.germline.definitions import Definition
from chemoplan.genomics.germline.observed import UNLISTED, Observation
from chemoplan.genomics.germline.phase import Site

MISSING = "missing"
HALF = "half call"
_SHOWN = 5


def unassessed(
    definition: Definition, sites: Mapping[str, Site], observations: Mapping[str, Observation]
) -> tuple[Unassessed, ...]:
    """The positions of which a strand was not read, with the reason."""
    return tuple(
        Unassessed(item.id, item.rsid, _reason(observations.get(item.id)), item.needed)
        for item in definition.positions
        if sites[item.id].unread
    )


def _reason(observation: Observation | None) -> str:
    return (observation.reason or MISSING) if observation is not None else MISSING


def not_used(missing: Sequence[Unassessed]) -> tuple[str, ...]:
    """What the file shows at positions of weight and may not be used, by reason: a gap that is not simply missing."""
    reasons: dict[str, list[str]] = {}
    for gap in missing:
        if gap.needed and not gap.reason.startswith(MISSING):
            reasons.setdefault(gap.reason, []).append(gap.rsid)
    return tuple(
        f"{listed(names)}: one of two alleles not called." if reason == HALF else f"{listed(names)} not used: {reason}."
        for reason, names in reasons.items()
    )


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def variants_found(definition: Definition, sites: Mapping[str, Site]) -> tuple[Found, ...]:
    """Every listed variant that was read, along the chromosome."""
    rows = []
    for item in definition.positions:
        site = sites[item.id]
        for base in dict.fromkeys(site.pair):
            if base in item.variants:
                function, activity = _function(definition, f"{item.id}>{base}")
                rows.append(
                    Found(
                        item.variants[base],
                        item.id,
                        site.pair.count(base),
                        function,
                        activity,
                        not site.block.startswith("at "),
                    )
                )
    return tuple(rows)


@lru_cache(maxsize=1024)
def _function(definition: Definition, variant: str) -> tuple[str, float | None]:
    holders = sorted((item for item in definition.alleles if variant in item.variants), key=lambda i: len(i.variants))
    return (holders[0].function, holders[0].activity) if holders else ("unknown", None)


def unlisted_warnings(definition: Definition, sites: Iterable[Site]) -> tuple[str, ...]:
    """What is said of alleles that the definitions do not list."""
    texts = []
    for site in sites:
        item = definition.by_id[site.position]
        for base in dict.fromkeys(site.unlisted):
            shown = base.removeprefix(UNLISTED) or "another allele"
            change = shown if ">" in shown else f"{item.grch38.ref}>{shown}"
            hits = f" {item.notes}" if item.notes and item.needed else ""
            texts.append(f"{item.rsid} {change} is not a listed allele: its function is unknown.{hits}")
    return tuple(texts)


def declared(definition: Definition, panel: str, positions: frozenset[str]) -> tuple[str, ...]:
    """What is said of a declared panel."""
    if not panel:
        return ()
    held = definition.needed & positions
    if not definition.needed_by(positions) - definition.needed and not held:
        return (
            f"Panel {panel} tests no position of {definition.rules.id} that lowers function: all {len(definition.needed)} are needed.",
        )
    text = (
        f"By the declared panel {panel}: it tests {len(held)} of the {len(definition.needed)} positions of "
        f"{definition.rules.id} that lower function; the others were not looked at."
    )
    only_tag = [tag for tag in definition.rules.tags if tag.tag in positions and tag.causal not in positions]
    return (text, *(f"Panel {panel} reads {tag.name} from its exon tag alone." for tag in only_tag))


def gaps(definition: Definition, needed: frozenset[str], still_open: Iterable[str]) -> str:
    """How many of the positions that a normal result needs were assessed."""
    left = len(needed) - len(needed & set(still_open))
    return f"{left} of {len(needed)} function-changing {definition.rules.id} positions assessed"


def normal_gap(definition: Definition, needed: frozenset[str], still_open: Iterable[str]) -> str:
    """Why nothing found is not a normal result."""
    shown = listed([item.rsid for item in definition.positions if item.id in set(still_open)])
    return (
        f"{gaps(definition, needed, still_open)}; no decreased variant found among those assessed; not a normal result "
        f"(not assessed: {shown})."
    )
