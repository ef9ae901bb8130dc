"""Reads how far a tumor has gone: "locally advanced or metastatic", "unresectable stage III or stage IV"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chemoplan.trials.expression import All, Any, Expression, Test
from chemoplan.trials.grammar.diagnosis_words import words
from chemoplan.trials.grammar.stages import AJCC, read_stage

JOINS = re.compile(
    r"\s*(?:,|/|\(|\)|\band/or\b|\bor\b|\band\b|-)?\s*(?:\band/or\b|\bor\b|\band\b|/)?\s*(?:incurable )?"
)
_OR = re.compile(r"[,/]|\bor\b")
_STAGE = re.compile(
    r"(?:clinical |pathologic(?:al)? )?stages? [ivx1-4a-c /,–-]+(?:(?:or|and|to|through) (?:stage )?[ivx1-4a-c]+ )*"
)


def read_extent(text: str, at: int) -> tuple[Expression | None, int, int]:
    """The extents named from `at` on, joined as the words join them; where they end; where they begin.

    What stands side by side holds together ("recurrent locally advanced"); "or", "/" and "," begin an alternative. Words in
    brackets behind one that say more exactly what it means stand instead: a stage, or other extents.
    """
    table = words()
    alternatives: list[list[Expression]] = [[]]
    begin = end = at
    while True:
        match = table.extent.match(text, end)
        if match:
            pairs = table.extents[next(i for i in range(len(table.extents)) if match[f"e{i}"])]
            tests: list[Expression] = [_test(name, value) for name, value in pairs]
            alternatives[-1] += tests
            end = match.end()
            exact = re.match(r"\s*\(([^()]*)\)", text[end:])
            said = _said(exact.group(1)) if exact else None
            if exact and said is not None:
                return said, end + exact.end() + 1, end + exact.start(1)
        else:
            stage_match = _STAGE.match(text[end:])
            stage = read_stage(stage_match.group()) if stage_match else None
            if stage is None or stage_match is None:
                break
            alternatives[-1].append(stage)
            end += len(stage_match.group().rstrip())
        joint = JOINS.match(text, end)
        following = joint.end() if joint else end
        if not (table.extent.match(text, following) or re.match(r"stages? [ivx1-4]", text[following:])):
            end = following
            break
        if _OR.search(text[end:following]):
            alternatives.append([])
        end = following
    items = [group[0] if len(group) == 1 else All(tuple(group)) for group in alternatives if group]
    if not items:
        return None, at, at
    return (items[0] if len(items) == 1 else Any(tuple(items))), end, begin


def _said(text: str) -> Expression | None:
    """What words in brackets say, where they say nothing but stages or extents."""
    if re.search(r"\bstage\b", text):
        return read_stage(text)
    start = JOINS.match(text)
    found, end, _ = read_extent(text, start.end() if start else 0)
    return found if isinstance(found, Any) and end >= len(text.rstrip()) else None


def bare(extent: Expression) -> Expression:
    """In any(..), a flag stands by its name alone."""
    if not isinstance(extent, Any):
        return extent
    return Any(
        tuple(
            Test(item.attribute, "") if isinstance(item, Test) and item.value is True else item for item in extent.items
        )
    )


def dated(extent: Expression, text: str) -> Expression:
    """With the edition of the staging, where the text names it."""
    edition = (
        isinstance(extent, Any) and re.search(r"ajcc|american joint committee", text) and has(extent, "stage_group")
    )
    return Any(extent.items, method=AJCC) if edition and isinstance(extent, Any) else extent


def has(extent: Expression, attribute: str) -> bool:
    """Does the extent name the attribute?"""
    return f"{attribute} " in str(extent) + " "


def flat(items: Sequence[Expression]) -> list[Expression]:
    """The items, with the parts of each conjunction in its place."""
    return [part for item in items for part in (item.items if isinstance(item, All) else (item,))]


def _test(name: str, value: str | bool) -> Test:
    """A test of the lexicon: several values in one mean any of them."""
    if isinstance(value, str) and "," in value and "{" not in value:
        return Test(name, "in", tuple(value.split(",")))
    return Test(name, "==", value)
