"""Load the knowledge: the shipped data, then any overlay folders that add, replace or retire entries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from chemoplan.knowledge.build import build, kind_of
from chemoplan.knowledge.build_molecular import MOLECULAR
from chemoplan.knowledge.build_pharmacogenes import GERMLINE
from chemoplan.knowledge.build_regimens import DOSING
from chemoplan.knowledge.entries import Derivation, Entry
from chemoplan.knowledge.holdings import Knowledge, data_folder
from chemoplan.knowledge.policy_values import in_place_of
from chemoplan.knowledge.references import check_audit_references, check_references
from chemoplan.knowledge.references_molecular import check_molecular_references
from chemoplan.knowledge.references_pharmacogenes import check_germline_references
from chemoplan.knowledge.references_regimens import check_dosing_references
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.knowledge.regimens import Policy
from chemoplan.knowledge.schema import check_schema


def load_knowledge(overlays: Sequence[Path] = ()) -> Knowledge:
    """The shipped knowledge, with the overlay folders applied in order. Raises KnowledgeRefused."""
    return _load(tuple(Path(folder).resolve() for folder in overlays))


@lru_cache(maxsize=8)
def _load(overlays: tuple[Path, ...]) -> Knowledge:
    root = data_folder()
    manifest = _read(root / "manifest.yaml")
    regions = {name: tuple(places) for name, places in manifest["regions"].items()}
    knowledge = Knowledge(version=str(manifest["version"]), as_of=str(manifest["as_of"]), regions=regions)
    digest = hashlib.sha256()
    _add_folder(knowledge, root, manifest, digest, shipped=True)
    for folder in overlays:
        if not folder.is_dir():
            raise KnowledgeRefused(
                folder.name,
                "no such folder; expected a folder of YAML files laid out as docs/how-to/add-a-local-rule.md shows",
            )
        own = folder / "manifest.yaml"
        _add_folder(knowledge, folder, {**manifest, **(_read(own) if own.exists() else {})}, digest, shipped=False)
        knowledge.overlays += (folder.name,)
    knowledge.sha256 = digest.hexdigest()
    check_references(knowledge)
    for group, check in _CHECKS.items():
        if group in knowledge.unread:
            knowledge.unread[group].append(partial(check, knowledge))
        else:
            check(knowledge)
    for entry in knowledge.entries.values():
        knowledge.entries[entry.id] = replace(entry, jurisdictions=entry.jurisdictions or _cited_from(entry, knowledge))
    return knowledge


def _cited_from(entry: Entry, knowledge: Knowledge) -> tuple[str, ...]:
    """Where the sources of an entry speak for: its jurisdictions, unless it names them itself."""
    lines = [*entry.evidence, *(line for offer in entry.offers for line in offer.evidence)]
    found = [
        (line.jurisdiction,) if line.jurisdiction else knowledge.sources[line.source].jurisdictions for line in lines
    ]
    return tuple(sorted({name for names in found for name in names}))


def _add_folder(knowledge: Knowledge, folder: Path, defaults: dict[str, Any], digest: Any, *, shipped: bool) -> None:
    paths = sorted(folder.rglob("*.yaml"), key=lambda path: (_order(path.relative_to(folder)), path.as_posix()))
    if not shipped and not [path for path in paths if path.name != "manifest.yaml"]:
        raise KnowledgeRefused(folder.name, "the folder holds no YAML file")
    for path in paths:
        name = path.relative_to(folder).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        if path.name == "manifest.yaml":
            continue
        group = _group_of(name) if shipped else None
        if group is None:
            _add_file(knowledge, path, name, defaults, shipped=shipped)
        else:
            step = partial(_add_file, knowledge, path, name, defaults, shipped=True)
            knowledge.unread.setdefault(group, []).append(step)


_CHECKS = {
    "molecular": check_molecular_references,
    "germline": check_germline_references,
    "dosing": check_dosing_references,
    "wrong_plans": check_audit_references,
}
"""What is checked once a group of shelves is read."""


def _group_of(name: str) -> str | None:
    """The group of shelves of a shipped file that is read only when one of them is asked for."""
    kind = kind_of(name)
    if kind in MOLECULAR:
        return "molecular"
    if kind in GERMLINE:
        return "germline"
    if kind in DOSING or name.startswith("sources/dosing"):
        return "dosing"
    return kind if kind in ("wrong_plans", "invariants") else None


_LAST = ("retire", "invariants")


def _order(path: Path) -> int:
    return _LAST.index(path.stem) + 1 if path.stem in _LAST else 0


def _add_file(knowledge: Knowledge, path: Path, name: str, defaults: dict[str, Any], *, shipped: bool) -> None:
    kind = kind_of(name)
    if kind is None:
        raise KnowledgeRefused(
            name, "the file name tells no kind; expected pathway/..., safety, gates, options/..., sources/... and so on"
        )
    content = _read(path, name)
    if kind == "retire":
        _retire(knowledge, content, name)
        return
    if kind == "components" and isinstance(content, dict):
        knowledge.groups.update({key: tuple(members) for key, members in content.get("groups", {}).items()})
        content = content.get("components", [])
    if not isinstance(content, list):
        raise KnowledgeRefused(name, "expected a list of entries, each beginning with `- id:`")
    if not shipped:
        check_schema(kind, content, path, name)
    for raw in content:
        _add_entry(knowledge, kind, raw, path, name, defaults, shipped=shipped)


def _add_entry(
    knowledge: Knowledge, kind: str, raw: Any, path: Path, name: str, defaults: dict[str, Any], *, shipped: bool
) -> None:
    replaces = bool(raw.get("replace")) if isinstance(raw, dict) else False
    entry = build(kind, raw, path, name, defaults, knowledge.vocabulary)
    key = _key(entry)
    shelf = knowledge.shelf(kind)
    if key in shelf and not replaces:
        right = "give it another id" if shipped else "write `replace: true` in it to replace the shipped one"
        raise KnowledgeRefused(name, f"{key!r} exists already; {right}", path=path, find=f"id: {key}")
    if replaces and key not in shelf:
        raise KnowledgeRefused(name, f"{key!r} is to be replaced but does not exist", path=path, find=f"id: {key}")
    if replaces and isinstance(entry, Policy):
        entry, problem = in_place_of(shelf[key], entry)
        if problem:
            raise KnowledgeRefused(name, problem, path=path, find=f"id: {key}")
    shelf[key] = entry


def _key(entry: Any) -> str:
    if isinstance(entry, Derivation):
        return f"complete:{entry.fact}" if entry.completes else entry.fact
    return str(entry.id)


def _retire(knowledge: Knowledge, content: Any, name: str) -> None:
    if not isinstance(content, list) or not all(
        isinstance(item, dict) and {"id", "reason"} <= set(item) for item in content
    ):
        raise KnowledgeRefused(name, "expected a list of {id: ..., reason: ...}")
    for item in content:
        kind, key = _to_retire(knowledge, str(item["id"]), name)
        if kind == "policies":
            raise KnowledgeRefused(
                name, f"{key!r} is a policy that arithmetic needs; replace it (`replace: true`) instead"
            )
        del knowledge.shelf(kind)[key]
        knowledge.retired[key] = str(item["reason"])


def _to_retire(knowledge: Knowledge, name: str, file: str) -> tuple[str, str]:
    """Kind and id of what a line means: an id, or kind/id where several kinds hold the same one.

    An invariant is mostly named after the entry that it watches; the id alone means the entry.
    """
    shelves = dict(knowledge.shelves())
    kind, _, inner = name.partition("/")
    if inner in shelves.get(kind, {}):
        return kind, inner
    holders = [kind for kind, shelf in shelves.items() if name in shelf]
    if len(holders) > 1:
        holders = [kind for kind in holders if kind != "invariants"]
    if len(holders) > 1:
        raise KnowledgeRefused(
            file, f"{name!r} may mean {' or '.join(f'{kind}/{name}' for kind in holders)}; write which"
        )
    if not holders:
        raise KnowledgeRefused(file, f"{name!r} is to be retired but does not exist")
    return holders[0], name


def _read(path: Path, name: str = "") -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise KnowledgeRefused(
            name or path.name, f"not readable as YAML: {problem.problem}", line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from None  # fmt: skip
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise KnowledgeRefused(name or path.name, f"not readable: {type(problem).__name__}") from None
