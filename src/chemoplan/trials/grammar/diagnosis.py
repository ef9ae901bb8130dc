"""Reads the diagnosis a study is about: "histologically confirmed locally advanced or metastatic colorectal adenocarcinoma".

Only a line that begins with the diagnosis is read, after words such as "patients with confirmed": the same words further
on speak of other things (treatment for colorectal cancer, a history of it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chemoplan.trials.expression import All, Any, Expression, Test
from chemoplan.trials.grammar.diagnosis_extent import JOINS, bare, dated, flat, has, read_extent
from chemoplan.trials.grammar.diagnosis_words import Core, cores, words
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.stages import read_categories, read_stage
from chemoplan.trials.segments import Segment

_PREAMBLE = re.compile(
    r"(?:\W*(?:"
    r"patients?|participants?|subjects?|individuals?|they|adults?|women|men|the|must|should|have|has|had|be|been|being"
    r"|with|a|an|are|is|or|and|and/or|of|in|for|"
    r"current|known|new|newly|diagnos(?:is|ed|es)|diagnostic|documented|proven|confirmed|confirmation|verified"
    r"|verification|evidence|established|primary|prior|"
    r"histolog(?:y|ic|ical|ically)|cytolog(?:y|ic|ical|ically)|patholog(?:y|ic|ical|ically)|radiograph(?:y|ic"
    r"|ical|ically)|radiolog(?:ic|ically)|clinical(?:ly)?|"
    r"biopsy|microscopic(?:ally)?|tumou?r|tissue|type|male|female|aged?|invasive|previously|untreated|measurable|any|"
    r"eligible|refractory|determined|on|staging|evaluation|to|via|by|"
    r"presence|presenting|either|all|currently|measurable|radiographically|first|who|that|"
    r"histologically-|cytologically-|d-?mmr|p-?mmr|mmr|msi-?hi?(?:gh)?|msi|mss|ihc|micro ?satellite"
    r"|mismatch|repair|deficient|proficient|stable|instability|high|low"
    r"|her2[- ]?(?:positive|negative)|brca[12]?|(?:cancer|disease)(?= (?:that|which) is)"
    r")\b(?:\s*/)?)*[\s\W]*"
)
_UNREAD = ("metastatic to", "in situ")
_LIST = re.compile(r"^[\s,;/]*(?:and/or|or|and)?[\s,;/]*(?:\([^()]*\))?[\s,;/]*(?:and/or|or|and)?[\s,;/]*(?:a |an )?$")
_STOPS = re.compile(
    r"^\s*(?:-[\w-]+)?\s*(?:patients?|screening|survivors?|surgery|resection|syndromes?|risk|history|care|program|cells?|liver"
    r"|to (?:only|one|a|the))\b"
)
_BEHIND = re.compile(
    r"\s*,?\s*(?:which|that) (?:is|are) |\s+who have (?=locally recurrent|metastatic|unresectable|recurrent)"
    r"|\s*,?\s*with (?=(?:documented )?(?:unresectable|metastatic|locally))"
    r"|\s*, (?=locally|metastatic|unresectable)"
)
_ELSE = re.compile(
    r"^\s*(?:\([^()]*\)\s*)?(?:(?:that|who) (?:in|would|may|could|might)|not meeting|must|should|may|will|need|are|is"
    r"|who (?:must|should)|who (?:have|had|are)\b(?=[^.;]*\b(?:must|should|may|can|will|need|eligible|allowed|permitted|excluded)\b)"
    r"|:|-\s(?![\w -]{2,40}\bonly\b))|[^.;(]{0,60}:\s*\S"
)
_SENTENCE = re.compile(
    r"[.;] (?=(?:participants|patients|subjects) (?:must|should) have (?:an? )?(?:histolog|cytolog|patholog|biopsy|confirmed|documented))"
)
_NOT_THE_BRAIN = re.compile(
    r"[^.;]{0,40}?\b(?:excluding|except(?: for)?|other than|with the exception of|but not) (?:\w+ )?"
    r"primary (?:central nervous system|cns|brain)"
    r"(?: \(cns\))?(?: tumou?rs?| cancers?| malignanc(?:y|ies)| lymphomas?)?"
)
_INCLUDING = re.compile(
    r"[^.;:(]{0,30}\b(?:including|such as|e\.g)\b(?!,? but not (?:limited|restricted))|\s*\((?:e\.g|including|such as)"
)
_ONE_OF = re.compile(r"\s*(?:from|of|in|with) one of the following[\w ]{0,30}:\s*$")
_MARKED = (
    r"(?:(?:(?P<high>msi-?h(?:i(?:gh)?)?|d-?mmr|mmr[- ]deficient)|(?P<low>mss|p-?mmr|mmr[- ]proficient)"
    r"|her2[- ](?:positive|negative)|[bn]?k?ras[- ](?:mutant|mutated|wild[- ]type))\b(?: \([^()]*\))?[ ,/]*(?:(?:or|and|and/or) )?)"
)
_FULL_STOP = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)\. (?=[a-z(])")
_NEAR = 160
"""Characters: no words that may stand between the extent and the cancer, with its own name, are longer."""
_MARKERS = re.compile(rf"[\s,]*{_MARKED}{{1,3}}".replace("?P<high>", "?:").replace("?P<low>", "?:"))
_BEFORE_ONE = re.compile(_MARKED + "$")
_NAMED = re.compile(
    r"\s*(?:,? (?:with )?(?P<plain>[\w -]{4,24}?) (?:histology|subtype)\b|\((?P<inside>[\w -]{4,24}?)(?: histology| subtype| only)?\))"
)
_FURTHER = re.compile(
    r"\b(?:must|who|whose|with|treated|that|which|previously|has|have|had|should|may|are|is|if|for|to)\b"
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One cancer of a list with what its own words add: a histology, a marker."""

    core: Core
    end: int
    added: tuple[Test, ...] = ()


def read(segment: Segment) -> Sequence[Draft]:
    """The diagnosis, its extent and its stage."""
    text = segment.plain.text
    if segment.section != "inclusion" or segment.effect not in ("require",) or segment.note or text.startswith("["):
        return ()
    label = re.match(
        r"(?:[\w ().-]{0,40}(?:only|cohort \w+|part \w+|phase|diagnosis|histology|arm \w+))\s*[:;]\s*|\w+ cohort:\s*",
        text,
    )
    found = _read(segment, max(segment.begins, label.end() if label else 0))
    later = _SENTENCE.search(text) if not found else None
    return _read(segment, later.end()) if later else found


def _read(segment: Segment, begin: int) -> Sequence[Draft]:
    text = segment.plain.text
    preamble = _PREAMBLE.match(text, begin)
    at = preamble.end() if preamble else begin
    if re.search(r"\bfor (?:participants|patients|subjects|those)\b", text[begin:at]):
        return ()
    extent, after, from_ = read_extent(text, at)
    stop = after
    near = cores(text, max(after - 1, 0), after + _NEAR)
    if not near or not _side_by_side(text, after, near[0].start):
        return _any_cancer(text, extent, from_, after)
    found = cores(text, near[0].start, _sentence_end(text, near[0].end))
    entries = _entries(text, found[0], found[1:])
    rest = text[entries[-1].end :]
    behind = _BEHIND.match(rest)
    if behind and extent is None:
        extent, stop, from_ = read_extent(text, entries[-1].end + behind.end())
        if extent is not None:
            rest = text[stop:]
    if _STOPS.match(rest) or any(unread in text for unread in _UNREAD):
        return ()
    place = (from_ if extent else found[0].start, stop)
    solid = not any(entry.core.site or entry.core.histology for entry in entries)
    if solid and extent is not None and _INCLUDING.match(rest) and not _ONE_OF.match(rest):
        return [*_confirmed(text[: place[0]]), Draft(place[0], stop, extent)]
    without = _NOT_THE_BRAIN.match(rest)
    if _ELSE.match(rest) and not (without or (solid and _ONE_OF.match(rest))):
        return ()
    if not without and _doubtful(rest[: _sentence_end(rest, 0)], entries, found):
        return _whole_list(text, extent, place, rest, entries)
    drafts = _drafts(segment, entries, extent, place, rest)
    if without:
        excluded = Draft(entries[-1].end, entries[-1].end + without.end(), Test("primary_cns_tumor", "==", False))
        drafts.append(excluded)
    return drafts


def _sentence_end(text: str, at: int) -> int:
    """Where the sentence that goes on at the place ends."""
    match = _FULL_STOP.search(text, at)
    return match.start() if match else len(text)


def _side_by_side(text: str, after: int, start: int) -> bool:
    """Does nothing but joining words, or a marker of the tumor, stand between?"""
    between = text[after:start]
    return start <= after + 1 or JOINS.fullmatch(between) is not None or _MARKERS.fullmatch(between) is not None


def _entries(text: str, first: Core, others: Sequence[Core]) -> list[_Entry]:
    """The cancers of a list that begins with the first, as far as nothing but their own qualifiers stands between."""
    entries = [_entry(text, first)]
    marker = _BEFORE_ONE.search(text[: first.start])
    for core in others:
        between = text[entries[-1].end : core.start]
        own = _BEFORE_ONE.search(between)
        if not _LIST.match(between[: own.start()] if own else between):
            break
        if marker and len(entries) == 1:
            entries[0] = replace(entries[0], added=(*entries[0].added, *_marked(marker)))
        entry = _entry(text, core)
        entries.append(replace(entry, added=(*entry.added, *_marked(own))) if own else entry)
    return entries


def _entry(text: str, core: Core) -> _Entry:
    """A cancer with the histology that the words behind it name."""
    match = _NAMED.match(text, core.end)
    if match is None or core.histology:
        return _Entry(core, core.end)
    kind = words().named.fullmatch((match["plain"] or match["inside"]).strip())
    if kind is None:
        return _Entry(core, core.end)
    name = words().names[next(at for at in range(len(words().names)) if kind[f"k{at}"])]
    return _Entry(replace(core, histology=name), match.end())


def _marked(match: re.Match[str]) -> tuple[Test, ...]:
    words_of = match.group()
    names = {"mmr": ("deficient", "proficient"), "msi": ("high", "stable")}
    name = "mmr" if "mmr" in words_of else "msi"
    if not (match["high"] or match["low"]):
        return ()
    return (Test(name, "==", names[name][0 if match["high"] else 1]),)


def _whole_list(
    text: str, extent: Expression | None, place: tuple[int, int], rest: str, entries: Sequence[_Entry]
) -> list[Draft]:
    """Of a list that is not understood to its end: the extent that stands before it and holds for all of it."""
    listed = re.match(r"[^.;:]{0,400}(?:,| and | or )[^.;:]{0,60}", rest)
    if (
        extent is None
        or has(extent, "stage_group")
        or place[1] > entries[0].core.start + 1
        or not listed
        or _ELSE.match(rest)
    ):
        return []
    if re.search(r"\b(?:or any|with|who|that|recurrent|metastatic|advanced|resect\w+|unresect\w+|stage)\b", rest):
        return []
    return [*_confirmed(text[: place[0]]), Draft(place[0], place[1], extent)]


def _any_cancer(text: str, extent: Expression | None, begin: int, after: int) -> Sequence[Draft]:
    """The extent of a cancer that is not named: "locally advanced or metastatic malignancy"."""
    match = words().any_cancer.match(text, after)
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


def _doubtful(rest: str, entries: Sequence[_Entry], found: Sequence[Core]) -> bool:
    """Further diagnoses follow that the list does not hold, or words that widen it."""
    later = [core for core in found if core.start > entries[-1].end and (core.site or core.histology)]
    named = bool(entries[0].core.site)
    widened = re.match(
        r"[^.;]{0,40}\b(?:or any|or other|including|such as|not limited to|e\.g|other than|except|excluding)\b", rest
    )
    other = re.match(
        r"\s*(?:\([^()]*\))?(?:,? or\b|,? (?:and )?(?:any )?other\b"
        r"|,? and (?!must|have|has|with|who|are|is|measurable|documented|not|at|[<>]))",
        rest,
    )
    if bool(widened and named) or bool(other) or (bool(later) and named and " or " in rest):
        return True
    offset = entries[-1].end
    goes_on = re.match(r"\s*(?:\([^()]*\))?\s*,", rest)
    return (
        named
        and bool(goes_on)
        and any(
            not re.search(r"[.;]", rest[: core.start - offset]) and not _FURTHER.search(rest[: core.start - offset])
            for core in later
        )
    )


def _drafts(
    segment: Segment, entries: Sequence[_Entry], extent: Expression | None, place: tuple[int, int], rest: str
) -> list[Draft]:
    text = segment.plain.text
    begin, stop = place
    start, end = min(begin, entries[0].core.start), max(entries[-1].end, stop if extent is not None else 0)
    items = _which(entries)
    if not items:
        solid = All((*(flat([] if extent is None else [extent])), Test("tumor_type", "==", "solid")))
        return [*_confirmed(text[:start]), Draft(start, end, solid if extent else Test("tumor_type", "==", "solid"))]
    stage_later = read_stage(rest) if extent is None else None
    defined = _defined(rest, entries[-1].end if extent is None or stop <= entries[-1].end else stop)
    if defined is not None:
        stage_later = None
    if isinstance(extent, Any) or (isinstance(extent, Test) and extent.attribute == "stage_group"):
        if len(items) > 1 and isinstance(extent, Any) and not has(extent, "disease_recurrent"):
            drafts = [
                Draft(entries[0].core.start, entries[-1].end, All(tuple(items))),
                Draft(begin, stop, dated(extent, text)),
            ]
            return [*drafts, *([defined] if defined else [])]
        items.append(bare(extent))
    elif extent is not None:
        items += flat([extent])
    if stage_later is not None:
        items.append(stage_later)
    whole = Draft(start, end, All(tuple(items)) if len(items) > 1 else items[0])
    return [whole, defined] if defined else [whole]


def _which(entries: Sequence[_Entry]) -> list[Expression]:
    """The sites as one test where they differ in nothing else; each with its own histology and marker where they do."""
    cores_of = [entry.core for entry in entries]
    kinds = {core.histology for core in cores_of}
    sites = list(dict.fromkeys(part for core in cores_of for part in core.site.split(",") if part))
    if not sites and kinds == {""}:
        return []
    if any(entry.added for entry in entries) or len(kinds) > 1:
        each = [_flat_all([*_kind(entry.core), *_site(entry.core.site.split(",")), *entry.added]) for entry in entries]
        return [Any(tuple(each))] if all(each) else []
    return [*_kind(cores_of[0]), *_site(sites)]


def _flat_all(tests: Sequence[Test]) -> Expression:
    return tests[0] if len(tests) == 1 else All(tuple(tests))


def _kind(core: Core) -> list[Test]:
    return [Test("histology", "==", core.histology)] if core.histology else []


def _site(sites: Sequence[str]) -> list[Test]:
    named = [site for site in sites if site]
    if not named:
        return []
    return [Test("primary_site", "==", named[0]) if len(named) == 1 else Test("primary_site", "in", tuple(named))]


def _defined(rest: str, offset: int) -> Draft | None:
    """What "defined as clinically T4N0 or stage III" says."""
    match = re.match(r"\W*(?:which is |that is )?defined as (?P<how>clinical(?:ly)? )?(?P<what>[^.;()]{2,60})", rest)
    if match is None:
        return None
    items: list[Expression] = []
    for part in re.split(r",? or ", match["what"].strip()):
        categories = read_categories(part)
        stage = read_stage(part)
        one = categories[0] if categories else stage
        if one is None or (categories and stage):
            return None
        items.append(one)
    detail = "clinical" if match["how"] else ""
    whole: Expression = Any(tuple(items), detail=detail) if len(items) > 1 else items[0]
    return Draft(offset + match.start("what"), offset + match.end("what"), whole)
