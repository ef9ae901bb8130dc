"""What follows a limit: other limits and the circumstances under which they hold, exceptions, windows, methods."""

from __future__ import annotations

from dataclasses import dataclass, field

from chemoplan.trials.expression import Window
from chemoplan.trials.grammar.labs_lexicon import words
from chemoplan.trials.grammar.labs_limits import Limit
from chemoplan.trials.grammar.labs_tokens import Token

Case = tuple[str, bool]
"""A circumstance and whether it holds."""


@dataclass(slots=True)
class Entry:
    """A limit and the circumstances under which it holds: any of them; none where it holds for everybody.

    `aside` marks one in brackets that must say the same in another unit: "(100,000/mm3)". `names` are the analytes it is
    meant for where it names some of those before it ("for bone metastases, ALP <= 5 x ULN").
    """

    limit: Limit
    cases: tuple[Case, ...] = ()
    aside: bool = False
    names: frozenset[str] = frozenset()


@dataclass(slots=True)
class Part:
    """Analytes with their limits. `groups` are required one by one; within a group any suffices.

    `both` marks groups joined by "and": under exclusion only all of them together exclude.
    """

    groups: list[list[str]]
    entries: list[Entry]
    start: int
    end: int
    exceptions: list[str] = field(default_factory=list)
    method: str = ""
    window: Window | None = None
    fallback: tuple[str, Limit] | None = None
    unsure: bool = False
    doubled: bool = False
    both: bool = False


def closing(tokens: list[Token], at: int) -> int:
    """Where the bracket that opens at `at` closes; the last token where it never does."""
    depth = 0
    for i in range(at, len(tokens)):
        depth += {"open": 1, "close": -1}.get(tokens[i].kind, 0)
        if depth == 0:
            return i
    return len(tokens) - 1


def tail(tokens: list[Token], at: int, part: Part) -> int:
    """What follows a limit: other limits with their circumstances, exceptions, windows. Returns where the clause ends."""
    i = at
    parted = False  # behind a bracket or comma, a circumstance belongs to the limit that follows it
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "window":
            if part.window is None and tokens[i - 1].kind in (
                "limit",
                "open",
                "comma",
                "fill",
                "close",
                "method",
                "case",
            ):
                part.window = token.window
            i += 1
        elif token.kind == "open" and _remark(tokens, i):
            part.unsure = part.unsure or any(t.name == "only" for t in tokens[i : closing(tokens, i)])
            i = closing(tokens, i) + 1
        elif token.kind in ("open", "comma"):
            parted = True
            i += 1
        elif token.kind == "method":
            part.method = part.method or token.name
            i += 1
        elif token.kind in ("fill", "close") or _named_again(tokens, i, part):
            i += 1
        elif token.kind in ("lead", "case", "excused"):
            i = _condition(tokens, i, part, parted)
            parted = False
        elif (
            token.kind in ("or", "and")
            and (ahead := _next(tokens, i + 1)) < len(tokens)
            and tokens[ahead].kind == "limit"
        ):
            limit = tokens[ahead].limit
            assert limit is not None
            cases, after = _own_cases(tokens, ahead + 1)
            if token.kind == "and" and not cases:
                return i
            if not cases and not limit.sign and limit.unit == "":
                return i
            if not cases and any(limit.unit == entry.limit.unit for entry in part.entries):
                part.unsure = True
            part.entries.append(Entry(limit, cases))
            part.end = tokens[after - 1].end
            i = after
        elif token.kind == "limit" and parted:
            limit = token.limit
            assert limit is not None
            cases, after = _own_cases(tokens, i + 1)
            if cases:
                part.entries.append(Entry(limit, cases))
                part.end = tokens[after - 1].end
            elif limit.sign and limit != part.entries[0].limit:
                part.entries.append(Entry(limit, aside=True))
            i = max(after, i + 1)
        elif token.kind == "stop" and (ahead := _sentence(tokens, i + 1, part)):
            i = ahead
        else:
            return i
    return i


def _named_again(tokens: list[Token], at: int, part: Part) -> bool:
    """ "5 x ULN for transaminase": the analyte of the limit once more."""
    own = tokens[at].kind == "analyte" and any(tokens[at].name in group for group in part.groups)
    return own and tokens[at - 1].kind in ("fill", "open", "lead") and not _limit_ahead(tokens, at)


def _remark(tokens: list[Token], at: int) -> bool:
    """Does the bracket hold nothing but words?"""
    inside = tokens[at + 1 : closing(tokens, at)]
    kinds = {token.kind for token in inside}
    return (
        "word" in kinds
        and not kinds & {"analyte", "limit", "case", "excused", "lead", "method"}
        and inside[0].kind != "window"
    )


def _next(tokens: list[Token], at: int) -> int:
    while at < len(tokens) and tokens[at].kind in ("fill", "open"):
        at += 1
    return at


def _lead_ahead(tokens: list[Token], at: int) -> int:
    """Where a condition begins behind "or" ("or, if liver metastases, <= 5 x ULN"); 0 where none does."""
    while at < len(tokens) and tokens[at].kind in ("fill", "open", "comma"):
        at += 1
    return at if at < len(tokens) and tokens[at].kind == "lead" else 0


def _limit_ahead(tokens: list[Token], at: int) -> bool:
    after = _next(tokens, at + 1)
    return after < len(tokens) and tokens[after].kind == "limit"


def _own_cases(tokens: list[Token], at: int) -> tuple[tuple[Case, ...], int]:
    """The circumstances right behind a limit ("(females)", "if liver metastases are present") and where they end."""
    i, seen = at, 0
    holds = True
    found: list[Case] = []
    end = at
    while i < len(tokens) and seen < 9:
        token = tokens[i]
        if token.kind == "case":
            found.append((token.name, holds))
            end = i + 1
        elif token.kind == "not":
            holds = False
        elif token.kind == "window" and not found and tokens[i - 1].kind == "limit":
            return (), at
        elif token.kind == "excused":
            found.append((token.name.split()[0], holds))
            end = i + 1
        elif (
            token.kind in ("limit", "analyte", "stop", "and")
            or (token.kind == "or" and not found and not _goes_on(tokens, i + 1))
            or (token.kind == "comma" and found)
        ):
            break
        elif token.kind in ("word", "fill"):
            seen += 1
        i += 1
    return tuple(found), end


def _condition(tokens: list[Token], at: int, part: Part, parted: bool) -> int:
    """A condition behind a limit, from its first word on. Returns where to go on."""
    cases: list[Case] = []
    excuses: list[str] = []
    holds, i, seen = True, at + (tokens[at].kind == "lead"), 0
    lead = tokens[at].name
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "case":
            cases.append((token.name, holds))
        elif token.kind == "excused":
            excuses.append(token.name)
        elif token.kind == "not":
            holds = False
        elif (
            token.kind == "limit"
            or (token.kind == "stop" and token.name != ":")
            or (token.kind == "analyte" and not cases and not excuses)
        ):
            break
        elif excuses and token.kind in ("or", "and", "analyte") and not _limit_ahead(tokens, i):
            pass
        elif _ends_condition(tokens, i, bool(cases), bool(excuses)):
            break
        elif token.kind == "word":
            seen += 1
            if seen > 12:
                break
        elif (
            token.kind == "analyte"
            and _limit_ahead(tokens, i)
            and not any(token.name in group for group in part.groups)
        ):
            break
        i += 1
    last = tokens[i] if i < len(tokens) else None
    excusing = lead.split()[0] in (
        "unless",
        "except",
        "exception",
        "exceptions",
        "excepting",
        "excluding",
        "with",
        "other",
        "apart",
    )
    excusing = excusing and not lead.startswith("with p")
    if excuses:
        limit = last.limit if last is not None else None
        if limit is not None and limit.sign and limit != part.entries[0].limit and _near(tokens, at, i):
            part.entries.append(Entry(limit, ((excuses[0].split()[0], True),)))
            return i + 1
        part.exceptions += [excuse for excuse in excuses[:1] if excuse not in part.exceptions]
        return i
    if not cases:
        if last is not None and last.kind == "analyte":
            return _fallback(tokens, i, part)
        if not _harmless(tokens, at, i):
            part.unsure = True
        return i
    if last is not None and last.kind == "limit" and last.limit is not None and (excusing or parted):
        _, after = _own_cases(tokens, i + 1)
        part.entries.append(Entry(last.limit, tuple(cases)))
        part.end = last.end
        return max(i + 1, after if after > i + 1 else i + 1)
    if excusing and all(held for _, held in cases):
        part.exceptions += [name for name, _ in cases if name not in part.exceptions]
    else:
        entry = part.entries[-1]
        entry.cases = entry.cases + tuple(case for case in cases if case not in entry.cases)
    part.end = tokens[i - 1].end
    return i


def _ends_condition(tokens: list[Token], at: int, cases: bool, excuses: bool) -> bool:
    kind = tokens[at].kind
    joins = kind == "or" or (kind == "and" and cases)
    return (joins and not _goes_on(tokens, at + 1)) or (kind == "close" and (cases or excuses))


def _near(tokens: list[Token], start: int, end: int) -> bool:
    return sum(token.kind == "word" for token in tokens[start:end]) < 5


def _goes_on(tokens: list[Token], at: int) -> bool:
    """Behind "or": does the list of circumstances go on?"""
    for token in tokens[at : at + 4]:
        if token.kind in ("case", "excused"):
            return True
        if token.kind in ("limit", "analyte"):
            return False
    return False


_HARMLESS = {
    "applicable",
    "clinically",
    "indicated",
    "necessary",
    "needed",
    "available",
    "possible",
    "required",
    "elevated",
    "there",
    "clinical",
    "indication",
}


def _harmless(tokens: list[Token], start: int, end: int) -> bool:
    inside = [token.name for token in tokens[start + 1 : end] if token.kind == "word"]
    return bool(inside) and set(inside[:2]) <= _HARMLESS


def _fallback(tokens: list[Token], at: int, part: Part) -> int:
    """ "for participants with creatinine above 1.5 x ULN": the limit before it stands in for that one."""
    i = _next(tokens, at + 1)
    while i < len(tokens) and tokens[i].kind == "analyte":
        i = _next(tokens, i + 1)
    own = {name for group in part.groups for name in group}
    name = tokens[at].name
    related = name in own or any(name in names and own & names for names in words().interchangeable)
    related = related or (name == "bilirubin" and "direct_bilirubin" in own)
    if i < len(tokens) and tokens[i].kind == "limit" and related:
        limit = tokens[i].limit
        assert limit is not None
        if name not in own and limit.sign in (">", ">="):
            part.fallback = (name, Limit("<=" if limit.sign == ">" else "<", limit.number, limit.unit, limit.power))
        return i + 1
    part.unsure = True
    return i


def _sentence(tokens: list[Token], at: int, part: Part) -> int:
    """A sentence of its own that gives the limit for a circumstance: "For patients with liver metastases: 5 x ULN". 0 where it is none."""
    i = at
    while i < len(tokens) and tokens[i].kind in ("fill", "open"):
        i += 1
    if i >= len(tokens) or tokens[i].kind != "lead":
        return 0
    cases: list[Case] = []
    named: list[str] = []
    own = {name for group in part.groups for name in group}
    for j in range(i + 1, min(len(tokens), i + 30)):
        token = tokens[j]
        if token.kind == "case":
            cases.append((token.name, True))
        elif (
            token.kind in ("not", "excused")
            or (token.kind == "stop" and token.name == ".")
            or (token.kind == "analyte" and token.name not in own)
        ):
            return 0
        elif token.kind == "analyte":
            named.append(token.name)
        elif token.kind == "limit":
            if not cases or token.limit is None:
                return 0
            limit = token.limit
            sign = limit.sign or part.entries[0].limit.sign
            meant = frozenset(named) & own
            part.entries.append(Entry(Limit(sign, limit.number, limit.unit, limit.power), tuple(cases), names=meant))
            part.end = token.end
            return j + 1
    return 0
