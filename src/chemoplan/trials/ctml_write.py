"""The criteria of a study said in CTML, as far as CTML has words for them; what it has none for is listed beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chemoplan.criteria import parse
from chemoplan.criteria.tree import OPPOSITE, And, Compare, Criterion, MemberOf, Not, Or
from chemoplan.trials.clauses import TrialClauses
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.reading import TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.vocabulary import Vocabulary

Tree = dict[str, Any]

OPEN_WORLD = (
    "In CTML a value with a leading ! also passes a person who was never tested; in the study it was read from it does not. "
    "Nothing here has been reviewed unless its line says so."
)
_RECRUITING = "RECRUITING"
_UNSAID = ("to be judged", "judgement", "administrative")
_SIGNS = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def ctml_document(
    record: TrialRecord, reading: TrialReading, clauses: TrialClauses, vocabulary: Vocabulary
) -> dict[str, Any]:
    """The study as a CTML document with one step. `_chemoplan.not_said` holds every line, and every part of one, that is not in it."""
    parts = [(clause.atom.line, clause.atom.span, part) for clause in clauses.clauses for part in _parts(clause.holds)]
    trees, used = _diagnosis([part for _, _, part in parts])
    said = list(trees)
    left: dict[tuple[int, str, str], None] = {}
    for line, span, part in parts:
        if _key(part) in used:
            continue
        tree = _said(part, vocabulary)
        if tree is None:
            left[line, span, "no words for it in CTML"] = None
        elif tree not in said:
            said.append(tree)
    told = {atom.line for clause in clauses.clauses for atom in (clause.atom, *clause.also)}
    for row in reading.lines:
        if row.kind in _UNSAID or (row.kind == "structured" and row.number not in told):
            left[row.number, row.text, row.kind] = None
        for words in row.unread:
            left[row.number, words, "not understood"] = None
    not_said = [{"line": line, "text": text, "reason": reason} for line, text, reason in sorted(left)]
    status = "open to accrual" if record.status == _RECRUITING else "closed to accrual"
    return {
        "nct_id": record.nct_id,
        "protocol_no": record.nct_id,
        "long_title": record.title,
        "status": status,
        "_summary": {"status": [{"value": status}]},
        "treatment_list": {
            "step": [
                {
                    "step_internal_id": 1,
                    "step_code": "1",
                    "step_type": "Registration",
                    "match": [{"and": said}] if said else [],
                    "arm": [],
                }
            ]
        },
        "_chemoplan": {
            "as_of": record.as_of,
            "sha256": record.sha256,
            "registry_status": record.status,
            "invented": record.invented,
            "note": OPEN_WORLD,
            "not_said": not_said,
        },
    }


def _parts(criterion: Criterion) -> tuple[Criterion, ...]:
    return criterion.items if isinstance(criterion, And) else (criterion,)


def _key(criterion: Criterion) -> Any:
    """Equal for criteria that say the same whatever the order of their values."""
    if isinstance(criterion, MemberOf):
        values = frozenset(criterion.values)
        return (criterion.fact, values)
    if isinstance(criterion, Compare) and criterion.operator == "=":
        return (criterion.fact, frozenset((criterion.value,)))
    return criterion


def _diagnosis(parts: Iterable[Criterion]) -> tuple[list[Tree], set[Any]]:
    """Site and histology together as the first diagnosis that says exactly both; and the parts that are said by it."""
    known = {_key(part) for part in parts}
    rows = [
        (name, {_key(item) for item in _parts(parse(row["is"]))}) for name, row in _table("diagnoses") if "is" in row
    ]
    for name, needed in sorted(rows, key=lambda row: -len(row[1])):
        if needed <= known and any(isinstance(key, tuple) and key[0] == "primary_site" for key in needed):
            return [{"clinical": {"oncotree_primary_diagnosis": _titled(name)}}], needed
    return [], set()


def _titled(name: str) -> str:
    """An OncoTree name as OncoTree writes it."""
    small = {"of", "the", "and"}
    return " ".join(
        word if word in small else word.upper() if word == "nos" else word.capitalize() for word in name.split()
    )


def _said(criterion: Criterion, vocabulary: Vocabulary, denied: bool = False) -> Tree | None:
    """A criterion as a match tree, or its negation; None where a part of it has no words."""
    if isinstance(criterion, Not):
        return _said(criterion.item, vocabulary, not denied)
    leaf = _leaf(criterion, vocabulary, denied)
    if leaf is not None:
        return leaf
    if isinstance(criterion, And | Or):
        found = [_said(item, vocabulary, denied) for item in criterion.items]
        if any(item is None for item in found):
            return None
        return {"and" if isinstance(criterion, And) != denied else "or": found}
    return None


def _leaf(criterion: Criterion, vocabulary: Vocabulary, denied: bool) -> Tree | None:
    for wording, meaning in _leaves():
        if _key(criterion) == _key(meaning):
            return _deny(wording) if denied else wording
    if not isinstance(criterion, Compare):
        return None
    if criterion.operator == "!=":
        return _leaf(Compare(criterion.fact, "=", criterion.value), vocabulary, not denied)
    numbers = {fact: key for key, fact in lexicon("ctml")["numbers"].items()}
    if criterion.fact in numbers and isinstance(criterion.value, float):
        operator = OPPOSITE[criterion.operator] if denied else criterion.operator
        if operator == "!=":
            return None
        return {"clinical": {numbers[criterion.fact]: f"{_SIGNS[operator]}{criterion.value:g}"}}
    values = vocabulary[criterion.fact].values if criterion.fact in vocabulary else ()
    if criterion.operator == "=" and len(values) == 2:
        other = Compare(criterion.fact, "=", next(value for value in values if value != criterion.value))
        for wording, meaning in _leaves():
            if meaning == other:
                return wording if denied else _deny(wording)
    return None


def _leaves() -> list[tuple[Tree, Criterion]]:
    """Every leaf that says exactly one criterion."""
    found: list[tuple[Tree, Criterion]] = []
    for key, values in _table("clinical"):
        section = "genomic" if key in ("mmr_status", "ms_status") else "clinical"
        found += [({section: {key: _WRITTEN.get(value, value.title())}}, parse(text)) for value, text in values.items()]
    for row in lexicon("ctml")["genomic"]:
        if "is" in row:
            found.append(({"genomic": _genomic(row)}, parse(row["is"])))
    return found


_WRITTEN = {
    "mmr-deficient": "MMR-Deficient",
    "mmr-proficient": "MMR-Proficient",
    "msi-h": "MSI-H",
    "mss": "MSS",
    "msi-l": "MSI-L",
}
_CATEGORIES = {"mutation": "Mutation", "cnv": "Copy Number Variation", "sv": "Structural Variation"}


def _genomic(row: Mapping[str, str]) -> dict[str, str]:
    leaf = {"hugo_symbol": row["gene"], "variant_category": _CATEGORIES[row["category"]]}
    leaf |= {"protein_change": row["protein"]} if "protein" in row else {}
    leaf |= {"wildcard_protein_change": row["beginning"]} if "beginning" in row else {}
    return leaf | ({"cnv_call": "High Amplification"} if "cnv" in row else {})


def _deny(wording: Tree) -> Tree:
    """A leaf with ! on its telling value: the category of an alteration, or the value itself."""
    ((section, leaf),) = wording.items()
    key = "variant_category" if "variant_category" in leaf else next(iter(leaf))
    return {section: leaf | {key: f"!{leaf[key]}"}}


def _table(name: str) -> list[tuple[str, Any]]:
    return list(lexicon("ctml")[name].items())
