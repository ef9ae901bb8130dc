"""From tokens to clauses: which limit belongs to which analytes, under which circumstance, with which alternative."""

from __future__ import annotations

from dataclasses import dataclass

from chemoplan.trials.grammar.labs_conditions import Case, Entry, Part, closing, tail
from chemoplan.trials.grammar.labs_lexicon import words
from chemoplan.trials.grammar.labs_tokens import Token


@dataclass(slots=True)
class Clause:
    """Parts of which any suffices. `behind_or` and `before_or` mark an alternative in the same sentence that was not understood.
    `joined` marks a clause that "and" ties to the one before it. `leads` are circumstances named ahead of it
    ("in patients with liver metastases, AST ...").
    """

    parts: list[Part]
    leads: tuple[Case, ...] = ()
    unsure: bool = False
    joined: bool = False
    behind_or: bool = False
    before_or: bool = False


def clauses_of(tokens: list[Token]) -> list[Clause]:
    """Every clause whose limit was understood. `unsure` marks one that carries a condition that was not."""
    found: list[Clause] = []
    at, sentence, found_end = 0, 0, 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "stop" and token.name == ".":
            sentence = at + 1
        if token.kind != "analyte":
            at += 1
            continue
        part, after = _pressure(tokens, at) or _part(tokens, at)
        if part is None:
            at = after
            continue
        first = at
        clause = Clause([part])
        clause.leads, clause.unsure = _leading(tokens, sentence, at)
        clause.behind_or = _behind_or(tokens, at)
        at = after
        while (other := _alternative(tokens, at)) is not None:
            alternative, at = other
            if alternative.groups == part.groups and part.entries[-1].cases and alternative.entries[0].cases:
                part.entries += alternative.entries
                part.end = alternative.end
            elif alternative.groups == part.groups and not alternative.entries[0].cases:
                clause.unsure = clause.unsure or alternative.entries[0].limit.unit == part.entries[0].limit.unit
                clause.parts.append(alternative)
            else:
                clause.parts.append(alternative)
        clause.joined = _joins_on(tokens, found_end, first)
        found_end = at
        clause.before_or = _before_or(
            tokens, at, {name for part in clause.parts for group in part.groups for name in group}
        )
        found.append(clause)
        sentence = max(sentence, at) if not clause.leads and not clause.unsure else sentence
    return found


def _behind_or(tokens: list[Token], at: int) -> bool:
    i = at - 1
    while i >= 0 and tokens[i].kind in ("fill", "open"):
        i -= 1
    return i >= 0 and tokens[i].kind == "or"


def _before_or(tokens: list[Token], at: int, names: set[str]) -> bool:
    """Does an alternative follow that was not understood: "or", and a limit, a condition, or a kindred analyte?"""
    for i in range(at, len(tokens)):
        token = tokens[i]
        if token.kind == "stop" and token.name != ":":
            return False
        if token.kind != "or":
            continue
        ahead = next((t for t in tokens[i + 1 :] if t.kind not in ("fill", "open", "comma")), None)
        if ahead is None:
            return False
        kindred = ahead.kind == "analyte" and tokens[i - 1].kind != "analyte"
        kindred = kindred and any(ahead.name in group and names & group for group in words().interchangeable)
        near = all(t.kind in ("fill", "close", "comma", "method", "window") for t in tokens[at:i])
        limits = ahead.limit is not None and (ahead.limit.sign or ahead.limit.unit)
        at_once = all(t.kind in ("close", "comma", "window") for t in tokens[at:i])
        other = at_once and ahead.kind in ("word", "case", "excused", "not")
        if kindred or other or (near and (limits or ahead.kind in ("lead", "analyte"))):
            return True
    return False


def _joins_on(tokens: list[Token], end: int, start: int) -> bool:
    """Do only "and" and words that change nothing stand between two clauses?"""
    between = tokens[end:start]
    return (
        end > 0
        and any(t.name == "and" for t in between)
        and all(t.kind in ("fill", "and", "comma", "close") for t in between)
    )


def _leading(tokens: list[Token], sentence: int, at: int) -> tuple[tuple[Case, ...], bool]:
    """The circumstances named between the beginning of the sentence and the clause; unsure where a condition names none."""
    leads = [i for i in range(sentence, at) if tokens[i].kind == "lead"]
    if not leads and not any(tokens[i].name == "with" for i in range(sentence, at)):
        return (), False
    cases = _cases(tokens, leads[-1] + 1 if leads else sentence, at)
    return cases, bool(leads) and not cases


def _cases(tokens: list[Token], start: int, end: int) -> tuple[Case, ...]:
    found: list[Case] = []
    holds = True
    for token in tokens[start:end]:
        if token.kind == "not":
            holds = False
        elif token.kind == "case":
            found.append((token.name, holds))
    return tuple(found)


def _part(tokens: list[Token], at: int) -> tuple[Part | None, int]:
    """The analytes from `at` on with their limit; None and where to go on where there is no limit."""
    groups: list[list[str]] = [[tokens[at].name]]
    joins: list[str] = []
    join, doubled, both, depth = "", False, True, 0
    i = at + 1
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "analyte":
            if not join and (groups[-1][-1], token.name) in _FINER:
                groups[-1] = [token.name]
            elif token.name not in {name for group in groups for name in group}:
                if not join and depth == 0 and _kin(groups[-1][-1], token.name):
                    doubled = True
                else:
                    groups.append([token.name])
                    joins.append(join)
            join = ""
        elif token.kind in ("or", "and", "slash", "comma"):
            both = both and token.kind == "and" and token.name == "and"
            join = token.kind if token.kind != "comma" or not join else join
        elif token.kind == "open":
            depth += 1
            close = closing(tokens, i)
            inside = tokens[i + 1 : close]
            if not any(t.kind in ("analyte", "limit", "lead") for t in inside):
                i, depth = close, depth - 1
        elif token.kind == "close":
            depth -= 1
        elif token.kind == "limit" and token.limit is not None:
            if depth > 0 and join == "" and len(groups) > 1 and not token.limit.sign:
                return None, i
            break
        elif token.kind not in ("fill", "method", "window") and not (token.kind == "stop" and token.name == ":"):
            return None, i if i > at else at + 1
        i += 1
    else:
        return None, len(tokens)
    limit = tokens[i].limit
    assert limit is not None
    stray = at > 0 and tokens[at - 1].name in ("<", ">")
    if (
        limit.unit == ""
        and not limit.within
        and i + 1 < len(tokens)
        and tokens[i + 1].kind == "word"
        and tokens[i + 1].start == tokens[i].end
    ):
        return None, i
    if not limit.sign and stray:
        return None, i
    if not limit.sign and (
        tokens[i - 1].kind not in ("analyte", "close", "open") and tokens[i - 1].name not in ("of", ":", "=")
    ):
        return None, i
    part = Part(_joined(groups, joins), [Entry(limit)], tokens[at].start, tokens[i].end, doubled=doubled)
    part.both = both and len(part.groups) > 1
    before = [t for t in tokens[at:i] if t.kind in ("method", "window")]
    for token in before:
        part.method = token.name if token.kind == "method" else part.method
        part.window = token.window if token.kind == "window" else part.window
    after = tail(tokens, i + 1, part)
    if part.groups == [["creatinine"]] and any(entry.limit.unit.startswith("mL/min") for entry in part.entries):
        part.groups = [["creatinine", "creatinine_clearance"]]
    return part, after


_FINER = {
    ("transaminases", "ast"),
    ("transaminases", "alt"),
    ("qtc", "qtcf"),
    ("ptt", "aptt"),
    ("bilirubin", "direct_bilirubin"),
}
"""A name and the finer one that explains it in brackets: "corrected QT interval (QTcF)"."""


def _pressure(tokens: list[Token], at: int) -> tuple[Part, int] | None:
    """ ">= 160 systolic": blood pressure is often written with its limit in front."""
    limit = tokens[at - 1].limit if at > 0 and tokens[at - 1].kind == "limit" else None
    if (
        tokens[at].name not in ("systolic", "diastolic")
        or limit is None
        or not limit.sign
        or limit.unit not in ("", "mm[Hg]")
    ):
        return None
    ahead = tokens[at + 1] if at + 1 < len(tokens) else None
    if ahead is not None and ahead.kind == "limit":
        return None
    return Part([[tokens[at].name]], [Entry(limit)], tokens[at - 1].start, tokens[at].end), at + 1


def _kin(one: str, other: str) -> bool:
    """Counts named together without a joining word ("ANC WBC") are one slip of the pen; other analytes are two."""
    known = words().analytes
    return "count" in known[one].kinds and "count" in known[other].kinds


def _joined(groups: list[list[str]], joins: list[str]) -> list[list[str]]:
    """Neighbors joined by "or", or measures that stand for each other, become one group of which any suffices."""
    found = [groups[0]]
    listed = "or" in joins and all(join in ("comma", "or") for join in joins)
    for group, join in zip(groups[1:], joins, strict=True):
        kin = any({group[0], found[-1][-1]} <= names for names in words().interchangeable)
        if join == "or" or listed or kin:
            found[-1] = found[-1] + group
        else:
            found.append(group)
    return [
        [name for item in group for name in words().analytes[item].means] if len(group) > 1 else group
        for group in found
    ]


def _alternative(tokens: list[Token], at: int) -> tuple[Part, int] | None:
    """ ", or creatinine clearance >= 50 mL/min": a further part of the clause, and where it ends."""
    i = at
    seen_or = False
    while i < len(tokens) and tokens[i].kind in ("fill", "comma", "open", "close", "or", "stop"):
        if tokens[i].kind == "stop" and tokens[i].name not in (";", ","):
            return None
        seen_or = seen_or or tokens[i].kind == "or"
        i += 1
    if not seen_or or i >= len(tokens) or tokens[i].kind != "analyte":
        return None
    part, after = _part(tokens, i)
    return (part, after) if part is not None else None
