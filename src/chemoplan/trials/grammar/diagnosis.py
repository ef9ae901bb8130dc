"""Reads the diagnosis a study is about: "histologically confirmed locally advanced or metastatic colorectal adenocarcinoma".

Only a line that begins with the diagnosis is read, after words such as "patients with confirmed": the same words further
on speak of other things (treatment for colorectal cancer, a history of it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.expression import All, Any, Expression, Test
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.stages import AJCC, read_stage
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

_PREAMBLE = re.compile(
    r"(?:\W*(?:"
    r"patients?|participants?|subjects?|individuals?|adults?|women|men|the|must|should|have|has|had|be|been|being"
    r"|with|a|an|are|is|or|and|and/or|of|in|for|"
    r"current|known|new|newly|diagnos(?:is|ed|es)|diagnostic|documented|proven|confirmed|confirmation|verified"
    r"|verification|evidence|established|primary|prior|"
    r"histolog(?:y|ic|ical|ically)|cytolog(?:y|ic|ical|ically)|patholog(?:y|ic|ical|ically)|radiograph(?:y|ic"
    r"|ical|ically)|radiolog(?:ic|ically)|clinical(?:ly)?|"
    r"biopsy|microscopic(?:ally)?|tumou?r|tissue|type|male|female|aged?|invasive|previously|untreated|measurable|any|"
    r"eligible|refractory|determined|on|staging|evaluation|to|via|by|"
    r"presence|presenting|either|all|currently|measurable|radiographically|first|who|that|"
    r"histologically-|cytologically-|dmmr|mmr|msi|msi-h|mss|ihc|micro ?satellite|stable|instability|high|low"
    r"|her2[- ]?(?:positive|negative)|(?:cancer|disease)(?= (?:that|which) is)"
    r")\b(?:\s*/)?)*[\s\W]*"
)
_UNREAD = ("metastatic to", "in situ")
_LIST = re.compile(r"^[\s,;/]*(?:and/or|or|and)?[\s,;/]*(?:\([^()]*\))?[\s,;/]*(?:and/or|or|and)?[\s,;/]*(?:a |an )?$")
_STOPS = re.compile(
    r"^\s*(?:-[\w-]+)?\s*(?:patients?|screening|survivors?|surgery|resection|syndromes?|risk|history|care|program|cells?|liver)\b"
)
_BEHIND = re.compile(
    r"\s*,?\s*(?:which|that) (?:is|are) |\s*,?\s*with (?=(?:documented )?(?:unresectable|metastatic|locally))"
    r"|\s*, (?=locally|metastatic|unresectable)"
)
_ELSE = re.compile(
    r"^\s*(?:\([^()]*\)\s*)?(?:(?:that|who) (?:in|would|may|could|might)|not meeting|must|should|may|will|need|are|is"
    r"|who (?:have|had|are|must|should)|:|-\s)|[^.;(]{0,60}:\s*\S"
)
_JOINS = re.compile(r"\s*(?:,|/|\(|\)|\band/or\b|\bor\b|\band\b|-)?\s*(?:\band/or\b|\bor\b|\band\b|/)?\s*")


@dataclass(frozen=True, slots=True)
class _Words:
    core: re.Pattern[str]
    extent: re.Pattern[str]
    extents: tuple[tuple[tuple[str, str | bool], ...], ...]
    sites: tuple[str, ...]
    histologies: tuple[str, ...]
    alone: tuple[str, ...]
    any_cancer: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = lexicon("tumor")
    cancers, sites, histologies = data["cancers"], data["sites"], data["histologies"]
    nouns, adjectives, alone = ([], [], [])  # type: tuple[list[str], list[str], list[str]]
    for at, words in enumerate(sites.values()):
        nouns.append(f"(?P<n{at}>{words['noun']})")
        adjectives.append(f"(?P<a{at}>{words['adjective']})")
        if "alone" in words:
            alone.append(f"(?P<w{at}>{words['alone']})")
    kinds = "|".join(f"(?P<h{at}>{words})" for at, words in enumerate(histologies.values()))
    again = "|".join(f"(?P<g{at}>{words})" for at, words in enumerate(histologies.values()))
    noun = "|".join(nouns)
    after = "|".join(item.replace("(?P<n", "(?P<m") for item in nouns)
    core = (
        rf"\b(?:(?P<solid>{data['solid']})"
        rf"|(?:(?:{'|'.join(adjectives)}) (?:ductal )?(?:{kinds}|{cancers})"
        rf"|(?:{again}|{cancers}) (?:of|in|originating in|arising from) (?:the )?(?:{noun})(?: or (?:the )?(?:{after}))?)"
        rf"(?: \(m?(?:crc|pdac|nsclc|hnscc|scchn|hcc|tnbc|rcc)\))?"
        rf"|(?:{'|'.join(alone)}))\b"
    )
    extent = "|".join(f"(?P<e{at}>{pattern})" for at, pattern in enumerate(data["extents"]))
    tests = tuple(tuple((name, value) for name, value in pairs) for pairs in data["extents"].values())
    return _Words(
        re.compile(core),
        re.compile(rf"(?:{extent})\b"),
        tests,
        tuple(map(str, sites)),
        tuple(map(str, histologies)),
        tuple(words.get("alone_histology", "") for words in sites.values()),
        re.compile(rf"(?:{data['any_cancer']})\b"),
    )


@dataclass(frozen=True, slots=True)
class _Core:
    """One named cancer: its site ("" for any solid tumor) and histology ("" where none is named)."""

    start: int
    end: int
    site: str
    histology: str


def cores(text: str) -> list[_Core]:
    """Every cancer that a plain text names."""
    words = _words()
    found = []
    for match in words.core.finditer(text):
        group = match.groupdict()
        sites = [
            words.sites[int(key[1:])]
            for key, value in group.items()
            if value and key[0] in "nmaw" and key[1:].isdigit()
        ]
        kinds = [
            words.histologies[int(key[1:])]
            for key, value in group.items()
            if value and key[0] in "hg" and key[1:].isdigit()
        ]
        kinds += [
            words.alone[int(key[1:])] for key, value in group.items() if value and key[0] == "w" and key[1:].isdigit()
        ]
        found.append(_Core(match.start(), match.end(), ",".join(sites), kinds[0] if kinds else ""))
    return found


def read(segment: Segment) -> Sequence[Draft]:
    """The diagnosis, its extent and its stage."""
    text = segment.plain.text
    if segment.section != "inclusion" or segment.effect not in ("require",) or segment.note or text.startswith("["):
        return ()
    label = re.match(
        r"(?:[\w ().-]{0,40}(?:only|cohort \w+|part \w+|phase|diagnosis|histology|arm \w+))\s*[:;]\s*|\w+ cohort:\s*",
        text,
    )
    begin = label.end() if label else 0
    preamble = _PREAMBLE.match(text, begin)
    at = preamble.end() if preamble else begin
    extent, after, from_ = _extent(text, at)
    stop = after
    found = cores(text)
    first = next((core for core in found if core.start >= after - 1), None)
    if first is None or (first.start > after + 1 and not _JOINS.fullmatch(text[after : first.start])):
        return _any_cancer(text, extent, from_, after)
    group = [first]
    for core in found[found.index(first) + 1 :]:
        if not _LIST.match(text[group[-1].end : core.start]):
            break
        group.append(core)
    rest = text[group[-1].end :]
    behind = _BEHIND.match(rest)
    if behind and extent is None:
        extent, stop, from_ = _extent(text, group[-1].end + behind.end())
        if extent is not None:
            rest = text[stop:]
    if (
        _STOPS.match(rest)
        or _ELSE.match(rest)
        or _doubtful(rest, group, found)
        or any(words in text for words in _UNREAD)
    ):
        return ()
    begin = from_ if extent else first.start
    return _drafts(segment, group, extent, (begin, stop), rest)


def _any_cancer(text: str, extent: Expression | None, begin: int, after: int) -> Sequence[Draft]:
    """The extent of a cancer that is not named: "locally advanced or metastatic malignancy"."""
    match = _words().any_cancer.match(text, after)
    if extent is None or match is None or "measurable" in text[:begin]:
        return ()
    rest = text[match.end() :]
    if _STOPS.match(rest) or _ELSE.match(rest) or re.match(r"\s*(?:\([^()]*\))?,? (?:or|of|to|in)\b", rest):
        return ()
    return [*_confirmed(text[:begin]), Draft(begin, match.end(), extent)]


def _confirmed(before: str) -> list[Draft]:
    """How the tumor was confirmed, in words such as "histologically or cytologically proven"."""
    match = re.search(
        r"(?:histolog|cytolog|patholog)\w*(?:[ /,-]+(?:or|and|and/or|a)? ?(?:a )?\w+)*?[ -]+(?:confirm|proven|document|verif)\w*",
        before,
    )
    if match is None:
        return []
    histologic, cytologic = Test("histologic_confirmation"), Test("cytologic_confirmation")
    both = "cytolog" in match.group() and ("histolog" in match.group() or "patholog" in match.group())
    return [Draft(match.start(), match.end(), Any((histologic, cytologic)) if both else histologic)]


def _extent(text: str, at: int) -> tuple[Expression | None, int, int]:
    """The extents named from `at` on, joined as the words join them; where they end; where they begin.

    "unresectable stage III or stage IV" in parentheses behind them says more exactly what they mean and stands instead.
    """
    words = _words()
    items: list[Expression] = []
    begin = end = at
    while True:
        match = words.extent.match(text, end)
        if match:
            pairs = words.extents[next(i for i in range(len(words.extents)) if match[f"e{i}"])]
            tests: list[Expression] = [_test(name, value) for name, value in pairs]
            items.append(tests[0] if len(tests) == 1 else All(tuple(tests)))
            end = match.end()
            exact = re.match(r"\s*\(([^()]*\bstage\b[^()]*)\)", text[end:])
            if exact:
                stage = read_stage(exact.group(1))
                if stage is not None:
                    return stage, end + exact.end() + 1, end + exact.start(1)
        else:
            stage_match = re.match(
                r"(?:clinical |pathologic(?:al)? )?stages? [ivx1-4a-c /,–-]+(?:(?:or|and|to|through) (?:stage )?[ivx1-4a-c]+ )*",
                text[end:],
            )
            stage = read_stage(stage_match.group()) if stage_match else None
            if stage is None or stage_match is None:
                break
            items.append(stage)
            end += len(stage_match.group().rstrip())
        joint = _JOINS.match(text, end)
        following = joint.end() if joint else end
        if words.extent.match(text, following) or re.match(r"stages? [ivx1-4]", text[following:]):
            end = following
            continue
        end = following
        break
    if not items:
        return None, at, at
    stretch = text[begin:end]
    alternatives = " or " in stretch or "/" in stretch or "and/or" in stretch or (len(items) > 1 and "," in stretch)
    if len(items) == 1:
        return items[0], end, begin
    return (Any(tuple(items)) if alternatives else All(tuple(items))), end, begin


def _doubtful(rest: str, group: Sequence[_Core], found: Sequence[_Core]) -> bool:
    """Further diagnoses follow that the list does not hold, or words that widen it."""
    later = [core for core in found if core.start > group[-1].end and core.site]
    widened = re.match(
        r"[^.;]{0,40}\b(?:or any|or other|including|such as|not limited to|e\.g|other than|except|excluding)\b", rest
    )
    other = re.match(r"\s*(?:\([^()]*\))?,? or\b", rest)
    return bool(widened and group[0].site) or bool(other) or (bool(later) and bool(group[0].site) and " or " in rest)


def _drafts(
    segment: Segment, group: Sequence[_Core], extent: Expression | None, place: tuple[int, int], rest: str
) -> list[Draft]:
    text = segment.plain.text
    begin, stop = place
    start, end = min(begin, group[0].start), max(group[-1].end, stop if extent is not None else 0)
    sites = list(dict.fromkeys(part for core in group for part in core.site.split(",") if part))
    kinds = {core.histology for core in group}
    if not sites:
        parts: list[Expression] = [] if extent is None else [extent]
        solid = All((*(_flat(parts)), Test("tumor_type", "==", "solid")))
        return [*_confirmed(text[:start]), Draft(start, end, solid if parts else Test("tumor_type", "==", "solid"))]
    site = Test("primary_site", "==", sites[0]) if len(sites) == 1 else Test("primary_site", "in", tuple(sites))
    items: list[Expression] = [site]
    if kinds == {"adenocarcinoma"}:
        items.insert(0, Test("histology", "==", "adenocarcinoma"))
    elif len(kinds) == 1 and "" not in kinds:
        items.insert(0, Test("histology", "==", kinds.pop()))
    stage_later = read_stage(rest) if extent is None else None
    if isinstance(extent, Any) or (isinstance(extent, Test) and extent.attribute == "stage_group"):
        if len(items) > 1 and isinstance(extent, Any) and not _has(extent, "disease_recurrent"):
            return [Draft(group[0].start, group[-1].end, All(tuple(items))), Draft(begin, stop, _dated(extent, text))]
        items.append(_bare(extent))
    elif extent is not None:
        items += _flat([extent])
    if stage_later is not None:
        items.append(stage_later)
    if len(items) > 1:
        return [Draft(start, end, All(tuple(items)))]
    return [Draft(start, end, items[0])]


def _bare(extent: Expression) -> Expression:
    """In any(..), a flag stands by its name alone."""
    if not isinstance(extent, Any):
        return extent
    return Any(
        tuple(
            Test(item.attribute, "") if isinstance(item, Test) and item.value is True else item for item in extent.items
        )
    )


def _dated(extent: Expression, text: str) -> Expression:
    return (
        Any(extent.items, method=AJCC)
        if isinstance(extent, Any)
        and re.search(r"ajcc|american joint committee", text)
        and (_has(extent, "stage_group"))
        else extent
    )


def _has(extent: Expression, attribute: str) -> bool:
    return f"{attribute} " in str(extent) + " "


def _flat(items: Sequence[Expression]) -> list[Expression]:
    return [part for item in items for part in (item.items if isinstance(item, All) else (item,))]


def _test(name: str, value: str | bool) -> Test:
    """A test of the lexicon: several values in one mean any of them."""
    if isinstance(value, str) and "," in value and "{" not in value:
        return Test(name, "in", tuple(value.split(",")))
    return Test(name, "==", value)
