"""Reads the tumor: diagnosis and stage, distant disease, measurable disease, anatomy of the rectum."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chemoplan.trials.expression import Any, Expression, Test
from chemoplan.trials.grammar import diagnosis
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.stages import AJCC, read_categories, read_stage
from chemoplan.trials.mentions import mentions
from chemoplan.trials.segments import Segment

_INTEREST = (
    "measurable", "evaluable", "metasta", "stage", "anal verge", "recurren", "cancer", "carcinoma", "tumor", "tumour", "malignan", "crc",
    "melanoma", "nsclc", "hnscc", "scchn", "pdac", "hcc", "rcc", "tnbc", "btc", "mesotheli", "cholangio", "t1", "t2", "t3", "t4",
    "synchronous", "mesorectal", "mri", "magnetic", " mr ", "resectab", "pci", "peritoneal",
)  # fmt: skip
_RECIST = re.compile(
    r"recist(?:[ -]*(?:version|criteria|v\.?|\())*\s*(?P<version>1\.[01])?|response evaluation criteria (?:in|for) solid tumou?rs?"
)
_MEASURABLE = re.compile(
    r"(?P<how>radiologic(?:al)?ly |radiographic(?:al)?ly |bidimensionally )?(?P<not>non-?"
    r"|un)?measur(?:e)?able(?: and/or | or |/)?(?P<either>(?:clinically |radiographically |non-measurable,? )?(?:but )?evaluable)?"
    r" ?(?:metastatic |tumou?r |target |lesions?|disease|by|per|according|as defined|\(|,|\.|$|$)"
)
_ONE_LESION = re.compile(
    r"(?:>=|have|having|with) ?(?:one|1|\(1\))? ?(?:\(1\) )?(?:or more )?(?:radiologic\w* |radiographic\w* "
    r"|target |tumou?r )?(?:measurable|lesion\w* (?:that is |which is )?measurable|tumou?r measurable)"
)
_NOT_MEASURABLE = re.compile(
    r"(?<=[.;] )(?:participants|patients|subjects) with (?P<who>[^.;]{2,60}?) without measurable disease"
    r" (?:are|may be|is) (?:also )?(?:eligible|allowed)"
)
_OF_SOME = re.compile(
    r"\b(?:patients?|participants?|subjects?) with (?:select|selected|certain|some|solid|other)\b[^.;]{0,60}\bmust "
)
_OR_EVALUABLE = re.compile(r"\s*(?:/|\bor\b|\band/or\b)\s*(?:\w+ )?evaluable")
_NO_DISTANT = re.compile(
    r"\b(?:no|absence of|without|free of)(?: (?:any|clinical|radiographic|radiologic|radiological|known|or"
    r"|concerning unequivocal or biopsy-proven|evidence of|definitive|definite))*"
    r" (?:distant (?:metasta\w+|disease)|metasta(?:tic disease|ses|sis))\b(?! (?:to|in) )"
)
_DISTANT = re.compile(
    r"\b(?:presence of |evidence of |known |any |with "
    r"|documented )*(?P<how>biopsy[- ]proven )?(?:distant (?:metasta(?:sis|ses|tic disease))"
    r"|metastatic(?: or recurrent)? disease|metastatic(?= or recurrent disease))\b(?! (?:to|in|involving) )"
)
_BEGINS = re.compile(
    r"(?:^|\b(?:patients?|participants?|subjects?|with|have|has|had|who|or|of|any|confirmed|documented)\s+|[:;,(]\s*)$"
)
_ELSEWHERE = re.compile(
    r"exception|\b(?:treat\w*|therap\w*|chemo\w*|unless|except|history|setting|for (?!metastatic|distant)|brain"
    r"|cns|liver|suspected)\b"
)
_RECURRENT = re.compile(r"\brecurrent (?:disease|(?:colorectal|rectal|colon) cancer)\b")
_HEIGHT = re.compile(
    r"(?P<sign><=|<|>=|>|within|up to)?\s*(?P<low>\d+(?:\.\d+)?)\s*(?:(?:-"
    r"|to)\s*(?P<high>\d+(?:\.\d+)?))?\s*(?P<unit>cm|mm|centimeters)"
    r"(?: or (?P<less>less|lower|below))?(?: proximal| above| distal)?(?: to| from| of)? (?:the )?(?:anal verge|anus|anal margin)"
)
_INDEX = re.compile(
    r"(?:peritoneal (?:carcinomatosis|cancer|carcinoma) index|\bpci\b)[^<>=;.]{0,60}?(?P<sign><=|>=|<|>)\s*(?P<number>\d{1,2})\b"
    r"(?:,? and\s*<=\s*(?P<most>\d{1,2})\b)?(?!\.\d|\s*(?:cm|mm|%|-|h|hrs?|hours?|d|days?|wks?|weeks?|mos?|months?|yrs?|years?)\b)"
)
_SYNCHRONOUS = re.compile(
    r"\bsynchronous (?:primary|primaries|(?:colorectal|colon|second) (?:primary|cancer)s?)\b|more than one (?:malignant )?primary"
)
_MRI = re.compile(
    r"\b(?:contraindicat\w* (?:to|for)|unable to (?:undergo|have|tolerate)|inability to (?:undergo"
    r"|have)) (?:an? )?(?:contrast[- ]enhanced )?(?:mr\b|mri|magnetic resonance)"
)
_CAN_MRI = re.compile(
    r"\b(?:able|ability|willing and able) to (?:undergo|have|tolerate) (?:an? )?(?:\w+ )?(?:mr\b|mri|magnetic resonance)"
)


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    if not mentions(segment.plain.text, _INTEREST):
        return ()
    found = list(diagnosis.read(segment))
    staged = any("stage_group" in str(draft.expression) for draft in found)
    for reader in (_measurable, _distant, *(() if staged else (_stages,)), _anatomy):
        for draft in reader(segment):
            if all(str(draft.expression) not in str(other.expression) for other in found):
                found.append(draft)
    return found


def _measurable(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    evaluable = re.match(r"\W*(?:has |have |must have )?radiolog\w+ evaluable disease", text)
    if evaluable and segment.effect == "require":
        yield Draft(evaluable.start(), evaluable.end(), Test("disease_evaluable_radiologically"))
        return
    if segment.section != "inclusion" or segment.effect != "require":
        return
    match = _MEASURABLE.search(text) or _ONE_LESION.search(text)
    if not match or re.search(
        r"\bnot (?:have )?measurable|non-?measurable|no measurable|not required|if measurable|measurable (?:or|and/or) non",
        text,
    ):
        return
    widened = not match.groupdict().get("either") and _OR_EVALUABLE.match(text, match.end())
    if widened or _OF_SOME.search(text[: match.start()]):
        return
    others = _NOT_MEASURABLE.search(text)
    text = text[: others.start()] if others else text
    if re.search(
        r"disease-specific|definition of|\brano\b|without measurable|evaluable or measurable|\bleast one site\b"
        r"|previously irradiated|previous radiation|radiated",
        text,
    ):
        return
    recist = _RECIST.search(text)
    method = ("RECIST " + (recist.group("version") or "1.1")) if recist else ""
    group = match.groupdict()
    expression: Expression
    if group.get("either"):
        clinical = "clinically" in group["either"]
        first = "disease_measurable_radiologically" if group["how"] and clinical else "disease_measurable_recist"
        second = "disease_evaluable_clinically" if clinical else "disease_evaluable"
        expression = Any((Test(first), Test(second)), method=method)
    else:
        expression = Test("disease_measurable_recist", method=method)
    if others and isinstance(expression, Test):
        expression = replace(expression, exceptions=(others["who"].strip(),))
    yield Draft(match.start(), recist.end() if recist and recist.end() > match.end() else match.end(), expression)


def _distant(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    none = _NO_DISTANT.search(text)
    if none:
        if segment.section == "inclusion" and segment.effect == "require":
            equivocal = "equivocal" in none.group()
            detail = "with equivocal findings tolerated" if equivocal else _imaging(text)
            yield Draft(none.start(), none.end(), Test("cM", "==", "M0", detail=detail))
        return
    if segment.effect != "exclude":
        return
    match = _DISTANT.search(text)
    if (
        match
        and _BEGINS.search(text[: match.start()])
        and not _ELSEWHERE.search(re.split(r"[;.]", text[match.start() :])[0])
    ):
        detail = "biopsy-proven" if match["how"] else ("by CT" if re.search(r"\bby ct\b", text) else "")
        yield Draft(match.start(), match.end(), Test("cM", "==", "M1", detail=detail))
        recurrent = _RECURRENT.search(text)
        if recurrent and "or recurrent" in text:
            yield Draft(recurrent.start(), recurrent.end(), Test("disease_recurrent"))
    synchronous = _SYNCHRONOUS.search(text)
    if synchronous and len(text) < 120:
        yield Draft(synchronous.start(), synchronous.end(), Test("synchronous_primary"))


def _imaging(text: str) -> str:
    return "on contrast CT" if re.search(r"\bct\b.*contrast|contrast.*\bct\b", text) else ""


def _stages(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    if len(text) > 220 or re.search(
        r"\b(?:treat\w*|therap\w*|breast|lung|nsclc|melanoma|prostate|history|prior|previous|survivors?)\b", text
    ):
        return
    ajcc = AJCC if re.search(r"\bajcc|american joint committee", text) else ""
    categories = read_categories(text)
    if categories is not None and segment.effect in ("require", "exclude"):
        expression, start, end = categories
        if isinstance(expression, Any):
            expression = Any(expression.items, method=ajcc)
        if segment.effect == "require" or len(text) < 60:
            yield Draft(start, end, expression)
    stage = read_stage(text)
    if (
        isinstance(stage, Test)
        and segment.effect == "require"
        and categories is None
        and re.match(r".{0,60}\bstage", text)
    ):
        place = re.search(r"(?:clinical |pathologic(?:al)? )?stages? [ivx1-4]", text)
        assert place is not None
        method = ajcc
        yield Draft(
            place.start(),
            len(text.rstrip(" .")),
            Test(stage.attribute, stage.operator, stage.value, "", stage.detail, method),
        )


def _anatomy(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    match = _HEIGHT.search(text)
    if match:
        scale = 0.1 if match["unit"] == "mm" else 1.0
        low = float(match["low"]) * scale
        if match["high"]:
            yield Draft(
                match.start(), match.end(), Test("tumor_height", "between", (low, float(match["high"]) * scale), "cm")
            )
        else:
            sign = {"within": "<=", "up to": "<=", None: "<="}.get(match["sign"], match["sign"])
            if match["sign"] or match["less"]:
                yield Draft(match.start(), match.end(), Test("tumor_height", sign, low, "cm"))
    for index in _INDEX.finditer(text) if "pci" in text or "peritoneal" in text else ():
        name, low = "peritoneal_carcinomatosis_index", float(index["number"])
        most = float(index["most"]) if index["most"] and index["sign"] == ">=" else None
        test = Test(name, index["sign"], low) if most is None else Test(name, "between", (low, most))
        yield Draft(index.start(), index.end(), test)
    able = _CAN_MRI.search(text)
    if able and segment.effect == "require":
        yield Draft(able.start(), able.end(), Test("mri_possible"))
    unable = _MRI.search(text)
    if unable and segment.effect == "exclude":
        yield Draft(unable.start(), unable.end(), Test("mri_possible", "==", False))
