"""Finds words of a lexicon in a criterion and reads the clause each stands in: what comes before, what narrows it, what it exempts.

A mention is read only where every word of its clause is understood or kept word for word as a qualifier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from chemoplan.trials.expression import Window
from chemoplan.trials.grammar.conditions_words import Entry, holds
from chemoplan.trials.grammar.windows import FoundWindow, windows
from chemoplan.trials.lexicon import lexicon


@dataclass(frozen=True, slots=True)
class Mention:
    """A word of the lexicon at `start:end` and its clause at `low:high`, offsets in the plain text."""

    entry: Entry
    start: int
    end: int
    low: int = 0
    high: int = 0
    modifiers: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    """The modifiers as written."""
    either: bool = False
    history: bool = False
    negated: bool = False
    known: bool = False
    window: Window | None = None
    trails: bool = False
    """The window stands behind the mention, where those before it may share it."""
    detail: str = ""
    joint: str = ""
    """How it is joined to the mention before: "or", "and", or empty where other words stand between."""
    readable: bool = True


# --- the text in layers: sentences, parentheses, exceptions ----------------------------------------------------------

CLAUSE: Mapping[str, Any] = lexicon("conditions")["clause"]


def _one_of(name: str) -> str:
    return "|".join(CLAUSE[name])


_SENTENCE = re.compile(
    r"[.;](?<!e\.g\.)(?<!i\.e\.)(?<!\betc\.)(?<!\bvs\.)(?<!\bst\.)(?<!\bno\.)(?<!\bdr\.)\s+(?=[a-z(>=\[])"
)
_REMARK = re.compile(r"\.?\s*\(?\b(?=(?:note|nb)\s*:)")
_REMARKS = re.compile(r"\b(?:note|nb)\s*:")
_EXEMPTS = ("exce", "expect", "unless", "exclud", "aside", "apart", "other than", "not includ")
EXCEPTION = re.compile(rf"\b(?:{_one_of('exception')})\b:?\s*(?P<text>[^;]*)")
PERMITTED = re.compile(rf"\b(?:{_one_of('permitted')})")
ASKS = re.compile(
    r"\b(?:must|should|(?:are|is) required to|need to|needs to)\b(?! not\b)(?! be (?:excluded|ineligible))(?! have no\b)"
)
FORBIDDEN = re.compile(rf"\b(?:{_one_of('forbidden')})")
JUDGED = re.compile(rf"(?:{_one_of('judged')})")
PERMITTING, JUDGING = (tuple(CLAUSE[name]) for name in ("permitting", "judging"))
"""Stems without which nothing is permitted, or judged."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at `low:high`. In `flat` what stands in parentheses and what is exempted is blank, at the same offsets."""

    low: int
    high: int
    flat: str
    parentheses: tuple[tuple[int, int], ...]
    exceptions: tuple[str, ...]


@lru_cache(maxsize=64)
def spans_of(text: str) -> tuple[FoundWindow, ...]:
    """The windows of a plain text."""
    return tuple(windows(text))


@lru_cache(maxsize=64)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a plain text."""
    blank, parentheses = _without_parentheses(text)
    exempts = holds(text, _EXEMPTS)
    cuts = [0]
    ends = [cut.end() for cut in _SENTENCE.finditer(blank)] if ". " in blank or "; " in blank else []
    if ("note" in blank or "nb" in blank) and _REMARKS.search(blank):
        ends = sorted([*ends, *(cut.end() for cut in _REMARK.finditer(blank))])
    for end in ends:
        if end > cuts[-1]:
            cuts.append(end)
    cuts.append(len(text))
    found = []
    for low, high in pairwise(cuts):
        if not text[low:high].strip():
            continue
        flat = blank
        exempt: list[str] = []
        match = EXCEPTION.search(flat, low, high) if exempts else None
        if match and match.start() > low + 3:
            exempt = _items(text[match.start("text") : high])
            flat = flat[: match.start()] + " " * (high - match.start()) + flat[high:]
        inner = [(a, b) for a, b in parentheses if low <= a < high]
        for a, b in inner:
            if exempts and (match is None or a < match.start()):
                exempt += [
                    item
                    for inside in EXCEPTION.finditer(text, a, b)
                    for item in _items(text[inside.start("text") : b - 1])
                ]
        found.append(Sentence(low, high, flat, tuple(inner), tuple(exempt)))
    return tuple(found)


_BRACKET = re.compile(r"[()\[\]]")


def _without_parentheses(text: str) -> tuple[str, list[tuple[int, int]]]:
    depth, low = 0, 0
    found: list[tuple[int, int]] = []
    if "(" not in text and "[" not in text:
        return text, found
    for bracket in _BRACKET.finditer(text):
        if bracket.group() in "([":
            low = bracket.start() if depth == 0 else low
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                found.append((low, bracket.end()))
    blank = text
    for begin, end in found:
        blank = f"{blank[:begin]}{' ' * (end - begin)}{blank[end:]}"
    return blank, found


def _items(text: str) -> list[str]:
    parts = re.split(r",\s*(?:and/or |or |and )?|\s+and/or\s+|\s+or\s+|;\s*", exempt_text(text))
    return [part for part in (exempt_text(item) for item in parts) if part]


def exempt_text(text: str) -> str:
    """A text fit to stand between braces."""
    return re.sub(r"\s+", " ", re.sub(r"[{}]", "", text)).strip(" .,;:-").removesuffix(" (").removesuffix("(")


# --- the clause of a mention -----------------------------------------------------------------------------------------

MODIFIERS: tuple[str, ...] = tuple(CLAUSE["modifiers"])
_MODIFIER = "|".join(f"(?P<{name}>{'|'.join(known)})" for name, known in CLAUSE["modifiers"].items())
_PLAIN_MODIFIER = "|".join(pattern for known in CLAUSE["modifiers"].values() for pattern in known)
_STATES = tuple(name for name in MODIFIERS if name not in ("bacterial", "systemic"))
_OR = re.compile(r"\b(?:or|and/or)\b|/")
_FILL, _HISTORY, _NEGATION = _one_of("fill"), _one_of("history"), _one_of("negation")
_TOKEN = rf"(?:{_NEGATION}|{_HISTORY}|{_PLAIN_MODIFIER}|{_FILL})"
_JOIN = r"(?:\s*(?:,|/)\s*(?:and/or |or |and )?|\s+(?:and/or|or|and)\s+|\s+|-)"
_PREFIX = re.compile(rf"(?:\b{_TOKEN}\b{_JOIN})*$")
_TOKENS = re.compile(rf"\b(?:(?P<negation>{_NEGATION})|(?P<past>{_HISTORY})|{_MODIFIER}|{_FILL})\b")
_BOUNDARY = re.compile(rf"(?:^|[,;:/-]|\b(?:{_one_of('boundary')}))\s*$")
_NEGATED = re.compile(rf"\b{_NEGATION}\b")
_SCOPE = re.compile(
    r"^[^:.;,]{0,60}\b(?:cohorts?|strat(?:um|a)|parts?|phase|arms?|only|modules?|cancers?)\b[^:.;,]{0,30}:"
)
_NOT_RECOVERED = re.compile(r"\bnot (?:adequately |fully |yet )?recovered\b")
_LIST = re.compile(r"(?:,|/|;)?\s*(?:(?P<or>and/or|or)|(?P<and>and))?\s*")
_JOINED = re.compile(r"\s*(?:,|/)?\s*(?:and/or|or|and)?\s*$")
_NOUNS = re.compile(
    r"\s*(?:(?:disease|disorder|syndrome|infections?|events?|episodes?|condition|conditions|conditions?|pectoris|positivity|illness(?:es)?|requirements?|therapy|treatment|s|status|recipients?)\b)*"
)
_DETAIL = re.compile(
    rf"\s*(?:,\s*(?=(?:{_one_of('narrows_after_comma')})\b))?(?P<detail>(?:{_one_of('narrows')})\b|[<>]=?)"
)
_EXCLUDED = re.compile(r"\b(?:(?:will be|should be|are|is) (?:excluded|ineligible)|not eligible)\b.*$")
_ASIDE = re.compile(
    r"(?:(?<=of)\s+(?:the )?[a-z0-9-]+(?: [a-z0-9-]+)?"
    r"|\s*(?:into|of|for|to|from|prior to|before|on|used for|date|start|visit|administration)(?: the)?[a-z0-9 -]{0,40}?)"
    r"(?=\s*(?:[,;:.]|\b(?:or|and)\b|$))"
)
_CLOSES = re.compile(
    r"\s*(?:[,;:.)/]|(?:or|and|and/or)\b|\s+-\s"
    r"|(?:are|is|will be|should be|must be) (?:excluded|ineligible|not (?:be )?eligible)(?: for th(?:is|e) (?:study|trial))?\s*(?:$|[.;]))"
)
_OPENS_LIST = re.compile(
    r"\s*,?\s*(?:defined as|including|such as|like)\b[,:]?\s*(?:but not (?:limited|restricted) to,?\s*)?(?:[a-z-]+ ){0,3}$"
)
_STOP = re.compile(r"[,;:]|$")
BAD_HEAD = re.compile(rf"\b(?:{_one_of('taints')})\b")


def mentions(sentence: Sentence, text: str, found: Sequence[tuple[int, int, Entry]]) -> list[Mention]:
    """The words found in a sentence, each with its clause; those whose clause is not understood are not readable."""
    flat = sentence.flat
    spans = spans_of(text)
    read: list[Mention] = []
    starts = [start for start, _, _ in found]
    done = sentence.low
    for at, (start, end, entry) in enumerate(found):
        if start < done:
            continue
        following = starts[at + 1] if at + 1 < len(found) else sentence.high
        lead = _before(start, flat, sentence.low, done, read)
        tail = _after(entry, (lead["low"], start, end), flat, text, following, sentence, spans)
        if tail["detail"] and at + 1 < len(found) and found[at + 1][2].attribute != entry.attribute:
            opened = _OPENS_LIST.match(flat, end, following)
            if opened:  # what follows are diseases of their own
                tail = {"high": end, "detail": "", "window": None, "trails": False}
        mention = Mention(entry, start, end, **{**lead, **tail})
        read.append(mention)
        done = mention.high
    return read


def _before(at: int, flat: str, low: int, done: int, read: list[Mention]) -> dict[str, Any]:
    """The fields of a mention that the words before it settle."""
    gap = flat[done:at]
    prefix = _PREFIX.search(gap)
    assert prefix is not None
    begin = done + prefix.start()
    left = flat[low:begin]
    between = flat[done:begin]
    tokens = list(_TOKENS.finditer(prefix.group()))
    modifiers = tuple(token.lastgroup for token in tokens if token.lastgroup in MODIFIERS)
    negation = next((token for token in tokens if token.lastgroup == "negation"), None)
    joint = ""
    if read and _JOINED.fullmatch(between):
        lead = _LIST.match(gap)
        joint = (
            "or"
            if lead and (lead["or"] or "," in lead.group() or "/" in lead.group())
            else "and"
            if lead and lead["and"]
            else ""
        )
    readable = True
    if left.strip() and not joint:
        readable = bool(_BOUNDARY.search(left)) and not _tainted(left)
    elif joint:
        readable = read[-1].readable or not _tainted(left)
    onward = bool(joint) and read[-1].negated
    if negation is not None and left.strip(" -*") and not onward and not left.rstrip().endswith(":"):
        readable = False  # "hepatitis without cirrhosis"
    past = any(token.lastgroup == "past" for token in tokens)
    between_states = _joints(prefix.group(), [token for token in tokens if token.lastgroup in _STATES])
    if "" in between_states and "or" in between_states[between_states.index("") :]:
        readable = False  # "symptomatic untreated or progressing": which go together?
    first = flat[begin:at]
    return {
        "low": begin + len(first) - len(first.lstrip(" ,/")),
        "modifiers": modifiers,
        "said": tuple(token.group() for token in tokens if token.lastgroup in MODIFIERS),
        "either": "or" in between_states or (past and bool(modifiers) and _OR.search(prefix.group()) is not None),
        "history": past,
        "negated": negation is not None,
        "known": negation is not None and " known" in f" {prefix.group()}",
        "joint": joint,
        "readable": readable,
    }  # fmt: skip


def _joints(text: str, tokens: Sequence[re.Match[str]]) -> list[str]:
    """How each modifier is joined to the one before: "or", ",", or empty."""
    between = [text[one.end() : other.start()] for one, other in pairwise(tokens)]
    return ["or" if _OR.search(words) else "," if "," in words else "" for words in between]


def _tainted(left: str) -> bool:
    left = _SCOPE.sub("", left)
    chunks = re.split(r"[,;:]", _NOT_RECOVERED.sub(" ", _NEGATED.sub(" ", left)))
    return bool(
        BAD_HEAD.search(chunks[0]) or BAD_HEAD.search(chunks[-1]) or (len(chunks) > 1 and BAD_HEAD.search(chunks[-2]))
    )


def _after(
    entry: Entry,
    place: tuple[int, int, int],
    flat: str,
    text: str,
    following: int,
    sentence: Sentence,
    spans: Sequence[FoundWindow],
) -> dict[str, Any]:
    """The qualifiers behind a mention: nouns that add nothing, a window, words that narrow it."""
    nouns = _NOUNS.match(flat, place[2], following)
    at = nouns.end() if nouns else place[2]
    window: Window | None = None
    detail, high, trails = "", at, False
    inside = _inside(text, sentence, place, at) if sentence.parentheses else None
    if inside is not None:
        window = inside.window
    while at < sentence.high:
        rest = len(flat[at : sentence.high]) - len(flat[at : sentence.high].lstrip(" "))
        here = next(
            (span for span in spans if at <= span.start <= at + rest + 2 and not flat[at : span.start].strip(" ,")),
            None,
        )
        if here is not None and window is None and (here.start < following or detail):
            if here.minimum:
                return {"high": here.end, "readable": False, "detail": ""}
            window, trails, at = here.window, True, min(here.end, sentence.high)
            high = at
            continue
        narrowing = _DETAIL.match(flat, at, sentence.high)
        if narrowing and not trails and narrowing.start("detail") < following and not detail:
            stop = _end_of_detail(flat, narrowing.start("detail"), sentence, following, spans)
            words = exempt_text(_EXCLUDED.sub("", text[narrowing.start("detail") : stop]))
            detail, at = f"{detail} {words}".strip(), stop
            high = at
            continue
        break
    rest_text = flat[at : sentence.high]
    if trails:
        aside = _ASIDE.match(flat, at, min(following, sentence.high))
        rest_text = flat[aside.end() : sentence.high] if aside else rest_text
    closed = not rest_text.strip() or _CLOSES.match(rest_text) is not None
    if not closed and entry.ends:
        return {"high": at, "readable": False, "window": window, "trails": trails, "detail": detail}
    return {"high": high, "window": window, "trails": trails, "detail": detail}


def _end_of_detail(flat: str, at: int, sentence: Sentence, following: int, spans: Sequence[FoundWindow]) -> int:
    stop = _STOP.search(flat, at, sentence.high)
    end = stop.start() if stop else sentence.high
    span = next((item.start for item in spans if item.start > at), end)
    end = min(end, span)
    if following < end:
        cut = list(re.finditer(r"\s+(?:or|and|and/or)\s+", flat[at:following]))
        end = at + cut[-1].start() if cut else end
    return max(at + len(flat[at:end].rstrip()), at + 1)


def _inside(text: str, sentence: Sentence, place: tuple[int, int, int], at: int) -> FoundWindow | None:
    """A window in parentheses beside the mention: "recent (within 90 days) myocardial infarction"."""
    for low, high in sentence.parentheses:
        near = (place[0] - 25 <= low and high <= place[1] + 1) or (at - 1 <= low <= at + 2)
        if near and re.match(r"[(\[]\s*(?:within|<|<=|in the|during|last|past)", text[low:high]):
            return next((span for span in windows(text[low:high]) if not span.minimum), None)
        behind = place[2] <= low <= place[2] + 2 and high - low < 60
        inner = windows(text[low:high]) if behind else []
        if len(inner) == 1 and not inner[0].minimum:
            return inner[0]  # "hemoptysis (> 5 mL in the last 4 weeks)"
    return None
