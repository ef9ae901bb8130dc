"""Reads molecular markers of the tumor: mismatch repair, RAS, BRAF, HER2, fusions, circulating tumor DNA."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chemoplan.trials.expression import All, Any, Expression, Not, Test
from chemoplan.trials.grammar.biomarkers_genes import FoundMarker, gene_lists, limits, variants
from chemoplan.trials.grammar.diagnosis_words import cores
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.mentions import mentions
from chemoplan.trials.segments import Segment

_INTEREST = (
    "ras", "raf", "brca", "mek", "pd-l1", "pdl1", "mutant", "mutation", "her2", "her-2", "erbb2", "msi", "mss", "mmr", "satellite",
    "mismatch", "ntrk", "ret ", "tmb", "ctdna", "pik3ca", "pole", "pold", "tp53", "idh",
)  # fmt: skip
_NEGATED = re.compile(
    r"\b(?:no|not|without|absence of|lack of|negative for|free of)\b[^,;.]{0,40}$|\bnon-?(?:hotspot)?\s*$"
)
_KNOWN = re.compile(r"\bno known\b[^;.]*$|\bnot (?:have )?(?:a )?known\b[^;.]*$")
_UNKNOWN = re.compile(
    r"\b(?:or|and/or) unknown (?:\w+ )?(?:status|mmr|msi)|\bunknown (?:mmr|msi|mutation)[^.;]*\b(?:eligible|allowed|permitted)"
)
_MUST_NOT = re.compile(r"\bmust not have\b|\bcannot have\b|\bshould not have\b")
_BETWEEN = re.compile(
    r"[\s,()/\[\]]*(?:status )?(?:disease )?(?:\([^()]*\) ?)?(?:by (?:ihc|immunohistochemistry|pcr|ngs))?[\s,/]*"
    r"(?:and/or|or|and|/|with)?[\s,/(]*(?:have |has |a )?"
)
_CANCER = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:\w+ ){0,2}?(?:m?crc\b|cancers?\b|carcinomas?\b|(?:solid )?tumou?rs?\b|nsclc|melanoma)"
)
_ALTERNATIVE = re.compile(r"\w\)?,? or (?:an? )?(?:known |documented )?$")
_EXCEPTION = re.compile(r"\bexceptions?\b[^.;]*$|\b(?:specimens?|samples?) for (?:the )?diagnosis\b[^.;]{0,20}$")
_SPOKEN_OF = re.compile(
    r"[^.;]{0,80}?\b(?:are|is|will be|may be|can be) (?:also |still )?(?:not )?(?:eligible|allowed|permitted|excluded|acceptable)\b"
)
_NOTHING_ELSE = re.compile(
    r"(?:\W|\b(?:an?|the|with|whose|is|are|has|have|known|documented|status|positive|disease|tumou?rs?|cancers?|mutations?|colorectal|crc|solid"
    r"|participants?|patients?|subjects?|that|which|or|and)\b|\([^()]*\))*"
)
_SEVERAL_SCOPES = re.compile(r"\b(?:cohorts?|parts?|arms?) [a-z\d][\w, ]{0,30}:")
_JOIN_ANY = re.compile(r"\b(?:or|and/or)\b|/")


@dataclass(frozen=True, slots=True)
class _Words:
    marker: re.Pattern[str]
    tests: tuple[tuple[str, str | bool], ...]
    alleles: re.Pattern[str]
    allele: re.Pattern[str]
    other: re.Pattern[str]
    conditional: re.Pattern[str]
    details: tuple[tuple[re.Pattern[str], str], ...]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = lexicon("biomarkers")
    marker = "|".join(f"(?P<m{at}>{entry['words']})" for at, entry in enumerate(data["markers"]))
    one = data["alleles"].replace("?P<allele>", "?:")
    gene = data["genes"]["kras"]
    return _Words(
        re.compile(marker),
        tuple((entry["test"][0], entry["test"][1]) for entry in data["markers"]),
        re.compile(
            rf"(?:(?:{gene})[ -]*(?:{one}(?:[\s,/]*(?:and/or|or"
            rf"|and)?[\s,/]*(?:kras )?{one})*)(?:[ -]?(?:mutations?|mutated|mutant|variant))*"
            rf"|homolog (?:{one})[^.;]{{0,12}}mutation|(?:{one}) mutated kras)"
        ),
        re.compile(data["alleles"]),
        re.compile(data["other_matter"]),
        re.compile(data["conditional"]),
        tuple((re.compile(pattern), words) for pattern, words in data["details"]),
    )


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    text = segment.plain.text
    if not mentions(text, _INTEREST) or segment.effect not in ("require", "exclude") or segment.note:
        return ()
    words = _words()
    if _SEVERAL_SCOPES.search(text, segment.begins + 1):
        return ()
    found = _found(text, words)
    if not found:
        return ()
    drafts = []
    for group in _groups(text, found):
        if words.other.match(text[group[-1].end :]) or words.conditional.search(_sentence(text, group)):
            continue
        draft = _draft(segment, group, words)
        if draft is not None:
            drafts.append(draft)
    return drafts


def _sentence(text: str, group: Sequence[FoundMarker]) -> str:
    """The sentence that holds the markers."""
    begin = max(text.rfind(". ", 0, group[0].start), 0)
    end = text.find(". ", group[-1].end)
    return text[begin : end if end > 0 else len(text)]


def markers_in(text: str) -> Expression | None:
    """The markers that a phrase such as "tumors that are MSI-H or dMMR" names; None where it names more than them."""
    words = _words()
    found = _found(text, words)
    groups = _groups(text, found) if found else []
    if len(groups) != 1 or _NEGATED.search(text[: groups[0][0].start]) or _UNKNOWN.search(text):
        return None
    start, end = groups[0][0].start, groups[0][-1].end
    return _joined(text, groups[0], "") if _NOTHING_ELSE.fullmatch(f"{text[:start]} {text[end:]}") else None


def _found(text: str, words: _Words) -> list[FoundMarker]:
    found: list[FoundMarker] = []
    for match in words.alleles.finditer(text):
        names = dict.fromkeys(item["allele"] for item in words.allele.finditer(match.group()))
        tests: list[Expression] = [Test(f"kras_{name}", "==", "detected") for name in names]
        if text[match.end() :].lstrip().startswith("or kras amplification"):
            tests.append(Test("kras_amplification", "==", "detected"))
        found.append(FoundMarker(match.start(), match.end(), tests[0] if len(tests) == 1 else Any(tuple(tests))))
    for item in (*gene_lists(text), *variants(text), *limits(text)):
        if not any(other.start < item.end and item.start < other.end for other in found):
            found.append(item)
    for match in words.marker.finditer(text):
        if any(item.start < match.end() and match.start() < item.end for item in found):
            continue
        at = next(index for index in range(len(words.tests)) if match[f"m{index}"])
        name, value = words.tests[at]
        found.append(FoundMarker(match.start(), match.end(), Test(name, "==", value)))
        if "nras/braf" in match.group():
            found.append(FoundMarker(match.start(), match.end(), Test("braf", "==", "wild_type")))
    joint = re.search(r"\b(k?ras),? (?:and|&) braf[ -](?:v600e )?(?:wild[- ]?type|wt)", text)
    if joint and not any(item.start < joint.end(1) and joint.start() < item.end for item in found):
        found.append(FoundMarker(joint.start(), joint.end(1), Test(joint.group(1), "==", "wild_type")))
    kept = sorted(found, key=lambda item: item.start)
    return [] if _contradictory(kept) or _in_a_list(text, kept) else kept


def _contradictory(found: Sequence[FoundMarker]) -> bool:
    """The same marker with two values: the words tell cases apart that are not read here."""
    values: dict[str, set[str]] = {}
    for item in found:
        if isinstance(item.expression, Test):
            values.setdefault(item.expression.attribute, set()).add(str(item.expression.value))
    return any(len(several) > 1 for several in values.values())


def _in_a_list(text: str, found: Sequence[FoundMarker]) -> bool:
    """The marker belongs to one entry of a list of cancers, or to an alternative that is not a marker."""
    for item in found:
        before, after = text[: item.start], text[item.end :]
        if before.rstrip().endswith(",") and before.count(",") >= 2 and re.match(r"[\s\w/()-]{0,40},", after):
            return True
        following = _CANCER.match(after)
        if following and any(core.end < item.start for core in cores(before)):
            return True
        last = item is found[-1]
        if (
            last
            and re.match(r"\s*(?:,|/)?\s*or (?!.{0,30}amplification)", after)
            and not re.match(r"\s*or (?:unresectable|metastatic|locally)", after)
        ):
            return True
    return False


def _groups(text: str, found: Sequence[FoundMarker]) -> list[list[FoundMarker]]:
    """Markers that follow each other with nothing but joining words between them."""
    groups: list[list[FoundMarker]] = []
    for item in found:
        between = text[groups[-1][-1].end : item.start] if groups else ""
        if groups and _BETWEEN.fullmatch(between):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _draft(segment: Segment, group: Sequence[FoundMarker], words: _Words) -> Draft | None:
    text = segment.plain.text
    start, end = group[0].start, group[-1].end
    before = text[:start]
    if _ALTERNATIVE.search(before) or _EXCEPTION.search(before) or _SPOKEN_OF.match(text[end:]):
        return None
    detail = next((shown for pattern, shown in words.details if pattern.search(text)), "")
    expression = _joined(text, group, detail)
    if expression is None:
        return None
    if _KNOWN.search(before):
        known = Not(expression, known=True)
        return Draft(start, end, known, effect="require") if segment.effect == "require" else None
    if _MUST_NOT.search(before):
        return Draft(start, end, expression, effect="exclude")
    if _NEGATED.search(before):
        if segment.effect != "require" or not re.search(r"\bnon-?\s*$|\bnon-$", before):
            return None
        return Draft(start, end, Not(expression), effect="require")
    if _UNKNOWN.search(text):
        return None
    return Draft(start, end, expression)


def _joined(text: str, group: Sequence[FoundMarker], detail: str) -> Expression | None:
    items = list({str(item.expression): item for item in group}.values())
    if len(items) == 1:
        only = items[0].expression
        return replace(only, detail=detail) if isinstance(only, Test) else only
    tests = tuple(item.expression for item in items)
    between = text[items[0].end : items[-1].start]
    names = {test.attribute for test in tests if isinstance(test, Test)}
    if names == {"mmr", "msi"}:
        values = {str(test.value) for test in tests if isinstance(test, Test)}
        if values == {"deficient", "high"} or values == {"proficient", "stable"}:
            return Any(tests)
        return None
    if _JOIN_ANY.search(between):
        return Any(tests)
    return All(tests) if re.search(r"\band\b|\bwith\b|,", between) else None
