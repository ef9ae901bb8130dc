"""Split an eligibility text: which line is a heading, a criterion, a remark; what stands below what; where one line is many."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chemoplan.trials.expression import Window
from chemoplan.trials.grammar.windows import windows
from chemoplan.trials.mentions import mentions
from chemoplan.trials.plain import Plain, plain
from chemoplan.trials.reading import Effect, LineKind, Section
from chemoplan.trials.scopes import label_of, scope_of
from chemoplan.trials.segments import Segment


@dataclass(frozen=True, slots=True)
class Split:
    """The lines of a text, each with its section, kind ("to be judged" for every criterion not yet read) and scope."""

    texts: tuple[str, ...]
    sections: tuple[Section | None, ...]
    kinds: tuple[LineKind, ...]
    scopes: tuple[str, ...]
    segments: tuple[Segment, ...]
    starts: tuple[int, ...] = ()
    leads: frozenset[int] = frozenset()
    """Where each line begins in the text; and the numbers of the lines that have others below them."""


_MARKER = re.compile(
    r"(?P<indent>[ \t]*)(?P<marker>(?:\\?[*•●◦▪·–-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4}|[IVX]{1,4})\\?[.)])(?=[\s\"(<>≥≤\\A-Z]|$))?\s*"
)
_WORDS_OF_SECTION = re.compile(r"\b(inclusions?|exclusions?)\b", re.IGNORECASE)
_HEADING_SIGNS = re.compile(
    r"^\W*(?:[\w/,()-]+[ -]){0,7}(?:inclusion|exclusion)s?(?: criteri(?:a|on))?\b.{0,90}$", re.IGNORECASE
)
_ALL_OF = re.compile(
    r"\b(?:must|should|will|have to) (?:meet|fulfil+|satisfy) (?:all|each|the following)|\bincluded if\b.*:$",
    re.IGNORECASE,
)
_NONE_OF = re.compile(
    r"\b(?:will be|are|is|must be) (?:excluded|ineligible|not (?:be )?(?:eligible|enrolled))"
    r"|\bnot (?:be )?(?:eligible|considered eligible)"
    r"|\bexcluded (?:from|if)\b|\bexclusion criteria\b|\bno longer\b",
    re.IGNORECASE,
)
_OPEN_ENDED = re.compile(
    r"(?<!following )\bcriteria (?:may|will)? ?appl|as defined (?:in|by) the (?:study )?protocol|\bnot limited to",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\W*(?:please )?(?:note|nb|n\.b\.)\b\s*[:\-–.]?", re.IGNORECASE)
_RUN_ON = re.compile(r"(?<=[.;:)\w])\s+(?P<number>\d{1,2})\\?[.)]\s+(?=[A-Z\\≥<>])")
_ONE_SUFFICES = re.compile(
    r"\b(?:(?:at least|any|either) )?one (?:or more )?of the (?:following|below)|\b(?:any"
    r"|either) of the following|\bone of the following|\beither\b[^.]{0,60}:$"
    r"|\b(?:following|specified) (?:tumou?r|cancer|solid tumou?r)s?(?: cancers?| types?| histolog\w+)?\b|\bone of the histologies below"
    r"|^\W*(?:tumou?r types?|histology)\W*$"
)
_LEADING = (
    "following",
    "below",
    "follows",
    "one of",
    "one or more",
    "either",
    "tumor type",
    "specified",
    "tumour type",
    "histology",
)
_FORBIDS = re.compile(
    r"\b(?:must|may|should|can|will) not (?:have|be|receive)\b|\b(?:no|without) (?:(?!meeting|having|with|who)\w+ ){0,4}(?:of"
    r"|any of) the following|\bexcluded\b"
    r"|\b(?:not |in)eligible\b(?! to)|\bdoes not have\b|\bnone of the following"
)
_PERMITS = re.compile(
    r"\b(?:are|is|will be|may be) (?:allowed|permitted|eligible|acceptable|accepted)\b|\bexceptions?\b"
    r"|\bexcept\b.*:$|\bexcluding\b.*:$"
    r"|\bwith the exception of\b|\bnot (?:be )?exclu|\bexempt|\bunless\b(?! otherwise)[^,:]{0,40}:$|\bdo(?:es)? not (?:exclude|apply)"
    r"|\bmay (?:be enrolled|enroll|participate)"
)
_PROVIDED = re.compile(r"\b(?:if|provided|when)\b")
_DEFINES = re.compile(
    r"\b(?:is|are|as) (?:further )?(?:defined|considered|described)\b|\bdefin(?:ed|ition)\b|\bcriteria for\b.*:$"
    r"|\binclud(?:e|es|ing)\b.*:$"
)


_CHILDBEARING = re.compile(
    r"child-? ?bearing|menopaus|menses|menstru|menarche|amenorrh|hysterectomy|oophorectomy|tubal|sterili|fsh\\b"
)
_LABORATORY = re.compile(r"laborator|organ|function|hematolog|marrow|blood")
_LIMIT = re.compile(r"[<>]=?\s*\d|\buln\b|normal")
_BULLET = re.compile(r"\\?[*•●◦▪·–-]")
_ROMAN = re.compile(r"\(?[ivx]{1,4}\\?[.)]")
_LETTER = re.compile(r"\(?[a-z]\\?[.)]")
_BEFORE_ROMAN = re.compile(r"\(?[hiuvwx]\\?[.)]")
_TYPES = re.compile(
    r"\b(?:specified|following) (?:[\w/-]+ ){0,3}(?:types?|cancers?|tumou?rs?|malignanc(?:y|ies)|histolog(?:y|ies)):\s*$"
)
_TYPE = re.compile(
    r"(?!.*\b(?:must|have|has|had|no|not|measurable|who)\b)[^.:]{0,100}\b(?:cancers?|(?:adeno)?carcinomas?|tumou?rs?|melanoma|NSCLC|CRC)\b"
    r"[^.:]{0,40}\.?\s*$",
    re.IGNORECASE,
)
"""A line that announces kinds of cancer, and one that names a kind: it stands below, though it may not be indented."""
_ENDS_WITH_OR = re.compile(r"\b(?:and/)?or\b[\s.:;,]*$")
_LAST_OR = re.compile(r"[\s,;]*\b(?:and/)?or\b[\s.:;,]*$", re.IGNORECASE)
_ONLY_OR = re.compile(r"\W*(?:and/)?or\W*")
_BELOW = re.compile(r"\b(?:below|as follows|following)\b[^.]*$")


@dataclass(slots=True)
class _Open:
    """A line that may have lines below it."""

    indent: int
    text: str
    effect: Effect | None
    window: Window | None
    joined: str
    scope: str
    line: int
    branch: str
    marker: str = ""


@dataclass(slots=True)
class _Reader:
    nct_id: str
    section: Section | None = None
    heading_scope: str = "all"
    laboratory: Window | None = None
    begins: int = 0
    open: list[_Open] = field(default_factory=list)


def split(nct_id: str, text: str) -> Split:
    """The lines and segments of a text."""
    reader = _Reader(nct_id)
    texts = text.split("\n")
    bodies = [_MARKER.match(line) for line in texts]
    sections: list[Section | None] = []
    kinds: list[LineKind] = []
    scopes: list[str] = []
    segments: list[Segment] = []
    starts: list[int] = []
    leads: set[int] = set()
    offset = 0
    for at, line in enumerate(texts):
        marker = bodies[at]
        assert marker is not None
        body = line[marker.end() :].rstrip()
        indent = _level(reader, marker)
        parent = _deeper(texts, bodies, at, indent)
        leads |= {at + 1} if parent else set()
        starts.append(offset)
        kind, scope = _line(reader, body, indent, bool(marker["marker"]), parent, at + 1)
        if kind == "to be judged" or kind == "note":
            start = offset + marker.end()
            segments += _segments(reader, at + 1, body, start, indent, kind == "note", scope, bool(marker["marker"]))
            reader.open[-1].marker = marker["marker"] or ""
        sections.append(reader.section)
        kinds.append("note" if kind == "to be judged" and _ONLY_OR.fullmatch(body.lower()) else kind)
        scopes.append(scope)
        offset += len(line) + 1
    found = tuple(_alternatives(segments))
    return Split(tuple(texts), tuple(sections), tuple(kinds), tuple(scopes), found, tuple(starts), frozenset(leads))


def _without_or(segment: Segment) -> Segment:
    """The segment without the "or" at its end, which belongs to no criterion."""
    text = _LAST_OR.sub("", segment.text)
    if text == segment.text or not text:
        return segment
    return replace(segment, text=text, end=segment.start + len(text), plain=plain(text, segment.start))


def _alternatives(segments: list[Segment]) -> Iterator[Segment]:
    """Lines that end with "or" are alternatives of the line that follows on the same level."""
    group = 0
    joints = {at for at, segment in enumerate(segments) if _ONLY_OR.fullmatch(segment.plain.text)}
    kept = [segment for at, segment in enumerate(segments) if at not in joints]
    before_a_joint = {segments[at - 1].line for at in joints if at}
    for at, segment in enumerate(kept):
        following = kept[at + 1] if at + 1 < len(kept) else None
        joint = segment.line in before_a_joint
        goes_on = (
            following is not None
            and following.section == segment.section
            and (
                joint or (following.parents == segment.parents and _ENDS_WITH_OR.search(segment.plain.text) is not None)
            )
        )
        if (goes_on or group) and not segment.branch:
            group = group or segment.line
            yield replace(_without_or(segment), joined="any", branch=f"or{group}/{segment.line}")
        else:
            yield segment
        if not goes_on:
            group = 0


def _deeper(texts: list[str], bodies: list[re.Match[str] | None], at: int, indent: int) -> bool:
    """Does the next line that is not blank stand below this one?"""
    for line, marker in zip(texts[at + 1 :], bodies[at + 1 :], strict=True):
        if line.strip():
            assert marker is not None
            deeper = len(marker["indent"].expandtabs(4)) > indent
            here = bodies[at]
            assert here is not None
            return deeper or (bool(marker["marker"]) and not here["marker"])
    return False


def _level(reader: _Reader, marker: re.Match[str]) -> int:
    """How deep a line stands: its indentation, and one more where its marker is of a lower kind than that of the line above.

    Roman numbers stand below letters, bullets below a number whose line ends with a colon, however they are indented.
    """
    indent = len(marker["indent"].expandtabs(4))
    sign = marker["marker"] or ""
    for item in reader.open:
        if item.indent == indent and item.marker and sign:
            below_a_letter = (
                _ROMAN.fullmatch(sign) and _LETTER.fullmatch(item.marker) and not _BEFORE_ROMAN.fullmatch(item.marker)
            )
            below_a_number = (
                _BULLET.fullmatch(sign) and not _BULLET.fullmatch(item.marker) and item.text.rstrip().endswith(":")
            )
            entry = (
                item.joined == "any"
                and _TYPES.search(item.text) is not None
                and _TYPE.match(marker.string, marker.end())
            )
            if below_a_letter or below_a_number or entry:
                return indent + 1
    return indent


def _line(reader: _Reader, body: str, indent: int, marked: bool, parent: bool, number: int) -> tuple[LineKind, str]:
    """The kind of a line, and its scope; headings change what the reader knows."""
    if not body:
        return "blank", reader.heading_scope
    while reader.open and (
        reader.open[-1].indent >= indent or (reader.open[-1].indent < 0 and not marked and indent == 0)
    ):
        reader.open.pop()
    section = _section(body, marked, parent)
    if section is not None:
        reader.section = section
        reader.laboratory = None
        reader.open.clear()
        reader.heading_scope = scope_of(body, heading=True) or "all"
        return "heading", reader.heading_scope
    if not marked and indent == 0 and parent and body.endswith(":"):
        reader.open.clear()
        reader.heading_scope = scope_of(body, heading=True) or "all"
    label = label_of(body)
    own, reader.begins = label or (None, 0)
    if own and body.endswith(":") and len(body) < 60:
        if marked and parent:  # a label for the lines below it
            reader.open.append(_Open(indent, body.lower(), None, None, "all", own, number, ""))
        else:  # a label for the lines beside it
            reader.heading_scope = own
        return "heading", own
    above = next((item.scope for item in reversed(reader.open) if item.scope != "all"), reader.heading_scope)
    return ("note" if _NOTE.match(body) else "to be judged"), own or above


def _section(body: str, marked: bool, parent: bool) -> Section | None:
    """The section that a heading opens; None where the line is no heading of a section."""
    words = {word.lower().rstrip("s") for word in _WORDS_OF_SECTION.findall(body)}
    flat = body.strip(" *#:_-")
    if _OPEN_ENDED.search(body):
        return None
    if len(words) == 1:
        short = len(flat) < 40 and _HEADING_SIGNS.match(flat)
        if short or ((body.endswith(":") or (not marked and len(flat) < 120)) and _HEADING_SIGNS.match(flat)):
            return "inclusion" if "inclusion" in words else "exclusion"
    if body.endswith(":") and not marked and parent:
        if _NONE_OF.search(body):
            return "exclusion"
        if _ALL_OF.search(body) and not words:
            return "inclusion"
    return None


def _segments(
    reader: _Reader, number: int, body: str, start: int, indent: int, note: bool, scope: str, marked: bool
) -> Iterator[Segment]:
    """The segments of a line: one, or several where numbering runs on within it."""
    section: Section = reader.section or "inclusion"
    parents = tuple(item.text for item in reader.open)
    window = next((item.window for item in reversed(reader.open) if item.window is not None), None)
    joined = reader.open[-1].joined if reader.open else "all"
    above = reader.open[-1] if reader.open else None
    branch = "" if above is None else _branch(above, number)
    last: Plain | None = None
    for low, high in _stretches(body):
        piece = body[low:high]
        last = plain(piece, start + low)
        effect = _effect(reader, last.text)
        if window is None and reader.laboratory is not None and _LIMIT.search(last.text):
            window = reader.laboratory
        begins = bisect_left(last.offsets, start + reader.begins) if reader.begins and not low else 0
        yield Segment(
            reader.nct_id, number, start + low, start + high, piece, last, section, scope, parents, window, note, joined, effect,
            branch, begins,
        )  # fmt: skip
    if last is not None:
        opened = _opened(last.text, indent, scope, reader.section, marked, number, branch)
        reader.open.append(opened)
        if opened.window is not None and _LABORATORY.search(last.text):
            reader.laboratory = opened.window


def _branch(above: _Open, number: int) -> str:
    """The alternative that a line below `above` belongs to. Alternatives within an alternative are told by a plus: `4/6+`."""
    if above.joined != "any":
        return above.branch
    return f"{above.line}/{number}" if not above.branch else above.branch.rstrip("+") + "+"


def _effect(reader: _Reader, text: str) -> Effect:
    """What a criterion does here: what the nearest line above that turns it says, else the section.

    A definition reaches only what speaks of its matter: lists are often indented wrongly after one.
    """
    for item in reversed(reader.open):
        if item.effect is not None and (item.effect != "define" or _CHILDBEARING.search(text)):
            return item.effect
    return "exclude" if reader.section == "exclusion" else "require"


def _opened(text: str, indent: int, scope: str, section: Section | None, marked: bool, line: int, branch: str) -> _Open:
    effect: Effect | None = None
    one = mentions(text, _LEADING) and _ONE_SUFFICES.search(text) is not None
    leads = one or text.rstrip().endswith(":") or (mentions(text, _LEADING) and _BELOW.search(text) is not None)
    if leads and not one and _CHILDBEARING.search(text) and _DEFINES.search(text):
        effect = "define"
    if leads and _PERMITS.search(text) and (section == "exclusion" or _PROVIDED.search(text)):
        effect = "allow"
    elif leads and section != "exclusion" and _FORBIDS.search(text):
        effect = "exclude"
    found = [item.window for item in windows(text)] if leads else []
    joined = "any" if one else "all"
    level = -1 if not marked and indent == 0 and text.rstrip().endswith(":") else indent
    return _Open(level, text, effect, found[0] if 0 < len(found) < 3 else None, joined, scope, line, branch)


def _stretches(body: str) -> list[tuple[int, int]]:
    """Where a line that numbers its criteria on ("... 8. Signed consent 9. Negative test") falls apart."""
    found = list(_RUN_ON.finditer(body))
    run: list[re.Match[str]] = []
    for match in found:
        if not run or int(match["number"]) == int(run[-1]["number"]) + 1:
            run.append(match)
    if len(run) < 2:
        return [(0, len(body))]
    starts = [0, *(match.end() for match in run)]
    ends = [*(match.start() for match in run), len(body)]
    return [(low, high) for low, high in zip(starts, ends, strict=True) if body[low:high].strip()]
