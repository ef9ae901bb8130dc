"""CTML trials and people of the reference engine's own example data: the open world against the closed one, pair by pair."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from chemoplan.criteria.truth import evaluate
from chemoplan.trials.ctml import read_ctml
from chemoplan.trials.lexicon import lexicon
from tests.bench.closed_world import Person, matches

TODAY = date(2026, 11, 27)
SITES = {"READ": "rectum", "COAD": "colon", "LUNG": "lung", "BREAST": "breast", "PROSTATE": "prostate", "SKIN": "skin"}


def people(folder: Path) -> list[dict[str, Any]]:
    lines = gzip.decompress((folder / "clinical.jsonl.gz").read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


def facts_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a clinical document says in our facts; what it does not say stays unknown."""
    facts: dict[str, Any] = {}
    born = document.get("BIRTH_DATE_INT")
    if born:
        year, month, day = int(born) // 10_000, int(born) // 100 % 100, int(born) % 100
        months = (TODAY.year - year) * 12 + TODAY.month - month - (day > TODAY.day)
        facts["age"] = months / 12 + (0.01 if day != TODAY.day else 0.0)
    if document.get("GENDER") in ("Male", "Female"):
        facts["sex"] = document["GENDER"].lower()
    row = lexicon("ctml")["diagnoses"].get(str(document.get("ONCOTREE_PRIMARY_DIAGNOSIS_NAME")).lower(), {})
    if row.get("code") in SITES:
        facts["primary_site"] = SITES[row["code"]]
    if document.get("TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE") is not None:
        facts["tmb"] = float(document["TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE"])
    return facts


def trees(node: Any) -> list[Any]:
    """Every `match` of a document, in its order."""
    if isinstance(node, dict):
        own = [node["match"]] if node.get("match") else []
        return own + [tree for key, below in node.items() if key != "match" for tree in trees(below)]
    return [tree for below in node for tree in trees(below)] if isinstance(node, list) else []


def test_every_example_trial_is_read_with_all_its_levels(reference: Path) -> None:
    paths = sorted((reference / "trials" / "matchengine_ctml").glob("*.json"))
    assert len(paths) == 18
    for path in paths:
        found = read_ctml(path)
        assert found.id and found.open is not None
        assert len(found.matches) == len(trees(json.loads(path.read_text())))


def test_no_example_person_gets_another_definite_answer(reference: Path) -> None:
    """A definite answer is that of the closed world; the pairs that it answers without data are unknown here."""
    folder = reference / "trials" / "matchengine_ctml"
    persons = [(facts_of(document), Person(document)) for document in people(folder)]
    counted: Counter[tuple[bool, bool | None]] = Counter()
    for path in sorted(folder.glob("*.json")):
        levels = {match.path: match for match in read_ctml(path).matches}
        written = json.loads(path.read_text())
        for where, match in levels.items():
            node = written
            for part in where.replace("[", ".").replace("]", "").split("."):
                node = node[int(part)] if part.isdigit() else node[part]
            for facts, person in persons:
                closed, opened = matches(node, person, TODAY), evaluate(match.criterion, facts)
                if opened is not None:
                    assert opened is closed, (path.name, where, facts)
                counted[closed, opened] += 1
    assert counted[True, None] > 0  # matched by the closed world without the data
    assert counted[True, True] > 0 and counted[False, False] > 0
