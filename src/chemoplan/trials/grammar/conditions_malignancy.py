"""Reads other cancers: "another malignancy within 3 years before enrollment, except ..."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chemoplan.trials.expression import Any, Expression, If, Test, Window
from chemoplan.trials.grammar.conditions_mentions import PERMITTED, Sentence, exempt_text, sentences
from chemoplan.trials.grammar.conditions_words import holds
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.windows import windows
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

_OTHER, _BESIDE = (frozenset(lexicon("conditions")["malignancy"][name].split()) for name in ("other", "beside"))
_NOUN = re.compile(
    r"\b(?:malignanc(?:y|ies)|malignant (?:disease|tumou?r)s?|cancers?|neoplasms?|carcinomas?)\b"
    r"(?![-/]|\s*(?:therap|treat|agent|drug|genetic|medic|cell))"
    r"(?P<marrow>\s+or myeloproliferative disorder)?"
)
_STEMS = ("cancer", "malignan", "neoplasm", "carcinoma")
_SCOPE = re.compile(
    r"[^:.;]{0,60}\b(?:cohorts?|strat(?:um|a)|parts?|phase|arms?|only|modules?|cancers?)\b[^:.;]{0,30}:\s*"
)
_OR_ELSE = re.compile(r",?\s+or\s+(?=(?:(?:have|has|had) been|any evidence|any history|a history|history|evidence)\b)")
_SEEN = re.compile(
    r"\b(?:is |are )?progress(?:ing|ive|ed)\b.{0,20}\b(?:requir\w+|treat\w+)|\bhas (?:progressed|required).{0,25}treat"
)
_TREATED = re.compile(r"\brequired (?:active |systemic )?(?:treatment|therapy)\b|\btreated for\b")
_AND_MORE = re.compile(r"\b(?:and|or) (?:has|have|had|is|are|was|were|evidence|shown)\b")
_DIAGNOSED = re.compile(r"\bdiagnosed (?:and/or|or|and|with or) treated\b")
_RESIDUAL = re.compile(r"\bevidence of residual disease from a previously diagnosed malignancy")
_STUDIED = re.compile(
    r"(?:that|the one|the (?:target )?(?:disease|cancer|malignanc(?:y|ies)|indication)s?|those (?:being )?(?:treated|under|studied))\b"
    r"(?:(?!within|last|past|prior)[^,])*\b(?:stud\w+|trial|protocol)"
)
_OTHER_THAN = re.compile(
    r"[\s,(]{1,4}other than\b(?P<whole>\s+(?:that|those|the (?:one|disease|cancer|tumou?r|malignancy|indication|study))\b"
    r"[^.,;]{0,40}\b(?:stud\w+|treated|trial|protocol|investigat\w+)[^.,;]{0,25}[.)\s]*$)?"
)
_ELSEWHERE = re.compile(
    r",? \(?(?:except(?:ing)?(?: for)?|excluding|with the exception of)\b[^.;]{0,80}\b(?:skin|cervi\w+|basal|in[- ]situ)\b"
)
"""Exempted cancers of the skin or cervix: the cancer is not the one under study."""
_ACTIVE = re.compile(r"\bactive\b(?! (?:treatment|surveillance|therapy|intervention))")
_INTERFERES = re.compile(
    r"(?:prior|concurrent|previous) malignanc(?:y|ies)\b.{0,20}"
    r"whose natural history or treatment does not have the potential to interfere"
)


def read_malignancy(segment: Segment) -> Sequence[Draft]:
    """The other cancers of a segment: at most one draft."""
    text = segment.plain.text
    if not holds(text, _STEMS):
        return ()
    interferes = _INTERFERES.search(text) if segment.effect == "require" and "natural history" in text else None
    if interferes:
        then = Test("other_malignancy_interferes_with_assessment", value=False)
        return (
            Draft(interferes.start(), interferes.end(), If(Test("other_malignancy"), then), "require", "judgement"),
        )
    if segment.effect != "exclude" or segment.note:
        return ()
    parts = sentences(text)
    if not parts:
        return ()
    first, later = parts[0], parts[1:]
    scope = _SCOPE.match(text, first.low, first.high)
    low = scope.end() if scope else first.low
    cuts = list(_OR_ELSE.finditer(first.flat, low, first.high))
    starts, ends = [low, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), first.high]
    found: list[Draft] = []
    for start, end in zip(starts, ends, strict=True):
        head = _head(first.flat, text, start, end)
        expression = _expression(head, replace(first, low=start, high=end), text) if head else None
        if head is None or expression is None:
            continue
        for sentence in later:
            body = text[sentence.low : sentence.high]
            if PERMITTED.search(body) or re.match(r"\s*(?:except|note|does not|this)", body):
                expression = replace(expression, exceptions=(*expression.exceptions, exempt_text(body)))
        found.append(Draft(head.start, max(end, head.end), expression))
    residual = _RESIDUAL.search(text)
    if residual:
        kept = found[0].expression.exceptions if found and isinstance(found[0].expression, Test | Any) else ()
        left = Test("other_malignancy", "==", "residual_disease", exceptions=kept)
        found.append(Draft(residual.start(), residual.end(), left))
    return found


@dataclass(frozen=True, slots=True)
class _Head:
    start: int
    end: int
    words: tuple[str, ...]
    marrow: bool


def _head(flat: str, text: str, low: int, high: int) -> _Head | None:
    """The words that name another cancer, from the start of the clause on: none of them may say anything else."""
    for noun in _NOUN.finditer(flat, low, high):
        words = tuple(re.findall(r"[a-z]+", flat[low : noun.start()]))
        if not all(word in _OTHER or word in _BESIDE for word in words):
            return None
        if "for" in words and "treated" not in words:
            return None
        beside = _OTHER_THAN.match(text, noun.end())
        other_than = beside is not None and (
            "active" in words or (beside["whole"] is not None and not windows(text[beside.start() :]))
        )
        elsewhere = "active" in words and _ELSEWHERE.match(text, noun.end()) is not None
        if any(word in _OTHER for word in words) or other_than or elsewhere:
            return _Head(low, noun.end(), words, noun["marrow"] is not None)
    return None


def _expression(head: _Head, sentence: Sentence, text: str) -> Test | Any | None:
    flat = sentence.flat
    tail = flat[head.end : sentence.high]
    clause = flat[head.start : sentence.high]
    if PERMITTED.search(tail) and "exclu" not in tail:
        return None
    if re.search(r"\b(?:unless|except)\b", clause):
        return None
    here = [span for span in windows(text[head.end : sentence.high]) if tail[span.start : span.end].strip()]
    found = [span for span in here if not span.minimum]
    window = found[0].window if found else None
    detail = f"{tail[: found[0].start]} {tail[found[0].end :]}" if found else tail
    detail = exempt_text(re.sub(r"\bwill be excluded\b|\bare excluded\b|\bthe\s*$", "", detail))
    value: str | bool = True
    if _SEEN.search(clause):
        value, detail = "progressing or treated", ""
    elif _DIAGNOSED.search(clause):
        value, detail = "diagnosed or treated", ""
    elif _ACTIVE.search(clause):
        value = "active" + (" and clinically significant" if "clinically significant" in clause else "")
        detail = re.sub(r"^(?:that (?:is|are) )?active\b\s*", "", detail)
    elif window is not None and _TREATED.search(clause) and not _AND_MORE.search(clause):
        value, detail = "treated", ""
    attribute = "other_invasive_malignancy" if "invasive" in head.words else "other_malignancy"
    if attribute == "other_invasive_malignancy" and value is not True:
        attribute = "other_malignancy"
    kept = tuple(item for item in sentence.exceptions if item and not _STUDIED.fullmatch(item))
    dated = _dated(kept[-1]) if len(kept) == 1 and window is None else None
    if dated is not None:  # "other than the one treated in this trial within 2 years": the span is not the exception's
        window, kept = dated, ()
    if "synchronous" in head.words:
        attribute = "synchronous_primary"
    if head.marrow:
        items: tuple[Expression, ...] = (Test(attribute, ""), Test("myeloproliferative_disorder", ""))
        return Any(items, detail=detail, window=window, exceptions=kept)
    return Test(attribute, "==", value, detail=detail, window=window, exceptions=kept)


def _dated(exception: str) -> Window | None:
    """The span behind an exception that names the cancer under study."""
    studied = _STUDIED.match(exception)
    spans = windows(exception[studied.end() :]) if studied else []
    if studied is None or len(spans) != 1 or spans[0].minimum:
        return None
    rest = exception[studied.end() :]
    return None if rest[: spans[0].start].strip(" ,") or rest[spans[0].end :].strip(" ,.") else spans[0].window
