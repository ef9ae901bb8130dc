"""Reads age, sex, performance status, life expectancy, body mass, swallowing and consent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chemoplan.trials.expression import Test, Window
from chemoplan.trials.grammar import person_performance, person_reproduction
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.person_anchors import state_at
from chemoplan.trials.grammar.windows import NUMBER_WORDS, UNITS, window_after
from chemoplan.trials.reading import Effect
from chemoplan.trials.segments import Segment

_WORD = re.compile(r"[a-z]+")
_STEMS = frozenset(
    {
        "absti", "absta", "adult", "age", "aged", "ages", "ameno", "beari", "birth", "bmi", "breas", "child", "conce", "conse",
        "contr", "easte", "ecog", "expec", "feedi", "femal", "karno", "kps", "lacta", "lansk", "male", "males", "mass", "men",
        "menop", "mense", "nursi", "oral", "perfo", "postm", "pregn", "preme", "survi", "swall", "weigh", "women", "year", "years", "yrs",
        "zubro",
    }
)  # fmt: skip
"""The first five letters of the words of this family: a segment that holds none of them is left at once."""


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    text = segment.plain.text
    if _STEMS.isdisjoint([word[:5] for word in _WORD.findall(text)]):
        return ()
    drafts: list[Draft] = []
    if not segment.note and segment.effect != "define":
        for reader in (_age, person_performance.read, _life_expectancy, _body, _swallowing, _sex):
            drafts += reader(segment)
        drafts += _consent(segment)
    drafts += person_reproduction.read(segment)
    return drafts


# Age

_YEARS = r"(?:-?\s*(?:years?|yrs?\.?|y\.?o\.?|y/o|y)(?![\w/])(?:[\s-]*(?:of age|olds?|age|in age))?)"
_OLDER = (
    r"(?:\s*(?:years?|yrs?\.?)?(?:[\s-]*(?:of age|old))?\s*,?\s*\(?(?:and|or|&)\s+(?P<{name}>older|above|over|up|greater"
    r"|more|upwards?|younger|below"
    r"|under|less)\)?(?: (?:in|of) age)?)"
)
_AGE = re.compile(
    rf"(?P<lead>\b(?:adults?|patients?|subjects?|participants?|individuals?|volunteers?|people|men|women|males?|females?)?[\s,]*"
    rf"(?:\badults? \(|\b(?:ages?d?|age range|age group)\b)[\s:]*(?:(?:must be|must|should|is|are|of|range|should be|at|from|in years"
    rf"|limits?|years)\b[\s:]*)*)?"
    rf"(?:between\s+(?:the ages? of\s+)?)?(?:(?P<sign>[<>]=?|under|over|above|below|older than"
    rf"|younger than)\s*(?:\(?[<>]=?\)?\s*)?)?(?:the age of\s+)?"
    rf"(?P<low>\d{{1,3}})(?![\d.,]*\d)(?P<units>{_YEARS})?{_OLDER.format(name='older')}?"
    rf"(?:\s*,?\s*(?:-|to|and|but|through"
    rf"|until)\s*(?:age\s+)?(?P<sign2>[<>]=?)?\s*(?P<high>\d{{1,3}})(?![\d.,]*\d)(?P<units2>{_YEARS})?(?P<inclusive>,? \(?inclusive\)?)?)?"
    rf"(?P<units3>\s*(?:years?|yrs?)?\s*of age)?{_OLDER.format(name='older2')}?"
)
_NOT_AGE = re.compile(
    r"donor|mmud|caregiver|child who|\bparent|partner|"
    r"menopaus|menses|menstr|menarche|amenorrh|\bbecause\b|\bif\b|\bunless\b|\bfamily\b|\brelatives?\b|\bhistory\b"
    r"|karnofsky|lansky|performance"
    r"|\bwithin\b|\b(?:past|last|previous|prior|first|for)\b|\bsurviv|\bevery\b|pack|\bsmok|follow-?up|\bexcept"
    r"|\b(?:for|in|among) (?:patients|subjects|participants|those|children|women|men|adults)\b|child-?bearing"
    r"|\bexpectancy\b|months? (?:and|to)\s*$|\bdisease-free\b|remission"
)
_NOT_AGE_AFTER = re.compile(
    r"^[^.;,]{0,25}\bmust have\b|^\s*without\b|^,? and having\b|^[^.;]{0,30}\bmay opt\b|^\)?\s*(?:currently|with)\b(?=.*\btaking)|"
    r"^[^.;]{0,60}?(?:menses|amenorrh|menopaus|karnofsky|lansky|mg/dl|after safety)|^\s*[:;]\s*\d|^\s*(?:ago|prior|before"
    r"|after (?!consent))\b|^\s*or\s+[<>=\d]"
    r"|^\s*\([^)]*karnofsky"
)
_SIGNS = {
    "under": "<", "below": "<", "younger than": "<", "over": ">", "above": ">", "older than": ">", "older": ">=", "up": ">=",
    "greater": ">=", "more": ">=", "upward": ">=", "upwards": ">=", "younger": "<=", "less": "<=",
}  # fmt: skip


_THAN = re.compile(r"\s*(?:years? )?(?:younger|older|earlier|before) (?:than|the)\b")
"""Behind a number of years it makes it a distance from another age."""


def _age(segment: Segment) -> Iterator[Draft]:
    """Limits of age; not those of a definition, a table, a family history, or a circumstance."""
    text = segment.plain.text
    if segment.effect not in ("require", "exclude"):
        return
    for match in _AGE.finditer(text):
        named = match["lead"] or (match["units"] and re.search(r"age|old", match["units"])) or match["units3"]
        named = named or (match["units2"] and re.search(r"age|old", match["units2"]))
        bare = not named and re.fullmatch(
            r"[\W\d]*(?:(?:adult|patient|subject|participant)s?\s*)?", text[: match.start()]
        )
        if not named and not (bare and match["units"] and (match["sign"] or match["older"]) and len(text) < 60):
            continue
        before = text[max(0, match.start() - 90) : match.start()]
        before = re.split(r"[.;]\s|:\s", before)[-1]
        if _NOT_AGE.search(before) or _NOT_AGE_AFTER.search(text[match.end() :]) or _THAN.match(text, match.end()):
            continue
        if re.search(r"\b(?:wo)?men\b|\bfemales?\b", before) and not re.search(
            r"(?<!wo)\bmen\b|(?<!fe)\bmales?\b", before
        ):
            continue
        found = _age_limits(match, segment)
        if found is not None:
            test, note = found
            effect = _age_effect(test, segment)
            if re.match(r"[^.;]{0,40}\b(?:are|will be|is) excluded\b", text[match.end() :]):
                effect = "exclude"
            elif segment.effect == "require" and segment.joined != "any" and re.search(r"\bor\s*$", text):
                effect, note = "allow", "an alternative: a neighboring line states the other"
            note = note or ("a requirement under the exclusion header: review by hand" if effect == "require" else "")
            yield Draft(match.start(), match.end(), test, effect, note=note)
            return
    adult = re.match(
        r"\W*(?:male (?:or|and|/) female )?adults?\b(?:\s*\(?(?:male|female)|\s+(?:patients?|subjects?|participants?|men"
        r"|women|individuals?|people|who|with)\b|\s*$|[.,;])",
        text,
    )
    if adult and segment.effect == "require" and not re.search(r"\d+\s*(?:years|yrs)|pediatric|children", text):
        yield Draft(
            adult.start(), adult.end(), Test("age", ">=", 18.0, "a"), note='"adult" without a number; 18 years assumed'
        )


def _age_limits(match: re.Match[str], segment: Segment) -> tuple[Test, str] | None:
    low = float(match["low"])
    sign = match["sign"] or ""
    older = match["older"] or match["older2"] or ""
    detail = state_at(segment.plain.text[match.end() : match.end() + 70])
    if low > 110 or (match["high"] and not low < float(match["high"]) <= 120):
        return None
    if match["high"] and (match["units2"] or match["units"] or match["units3"] or match["lead"]):
        if sign in (">", "<") or match["sign2"] in (">", "<", ">="):
            return None
        return Test("age", "between", (low, float(match["high"])), "a", detail), ""
    if match["high"]:
        return None
    if older and not sign:
        return Test("age", _SIGNS.get(older, ">="), low, "a", detail), ""
    if sign:
        return Test("age", _SIGNS.get(sign, sign), low, "a", detail), ""
    alone = re.fullmatch(
        r"\W*(?:(?:patient|subject|participant)s?\W*)?(?:must be\s*)?", segment.plain.text[: match.start()]
    )
    if alone and 18 <= low <= 21 and segment.effect == "require" and len(segment.plain.text) < 40:
        return Test("age", ">=", low, "a", detail), "the comparator is missing in the text; >= assumed"
    return None


def _age_effect(test: Test, segment: Segment) -> Effect | None:
    """ "Age >= 18" under the exclusion header is the requirement of an inclusion list that slipped below it."""
    least = test.value[0] if isinstance(test.value, tuple) else test.value
    if segment.effect == "exclude" and test.operator in (">=", "between") and least in (16.0, 18.0, 19.0, 20.0, 21.0):
        return "require"
    return None


# Life expectancy

_LIFE = re.compile(
    r"(?:life[- ]expectancy|(?:expected|anticipated|estimated|predicted|projected) (?:overall )?survival"
    r"|survival expectancy|expected to (?:live|survive))"
    r"\s*(?:\([^)]*\))?(?:[\s:]|\b(?:of|is|is estimated to be|should be|must be|estimated|to be|be|that is|for|judged|greater|a)\b)*"
    rf"(?P<sign>[<>]=?)?\s*(?P<number>\d+(?:\.\d+)?|{'|'.join(NUMBER_WORDS)})(?:\s*\(\d+\))?[\s-]*(?P<unit>days?|weeks?|wks?"
    rf"|months?|mos?|years?|yrs?)\b"
    r"(?:\s*(?:or|and)\s+(?P<more>more|longer|greater|less))?"
)
_OTHER_LIFE = re.compile(r"malignanc|remission|comorbid|\bdisease with\b|\bother\b|\bunless\b|\bif\b")


def _life_expectancy(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    for match in _LIFE.finditer(text):
        if _OTHER_LIFE.search(text[max(0, match.start() - 60) : match.start()]) or segment.effect not in (
            "require",
            "exclude",
        ):
            return
        sign = match["sign"] or {"less": "<="}.get(match["more"] or "", ">=" if match["more"] else "")
        note = ""
        if not sign:
            if segment.effect == "exclude":
                return
            sign, note = ">=", "the comparator is missing in the text; >= assumed"
        word = match["number"]
        number = float(NUMBER_WORDS.get(word, 0) or word)
        test = Test("life_expectancy", sign, number, UNITS[match["unit"][0]])
        effect: Effect | None = "require" if segment.effect == "exclude" and sign.startswith(">") else None
        yield Draft(match.start(), match.end(), test, effect, "judgement", note)
        return


# Body mass and weight

_BMI = re.compile(
    r"\b(?:body[- ]mass[- ]index|bmi)\b(?:\s*[(\[]bmi[)\]])?(?:[\s:]|\b(?:of|is|must be|should be|be)\b)*"
    r"(?:(?P<sign>[<>]=?)\s*(?P<limit>\d{2}(?:\.\d+)?)|(?:between\s*)?(?P<low>\d{2}(?:\.\d+)?)\s*(?:-|to"
    r"|and)\s*(?P<high>\d{2}(?:\.\d+)?))\s*(?:kg/m\^?2)?(?P<after>.{0,40})"
)
_LOSS = re.compile(
    r"\bweight loss\b(?:[\s:]|\b(?:of|is|in excess of|defined as|body weight|unintentional"
    r"|unintended)\b)*(?P<sign>[<>]=?)\s*(?P<number>\d{1,2})\s*(?P<unit>%|kg|percent)"
    r"|(?P<sign2>[<>]=?)\s*(?P<number2>\d{1,2})\s*(?P<unit2>%|percent)\s*(?:unintentional |unintended |unplanned |body "
    r"|total )*weight loss"
)
_WEIGHT = re.compile(
    r"(?:^|\b(?:body|patient|minimum)\s+)weight\b(?:[\s:]|\b(?:of|is|must be|should be)\b)*(?P<sign>[<>]=?)\s*(?P<number>\d{2,3})\s*kg\b"
)


def _body(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    if segment.effect not in ("require", "exclude"):
        return
    for match in _BMI.finditer(text):
        detail = state_at(match["after"] or "")
        if match["sign"]:
            test = Test("bmi", match["sign"], float(match["limit"]), "kg/m2", detail)
        else:
            test = Test("bmi", "between", (float(match["low"]), float(match["high"])), "kg/m2", detail)
        yield Draft(match.start(), match.start("after"), test)
    for match in _LOSS.finditer(text):
        unit = "kg" if "kg" in (match["unit"] or match["unit2"]) else "%"
        sign, number = match["sign"] or match["sign2"], float(match["number"] or match["number2"])
        test = Test("weight_loss", sign, number, unit, window=_near(text, match.end()))
        yield Draft(match.start(), match.end(), test)
    for match in _WEIGHT.finditer(text):
        yield Draft(match.start(), match.end(), Test("weight", match["sign"], float(match["number"]), "kg"))


def _near(text: str, at: int) -> Window | None:
    item = window_after(text, at, 25)
    return item.window if item is not None else None


# Swallowing, sex, consent

_SWALLOWS = re.compile(
    r"\b(?:ability|able|capable)\b[^.;,]{0,25}?\bswallow\w*\b(?:[^.;,]{0,40}\b(?:medications?|medicines?|capsules?|tablets?"
    r"|pills?|drugs?|orally|oral|study treatment|therapy))?"
)
_SWALLOWS_NOT = re.compile(
    r"\b(?:inability|unable|not able|incapable|difficulty|cannot|can't|impaired ability)\b"
    r"(?:[^.;,]{0,30}?\bswallow\w*\b| (?:to|of) (?:take|taking|ingest|tolerate) (?:any )?oral (?:medications?|drugs?|treatments?)\b)"
)


def _swallowing(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    if not ("swallow" in text or " oral " in text) or segment.effect not in ("require", "exclude"):
        return
    if (match := _SWALLOWS_NOT.search(text)) is not None:
        if segment.effect == "exclude" and "difficulty" not in match.group() and "impaired" not in match.group():
            yield Draft(match.start(), match.end(), Test("can_swallow_oral_medication", "==", False))
        return
    match = _SWALLOWS.search(text)
    if (
        match is not None
        and segment.effect == "require"
        and not re.search(r"interfer|prohibit|impair|affect|preclude|no[rt]?\b|any\b", text[: match.start()])
    ):
        yield Draft(match.start(), match.end(), Test("can_swallow_oral_medication"))


_SEX = re.compile(
    r"\W*(?P<who>females?|women|males?|men)(?:\s+(?:patients?|subjects?|participants?|adults?))?\s*(?:only\b|\.?$"
    r"|,?\s*(?:aged?\b|>=?\s*\d+\s*(?:years|yrs)))"
)


def _sex(segment: Segment) -> Iterator[Draft]:
    match = _SEX.match(segment.plain.text)
    if match is not None and segment.effect == "require":
        sex = "female" if match["who"][0] in "fw" else "male"
        yield Draft(match.start(), match.end("who"), Test("sex", "==", sex))


_CONSENT = re.compile(
    r"\b(?:informed consent|written consent|signed consent|consent (?:form|document)|study consent|research consent"
    r"|(?:provide|give|giving|sign|able to|ability to|capable to"
    r"|physically able to)\s+(?:[\w-]+\s+){0,4}?consent)\b(?: (?:form|document))?"
)
_TIMING = re.compile(
    r"\b(?:at|(?:time|day|date|signature|start) of|prior to|before|after|within|from|since|until|following)\s+(?:the\s+"
    r"|of\s+|their\s+|time\s+|day\s+|date\s+|when\s+)*"
    r"(?:sign(?:ing|ature|ed)?\s+|providing\s+|obtaining\s+|written\s+)*(?:of\s+|the\s+|an\s+|main\s+"
    r"|written\s+)*(?:informed\s+)?$|\bin (?:the )?(?:study protocol and )?$"
)
_UNABLE = re.compile(
    r"\b(?:unable|inability|incapable|lack of|not able|unwilling|did not|cannot|refus\w+|without)\b[^.;]{0,60}$"
)
_ABLE = re.compile(
    r"\b(?:able|ability|willing\w*|capable|capacity|must|sign\w*|provid\w*|given?|giving|obtain\w*|understand|written"
    r"|voluntary|complete|have|has|agree\w*|consent)\b"
)


def _consent(segment: Segment) -> Iterator[Draft]:
    """Informed consent is administrative; a moment counted from consent is no criterion."""
    text = segment.plain.text
    if "consent" not in text or segment.effect not in ("require", "exclude"):
        return
    for match in _CONSENT.finditer(text):
        before = text[: match.start()]
        sentence = re.split(r"[.;]\s", before)[-1]
        if _TIMING.search(before) or re.search(
            r"representative[^.]{0,40}\b(?:is|are|provides?|may|must|can)\b|psychiatr|cognitive|interfer|dementia|included in the",
            sentence,
        ):
            continue
        if re.match(r"\s*(?:for|to)\s+(?:\w+\s+){0,3}(?:biops|tissue|sampl)", text[match.end() :]):
            continue
        unable = _UNABLE.search(sentence) is not None
        if segment.effect == "exclude":
            if unable:
                yield Draft(match.start(), match.end(), Test("informed_consent", "==", False), kind="administrative")
            return
        if unable or not _ABLE.search(sentence + match.group() + text[match.end() : match.end() + 20]):
            return
        yield Draft(match.start(), match.end(), Test("informed_consent"), kind="administrative")
        return
