"""What can be wrong with one reference, in words: shared by the checks of all kinds of entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chemoplan.knowledge.entries import Evidence
from chemoplan.knowledge.holdings import Knowledge
from chemoplan.vocabulary.nearest import nearest


def unknown(what: str, name: str, names: Iterable[str]) -> str:
    """Nothing is called `name`; what was probably meant."""
    close = nearest(name, names)
    return f"unknown {what} {name!r}" + (f"; did you mean {close}?" if close else "")


def evidence_problems(evidence: tuple[Evidence, ...], knowledge: Knowledge) -> Iterator[str]:
    """Lines that name no known source or no known status."""
    for line in evidence:
        if line.source not in knowledge.sources:
            yield unknown("source", line.source, knowledge.sources)
        if line.status not in ("verified", "partly", "unverified"):
            yield f"unknown status {line.status!r}; expected verified, partly or unverified"


def plan_fact_problems(names: list[str], knowledge: Knowledge) -> Iterator[str]:
    """Facts of a proposed plan, which only audits may read."""
    for name in names:
        if knowledge.vocabulary[name].about == "plan":
            yield f"{name} belongs to a proposed plan; only audit entries may read it"
