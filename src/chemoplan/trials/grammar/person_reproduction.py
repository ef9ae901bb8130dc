"""Reads pregnancy, breastfeeding, pregnancy tests, contraception, and what counts as childbearing potential."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from chemoplan.trials.expression import All, Any, Expression, If, Test, Window
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.windows import UNITS, windows
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

_TRIGGER = re.compile(
    r"pregnan|breast-?\s?feed|lactat|nursing|contracep|birth[- ]control|abstinen|abstain|child-?\s?bearing|menopaus|menses"
    r"|conceive|father"
)
_SENTENCE = re.compile(r"[.;]\s+|\.(?=note)|\bnote:")


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    text = segment.plain.text
    if not _TRIGGER.search(text):
        return ()
    if segment.effect == "define":
        return [*_defined(segment, 0, len(text))]
    drafts: list[Draft] = []
    for start, end in _sentences(text):
        if _DEFINES.search(text, start, end) and (found := [*_defined(segment, start, len(text))]):
            drafts += found
            break
        if segment.note or segment.effect not in ("require", "exclude"):
            continue
        drafts += _pregnancy(segment, start, end)
        drafts += _tests(segment, start, end)
        drafts += _positive_tests(segment, start, end)
        drafts += _contraception(segment, start, end)
    kept: dict[str, Draft] = {}
    for draft in drafts:
        name = (
            f"{draft.effect} " + re.split(r"\W", str(draft.expression).replace("if(", ""))[0]
            if draft.kind == "data"
            else "administrative"
        )
        attribute = next(
            (
                part
                for part in ("contraception", "plans_conception", "discontinuation", "pregnancy_test")
                if part in str(draft.expression)
            ),
            name,
        )
        kept.setdefault(attribute, draft)
    return list(kept.values())


def _sentences(text: str) -> list[tuple[int, int]]:
    masked = re.sub(r"\([^()]*\)", lambda match: "x" * len(match.group()), text)
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(masked)), len(text)]
    return [(start, end) for start, end in pairwise(cuts) if end > start]


@lru_cache(maxsize=1)
def _words() -> dict[str, re.Pattern[str]]:
    data = lexicon("person")
    return {
        name: re.compile(data[name]) for name in ("childbearing", "male", "pregnant", "breastfeeding", "contraception")
    }


# Pregnant, breastfeeding

_NEGATED = re.compile(r"\b(?:not|nor|non)\b[^.;:]{0,70}$|\bneither\b[^.;:]{0,30}$")
_MOTHER = re.compile(
    r"\b(?:infants?|fetus|milk|risks?|until|discontinu\w*|should|partner|becomes?|suspect\w*|if|during|after|avoid|prevent"
    r"|test|unless|planning|plans?|intends?|intent"
    r"|diagnosis|ability|due to)\b"
)
_DISCONTINUED = re.compile(
    r"\b(?:breast-?\s?feeding|nursing|lactation)\b[^.;]{0,40}\bdiscontinu|\bdiscontinu\w*\s+(?:breast-?\s?feeding|nursing)"
)
_CONCEIVES = re.compile(
    r"\b(?:expect\w*|intend\w*|plan\w*|wish\w*|desir\w*)\s+(?:to\s+)?(?:conceive|conceiving|father)[^.;]{0,200}"
)


def _pregnancy(segment: Segment, start: int, end: int) -> Iterator[Draft]:
    """Being pregnant or breastfeeding excludes, under either header."""
    text = segment.plain.text
    for attribute in ("pregnant", "breastfeeding"):
        for match in _words()[attribute].finditer(text, start, end):
            before = text[start : match.start()]
            if attribute == "breastfeeding" and _DISCONTINUED.search(text, max(start, match.start() - 30), end):
                agreed = If(Test("breastfeeding"), Test("breastfeeding_discontinuation", "==", "agreed"))
                yield Draft(match.start(), match.end(), agreed, "require", "administrative")
                break
            clause = re.split(r"[,:(]\s|\b(?:and/or|or|and)\b", before)[-1]
            if _MOTHER.search(clause[-40:]) or re.match(
                r"\s*(?:at (?:the )?time of [\w ]*diagnosis|should|is (?:suspected|possible|detected))",
                text[match.end() :],
            ):
                continue
            negated = _NEGATED.search(before) is not None
            if segment.effect == "require" and not negated:
                continue
            if segment.effect == "exclude" and negated and not re.search(r"\b(?:must|may|should|can) not\b", before):
                continue
            yield Draft(match.start(), match.end(), Test(attribute), "exclude")
            break
    conceives = _CONCEIVES.search(text, start, end)
    if conceives is None or segment.effect != "exclude":
        return
    before = text[start : conceives.start()]
    if re.search(r"\bnot\s*$", before):
        return
    plans: Expression = Test("plans_conception_or_fathering")
    if re.search(r"(?<!wo)\bmen\b[^,;]*$", before):
        plans = All((Test("sex", "==", "male"), plans))
    yield Draft(conceives.start(), conceives.end(), plans, kind="administrative")


# Pregnancy test

_TEST = re.compile(
    r"\bnegative\b[^.;:]{0,80}?\bpregnancy (?:blood |urine |serum )?tests?\b|\bpregnancy tests?\b[^.;:]{0,50}?\b(?:is|be"
    r"|are|must be|that is|results?|was)\s+negative"
    r"|\bblood test or urine study\b[^.;]{0,80}\brule out pregnancy|\bnegative (?:serum |urine |blood |beta[- ]?|ß-?"
    r"|β-?)*(?:human chorionic gonadotropin|hcg|β?-?hcg)[^.;:]{0,30}"
    r"|\b(?:serum|urine)\s+(?:beta[- ])?hcg[^.;]{0,20}negative"
)
_NO_TEST = re.compile(r"\bwithout\b|\brepeated\b|\bnot (?:be )?required\b|\bmay be\b")


def _tests(segment: Segment, start: int, end: int) -> Iterator[Draft]:
    """A negative pregnancy test is required, of whom the sentence names."""
    text = segment.plain.text
    match = _TEST.search(text, start, end)
    if match is None or _NO_TEST.search(text[start : match.start()]):
        return
    sentence = text[start:end]
    if segment.effect == "exclude" and not re.search(r"\bmust\b|\bshould\b|\brequired\b|\bnegative\b", sentence):
        return
    if segment.effect == "exclude" and not re.search(r"\bmust\b|\bshould\b|\brequired\b", sentence):
        return  # "Negative pregnancy test" under exclusion: inverted wording, left to a person
    group = match.group()
    serum, urine = bool(re.search(r"serum|blood", sentence)), bool(re.search(r"\burin", sentence))
    detail = "by serum" if serum and not urine else "by urine" if urine and not serum else ""
    window = _window(text, match.start(), end, segment)
    test = Test("pregnancy_test", "==", "negative", detail=detail, window=window)
    childbearing = _words()["childbearing"].search(sentence) is not None or not re.search(
        r"\bwom[ae]n\b|\bfemales?\b", sentence
    )
    who = Test("childbearing_potential") if childbearing else Test("sex", "==", "female")
    if re.search(r"\bwomen must have\b", sentence[: match.end() - start]) and not _words()["childbearing"].search(
        sentence
    ):
        who = Test("sex", "==", "female")
    yield Draft(match.start(), match.start() + len(group), If(who, test), "require")


def _window(text: str, start: int, end: int, segment: Segment) -> Window | None:
    """The first window behind the test in the same clause; that of the line above where there is none."""
    for item in windows(text[:end]):
        between = re.sub(r"\([^()]*\)", "", text[start : item.start])
        if item.start >= start and len(between) < 120 and not re.search(r",|\bor (?:has|have|is|are)\b", between):
            return item.window
    return segment.window


_POSITIVE = re.compile(r"\bpositive\b[^.;:]{0,40}?\bpregnancy tests?\b|\bpregnancy tests? (?:is |that is )?positive")


def _positive_tests(segment: Segment, start: int, end: int) -> Iterator[Draft]:
    match = _POSITIVE.search(segment.plain.text, start, end)
    if match is not None and segment.effect == "exclude":
        yield Draft(match.start(), match.end(), Test("pregnancy_test", "==", "positive"))


# Contraception

_OBLIGES = re.compile(
    r"\b(?:must|agree\w*|willing\w*|should|required?|practi[cs]e|follow|adhere|use of|utili[sz]e|will use"
    r"|effective contraception|consent to|advised)\b"
)
_REFUSES = re.compile(
    r"\b(?:not willing|unwilling|refus\w+|not using|unable or unwilling|who do not|do not|does not|not agree\w*|unless|not able)\b"
)
_AFTER = re.compile(
    r"\b(?P<number>\d{1,3}|one|two|three|four|five|six|seven|twelve)\s*(?P<unit>days?|weeks?|months?|years?)\s*(?:after"
    r"|following|post|beyond|from)\b[^.;]{0,40}?"
    r"\b(?:last|final|completion|discontinu|end|stopping|therapy|treatment)"
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "twelve": 12}


def _contraception(segment: Segment, start: int, end: int) -> Iterator[Draft]:
    """Agreement to contraception is administrative; whose, and until when, as the sentence says."""
    text = segment.plain.text
    match = _words()["contraception"].search(text, start, end)
    sentence = text[start:end]
    if match is None or re.search(
        r"\bnot (?:acceptable|permitted|considered)\b|\bmethods? (?:of \w+ )?include\b", sentence[:120]
    ):
        return
    who = _who(
        re.sub(
            r"\b(?:males?|men)\s+(?:(?:subjects|patients|participants)\s+)?(?:with partners\s+)?of (?:reproductive"
            r"|child-?bearing) potential",
            "males",
            sentence,
        )
    )
    if segment.effect == "exclude" and _REFUSES.search(sentence):
        refused = Test("contraception", "==", "refused")
        yield Draft(start, match.end(), All((who, refused)) if who is not None else refused, kind="administrative")
        return
    if not _OBLIGES.search(sentence):
        return
    detail = ""
    after = _AFTER.search(sentence)
    if after is not None:
        number = _NUMBERS.get(after["number"]) or after["number"]
        detail = f"through {number} {UNITS[after['unit'][0]]} after last dose"
    agreed = Test("contraception", "==", "agreed", detail=detail)
    yield Draft(start, match.end(), If(who, agreed) if who is not None else agreed, "require", "administrative")


def _who(sentence: str) -> Expression | None:
    words = _words()
    own = re.sub(
        r"\b(?:partners?|wives)\b[^,.;]{0,60}child-?\s?bearing potential|\bpartners? (?:who are )?(?:wocbp|of childbearing)"
        r"|with (?:female )?partners?[^,.;]*?(?=must|agree|,|$)",
        " ",
        sentence,
    )
    women, men = words["childbearing"].search(own), words["male"].search(own)
    if women and men:
        return Any((Test("sex", "==", "male"), Test("childbearing_potential")))
    if women:
        return Test("childbearing_potential")
    if men:
        return Test("sex", "==", "male")
    return Test("sex", "==", "female") if re.search(r"\bwom[ae]n\b|\bfemales?\b", own) else None


# Childbearing potential

_DEFINES = re.compile(
    r"(?:child-?\s?bearing potential(?: \(\w+\))?|wocbp|focbp|iocbp|fcbp)\s+(?:is|are)\s+(?:any|defined|a|considered|those|further)\b"
    r"|\b(?:considered|defined as)\b[^.;]{0,30}(?:child-?\s?bearing|post-?menopausal)"
)
_SIGNS_OF = (
    ("hysterectomy", r"hysterectomy"),
    ("bilateral_oophorectomy", r"oophorectomy"),
    ("tubal_ligation", r"(?<!undergone )(?<!undergone a )tubal ligation|tubal occlusion"),
    ("menarche", r"menarche"),
    ("postmenopausal", r"post-?menopausal|amenorrh\w+|menses|menopause"),
)


def _defined(segment: Segment, start: int, end: int) -> Iterator[Draft]:
    """What makes childbearing potential, as a definition: it asks nothing of a person."""
    text = segment.plain.text[start:end]
    names = [name for name, pattern in _SIGNS_OF if re.search(pattern, text)]
    if not names:
        return
    span = _MENSES_SPAN.search(text)
    shown = [
        f"postmenopausal for >= {span['n1'] or span['n2']} {UNITS[(span['u1'] or span['u2'])[0]]}"
        if name == "postmenopausal" and span
        else name
        for name in names
    ]
    above = " ".join(segment.parents) + text
    without = (
        re.search(r"non-?\s?child-?\s?bearing|not of child-?\s?bearing|considered post-?menopausal|sterile", above)
        is not None
    )
    inner = shown[0] if len(shown) == 1 else f"any({', '.join(shown)})"
    detail = f"if {inner}" if without else f"if not {inner}"
    yield Draft(start, end, Test("childbearing_potential", "==", not without, detail=detail), "define")


_MENSES_SPAN = re.compile(
    r"(?:post-?menopausal|amenorrh\w+|menses|menopause)[^.;\d]{0,40}(?P<n1>\d{1,2})\s*(?:consecutive |full )?(?P<u1>months?|years?)"
    r"|(?P<n2>\d{1,2})\s*(?:consecutive |full )?(?P<u2>months?|years?)[^.;\d]{0,30}(?:post-?menopausal|amenorrh\w+|menses|menopause)"
)
