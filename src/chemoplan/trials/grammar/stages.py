"""Reads stage groups and T, N, M categories: "clinical stage II or III", "T3-4 and/or N+"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chemoplan.trials.expression import All, Any, Expression, Test

AJCC = "AJCC 8"
GROUPS = ("I", "II", "III", "IV")
_ARABIC = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_NAME = r"(?:iv|iii|ii|i|[1-4])[abc]?\d?"
_STAGES = re.compile(
    r"(?P<before>\b(?:unresectable|resectable) )?\b(?P<how>clinical |pathologic(?:al)? )?(?:tnm |ajcc )?stages? "
    rf"(?P<list>{_NAME}\b(?:[\s,/]*(?:-|to|through|or|and|/|,)+\s*{_NAME}\b)*)"
)
_ONE = re.compile(rf"(?P<range>-|to|through)?\s*(?:or|and|,|/)*\s*(?:stages? )?(?P<name>{_NAME})\b")
_T = {"1": ("T1",), "2": ("T2",), "3": ("T3",), "4": ("T4a", "T4b"), "4a": ("T4a",), "4b": ("T4b",)}
_N = {
    "0": ("N0",),
    "1": ("N1", "N1a", "N1b", "N1c"),
    "2": ("N2", "N2a", "N2b"),
    "1a": ("N1a",),
    "1b": ("N1b",),
    "1c": ("N1c",),
    "2a": ("N2a",),
    "2b": ("N2b",),
}
_POSITIVE = _N["1"] + _N["2"]
_CT = re.compile(
    r"\bc?t(?P<low>[1-4][ab]?)(?:\s*(?:-|to|/|or|,)\s*c?t?(?P<high>[1-4][ab]?))?(?:(?![\w-])|(?=c?n[0-2+]))"
)
_CN = re.compile(
    r"(?:\b|(?<=t[1-4])|(?<=t[1-4][ab]))c?n(?:(?P<plus>\+|\s?positive\b|ode[- ]positive\b)"
    r"|(?P<low>[0-2][abc]?)(?:\s*(?:-|to|/|or|,)\s*c?n?(?P<high>[0-2][abc]?))?(?![\w-]))"
)


def read_stage(text: str) -> Expression | None:
    """The stage groups a plain text names: one test, or alternatives that each carry what stands before them."""
    plain: list[str] = []
    special: list[Expression] = []
    details: set[str] = set()
    for match in _STAGES.finditer(text):
        names = list(_named(match["list"]))
        detail = (match["how"] or "").strip().replace("pathological", "pathologic")
        if match["before"]:
            special.append(All((_group(names, detail), Test("resectability", "==", match["before"].strip()))))
        else:
            plain += names
            details.add(detail)
    if plain:
        special.append(_group(list(dict.fromkeys(plain)), details.pop() if len(details) == 1 else ""))
    if not special:
        return None
    return special[0] if len(special) == 1 else Any(tuple(special))


def _group(names: list[str], detail: str) -> Test:
    if len(names) == 1:
        return Test("stage_group", "==", names[0], detail=detail)
    return Test("stage_group", "in", tuple(names), detail=detail)


def _named(text: str) -> Iterator[str]:
    """The stage groups of a list such as `i, ii or iii` or `ii-iii`."""
    found: list[str] = []
    for match in _ONE.finditer(text):
        letters = match["name"].upper()
        name = _ARABIC.get(letters[0], "") + letters[1:] if letters[0].isdigit() else letters
        main = re.sub(r"[ABC]\d?$", "", name)
        suffix = name[len(main) :].lower()
        name = main + suffix.upper()
        if match["range"] and found and main in GROUPS:
            base = re.sub(r"[ABC]\d?$", "", found[-1])
            for between in GROUPS[GROUPS.index(base) + 1 : GROUPS.index(main)]:
                found.append(between)
        found.append(name)
    yield from dict.fromkeys(found)


def read_categories(text: str) -> tuple[Expression, int, int] | None:
    """T and N categories of a plain text, joined by `and/or` as any(), by `and` as both; with their place."""
    t, n = _CT.search(text), _CN.search(text)
    if not (_known(t, _T) and _known(n, _N)) or (t and _CT.search(text, t.end())):
        return None
    tests: list[tuple[Test, re.Match[str]]] = []
    if t:
        values = _span(t["low"], t["high"], _T)
        tests.append((Test("cT", "in", values) if len(values) > 1 else Test("cT", "==", values[0]), t))
    if n:
        values = _POSITIVE if n["plus"] else _span(n["low"], n["high"], _N)
        tests.append((Test("cN", "in", values) if len(values) > 1 else Test("cN", "==", values[0]), n))
    if not tests:
        return None
    tests.sort(key=lambda item: item[1].start())
    start, end = tests[0][1].start(), tests[-1][1].end()
    if len(tests) == 1:
        return tests[0][0], start, end
    between = text[tests[0][1].end() : tests[1][1].start()]
    if re.fullmatch(r"\s*(?:,|/)?\s*(?:and/or|or|/)\s*", between):
        return Any(tuple(test for test, _ in tests)), start, end
    if re.fullmatch(r"\s*(?:,|and|with)?\s*", between):
        return All(tuple(test for test, _ in tests)), start, end
    return None


def _known(match: re.Match[str] | None, table: dict[str, tuple[str, ...]]) -> bool:
    """Is every part named one of colorectal staging? Other cancers have "T2a", whose place in a range is not known here."""
    return match is None or all(match[name] is None or match[name] in table for name in ("low", "high"))


def _span(low: str, high: str | None, table: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if high is None:
        return table[low]
    values = [*table[low]]
    for key in (key for key in table if len(key) == 1):
        if low[0] < key < high[0]:
            values += table[key]
    return tuple(dict.fromkeys((*values, *table[high])))
