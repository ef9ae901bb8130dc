"""A reading as plain data: atoms in the published schema of annotated eligibility atoms, and every line with its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chemoplan import __version__
from chemoplan.trials.alternatives import atoms_shown
from chemoplan.trials.reading import Atom, Line, TrialReading


def readings_as_json(readings: Iterable[TrialReading]) -> dict[str, Any]:
    """`{"chemoplan", "records": [...], "atoms": [...], "lines": [...]}`; atoms and lines of all records in their order."""
    found = list(readings)
    return {
        "chemoplan": __version__,
        "records": [
            {
                "nct_id": reading.nct_id,
                "as_of": reading.as_of,
                "sha256": reading.sha256,
                "lines": {kind: count for kind, count in _counted(reading).items() if count},
            }
            for reading in found
        ],
        "atoms": [atom_as_json(atom) for reading in found for atom in atoms_shown(reading)],
        "lines": [
            line_as_json(reading.nct_id, line) for reading in found for line in reading.lines if line.kind != "blank"
        ],
    }


def atom_as_json(atom: Atom) -> dict[str, Any]:
    """One atom; `note` and `branch` only where there is one."""
    row: dict[str, Any] = {
        "id": atom.id,
        "nct_id": atom.nct_id,
        "line": atom.line,
        "section": atom.section,
        "span": atom.span,
        "effect": atom.effect,
        "kind": atom.kind,
        "atom": atom.atom,
        "scope": atom.scope,
        "status": atom.status,
    }
    row |= {"note": atom.note} if atom.note else {}
    return row | ({"branch": atom.branch} if atom.branch else {})


def line_as_json(nct_id: str, line: Line) -> dict[str, Any]:
    """One line, verbatim; `unread` holds what no atom of it covers."""
    row: dict[str, Any] = {
        "nct_id": nct_id,
        "line": line.number,
        "section": line.section,
        "kind": line.kind,
        "text": line.text,
        "scope": line.scope,
    }
    return row | ({"unread": list(line.unread)} if line.unread else {})


def _counted(reading: TrialReading) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for line in reading.lines:
        counts[line.kind] = counts.get(line.kind, 0) + 1
    return counts
