"""Reads prior drugs by class, lines of treatment, untreated disease, adjuvant chemotherapy and procedures on the liver.

Washouts ("within 4 weeks") are read elsewhere: a line with a span of time is left to treatment.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.expression import Any, Expression, If, Test
from chemoplan.trials.grammar import prior_drugs, prior_regimens
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.prior_drugs import without_prefix
from chemoplan.trials.grammar.windows import NUMBER_WORDS, windows
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.mentions import mentions
from chemoplan.trials.reading import Effect
from chemoplan.trials.segments import Segment

_INTEREST = (
    "prior", "previous", "received", "progress", "intoleran", "untreated", "naive", "naïve", "line", "regimen", "adjuvant", "exposure",
    "not been treated",
)  # fmt: skip
_DOUBT = re.compile(
    r"\b(?:unless|except|exception|allowed|permitted|eligible|if |provided|contraindicat|contra-indicat"
    r"|intoleran\w*|not eligible|declined|refus|discontinu|"
    r"who |whom|adverse|toxicit\w*|grade|hypersensitiv\w*|reaction|intolerance|resistan\w*|in order to|ineligible"
    r"|when |where |indicated|appropriate)"
)
_CONDITIONAL = re.compile(
    r"\b(?:patients?|participants?|subjects?|those|tumou?rs?) with [^.;]{0,160}\b(?:must|should|may|are)\b"
    r"|^for (?:patients|participants|subjects|tumou?rs)"
)
_NUMBER = rf"(?P<n>\d+|{'|'.join(NUMBER_WORDS)})(?:\s*\(\d\))?"
_WHAT = (
    r"(?:prior |previous |different )?(?:systemic |standard |approved |cytotoxic )*(?:anti-?cancer |chemotherapy "
    r"|chemotherapeutic |systemic |treatment |therapy )*"
    r"(?:lines?|regimens?|treatments?)\b(?: of (?:prior |systemic |standard |approved |cytotoxic "
    r"|anti-?cancer )*(?:therapy|chemotherapy|treatment)s?)?"
)
_LINES = re.compile(
    rf"(?P<sign>>=|<=|>|<|exactly)?\s*(?:{_NUMBER})(?: (?:or|to|-) (?P<high>\d+|{'|'.join(NUMBER_WORDS)})"
    rf"| and <= (?P<upto>\d+|{'|'.join(NUMBER_WORDS)}))?(?: or more| \(or more\))? {_WHAT}"
)
_NO_SYSTEMIC = re.compile(
    r"\b(?P<no>no|not? (?:had |have )?(?:any )?|has not received|have not received|not received"
    r"|without)\s*(?:any )?(?:prior |previous )?(?:systemic )?(?:anti-?cancer |systemic )*"
    r"(?:therapy|treatment|chemotherapy)(?: for (?P<what>[^.;]{0,120}))?"
)
_PRIOR_SYSTEMIC = re.compile(
    r"\b(?:any )?(?:prior|previous) systemic (?:anti-?cancer )?(?:therapy|treatment|chemotherapy)(?: for (?P<what>[^.;]{0,120}))?"
)
_ADVANCED = re.compile(r"\b(?:advanced|metastatic|unresectable|recurrent)\b")
_UNTREATED = re.compile(
    r"\b(?:previously untreated|treatment[- ]na[iï]ve|untreated)\b(?=[, ]+(?:pathologically|histologically"
    r"|confirmed|metastatic|locally|colo|rectal))"
)
_CHEMOTHERAPY = re.compile(r"^(?:any |has received |received )?(?:prior|previous) (?:systemic )?chemotherapy\W*$")
_KINDS = r"(?:radiation(?: therapy)?|radiotherapy|chemotherapy|surgery|immunotherapy|biologics?|targeted therapy|hormonal therapy)"
_FOR_TUMOR = re.compile(
    rf"\bprior (?P<list>(?:medical therapy \()?(?:{_KINDS}[\s,()]*(?:or |and |and/or )?)+) ?for (?:the |this "
    rf"|their |management of the )*"
    r"(?:current )?(?:tumou?r|cancer|disease|diagnosis)\b"
)
_NAMES = {
    "radiotherapy": "radiation",
    "biologics": "biologic",
    "targeted": "targeted_therapy",
    "hormonal": "hormonal_therapy",
}
_ADJUVANT = re.compile(
    r"\bmay have received (?:\w+ )?chemotherapy[^.;]{0,40}adjuvant[^.;]{0,40}\bif[^.;]{0,30}completed\s*(?P<sign>>="
    r"|>)?\s*(?P<n>\d+) months?(?P<anchor>[^.;]*)"
)
_FOR_DISEASE = re.compile(
    r"^no prior treatment for (?:the |their )?(?P<site>rectal|colon|colorectal) (?:adeno)?(?:cancer|carcinoma)"
)


_OUTCOME = re.compile(
    r"\b(?:relapsed|refractory|progress(?:ed|ion|ive)|intoleran\w+)\b(?:[\w\s,/()-]{0,60}\b(?:refractory"
    r"|progress(?:ed|ion|ive)|intoleran\w+)\b)?"
    r"[\w\s,]{0,24}? (?:to|on(?: or after)?|after|following|during)(?: or intolerance to)?"
    r" (?:the |their |all )?(?:prior |previous |available )*"
    r"(?P<which>standard(?:[- ]of[- ]care)?|most recent|last)(?: \(soc\))?(?P<systemic> systemic)?(?: anti-?cancer)? (?:therapy"
    r"|therapies|treatments?|regimens?)"
)
_NO_STANDARD = re.compile(
    r"\bno (?:\w+ ){0,3}(?:standard|effective|alternative|curative|other)|\bdo(?:es)? not exist|\bexcept"
    r"|not available|\bif\b|\bor (?:standard|an\b|for whom|not|(?:have|are)\b(?! (?:been )?(?:intoleran|refractory|relapsed|progress)))"
)


@dataclass(frozen=True, slots=True)
class _Words:
    procedure: re.Pattern[str]
    procedures: tuple[str, ...]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = lexicon("prior_therapy")
    procedures = data["procedures"]
    return _Words(
        re.compile("|".join(f"(?P<p{at}>{words})" for at, words in enumerate(procedures.values()))),
        tuple(procedures),
    )


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    text = segment.plain.text
    if not mentions(text, _INTEREST) or segment.effect not in ("require", "exclude"):
        return ()
    adjuvant = _adjuvant(text)
    if adjuvant is not None:
        return (adjuvant,)
    if segment.note:
        return ()
    found: list[Draft] = [*prior_drugs.read(segment), *prior_regimens.read(segment)]
    if _CONDITIONAL.search(text[segment.begins :]):
        return found
    for reader in (_for_tumor, _procedures, _kinds, _lines, _untreated, _outcome):
        found += reader(segment)
    return found


def _adjuvant(text: str) -> Draft | None:
    match = _ADJUVANT.search(text)
    if match is None:
        return None
    spans = windows(text[match.start("n") :])
    anchor = spans[0].window.anchor if spans else ""
    test = Test("time_since_adjuvant_chemotherapy", match["sign"] or ">=", float(match["n"]), "mo", anchor)
    return Draft(match.start(), match.end(), If(Test("adjuvant_chemotherapy"), test), "require")


_RECEIVED = re.compile(
    r"\b(?:must|should) have (?:previously )?received (?:prior |previous )?(?P<list>(?:systemic )?(?:chemotherapy|targeted therapy)"
    r"(?: or (?:prior )?(?:chemotherapy|targeted therapy))?)(?= for |[.;,]|\W*$)"
)


def _kinds(segment: Segment) -> Iterator[Draft]:
    """Kinds of treatment that must have been given: "should have received prior chemotherapy or targeted therapy"."""
    text = segment.plain.text
    match = _RECEIVED.search(text)
    if match is None or segment.effect != "require" or segment.section != "inclusion":
        return
    sentence = re.split(r"[.;]", text[match.end() :])[0]
    if _DOUBT.search(sentence) or windows(sentence) or prior_drugs.of_others(text[: match.start()]):
        return
    names = {"chemotherapy": "prior_chemotherapy", "targeted": "prior_targeted_therapy"}
    tests = tuple(Test(name) for word, name in names.items() if word in match["list"])
    yield Draft(match.start("list"), match.end("list"), tests[0] if len(tests) == 1 else Any(tests))


def _for_tumor(segment: Segment) -> Iterator[Draft]:
    match = _FOR_TUMOR.search(segment.plain.text)
    if match is None or segment.effect != "exclude" or windows(segment.plain.text):
        return
    for word in re.finditer(_KINDS, match["list"]):
        start, name = match.start("list") + word.start(), word.group().split()[0]
        yield Draft(start, start + len(word.group()), Test(f"prior_{_NAMES.get(name, name)}_for_tumor"))


_ON_THE_LIVER = re.compile(r"emboli[sz]|\bta[cr]e\b|sirt|internal radiation|\bhai\b|hepatic arter|floxuridine|fudr")


def _procedures(segment: Segment) -> Iterator[Draft]:
    """Treatment of the liver: embolization, a pump; under "must not have had prior" and the like."""
    text = segment.plain.text
    if not _ON_THE_LIVER.search(text):
        return
    words = _words()
    found = list(words.procedure.finditer(text))
    if (
        not found
        or not re.search(r"\b(?:prior|previous|history of)\b", text[: found[0].start()])
        or _DOUBT.search(text)
        or windows(text)
    ):
        return
    if segment.section != "exclusion" and not re.search(r"\bmust not\b|\bno (?:prior|previous|history)", text):
        return
    names = list(
        dict.fromkeys(
            words.procedures[next(at for at in range(len(words.procedures)) if match[f"p{at}"])] for match in found
        )
    )
    expression: Expression = Test(names[0]) if len(names) == 1 else Any(tuple(Test(name, "") for name in names))
    yield Draft(found[0].start(), found[-1].end(), expression, "exclude")


def _lines(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    if re.search(
        r"\bunless\b|\bcontraindicat|first[- ]line|\bregimens? (?:that|which) (?:must )?includ"
        r"|maintenance|\bor (?:be|are|is|have) (?:intoleran|ineligib|no)",
        text,
    ):
        return
    for match in _LINES.finditer(text):
        before = text[: match.start()]
        lead = re.search(
            r"(?:received|progress\w*|progression|failed|relapsed|had|after|following|on or after|treated with)\b[^.;]{0,30}$",
            before,
        )
        if lead is None or not (match["sign"] or match["high"] or "or more" in match.group()):
            continue
        low = _value(match["n"])
        high = match["high"] or match["upto"]
        progressed = "with progression" if re.search(r"progress", before[-60:]) else ""
        setting = (
            " for advanced disease"
            if re.search(r"\b(?:advanced|metastatic|recurrent)\b", text[match.end() : match.end() + 70])
            else ""
        )
        detail = (progressed + setting).strip()
        if high and match["sign"] in (None, ">="):
            test = Test("prior_lines", "between", (low, _value(high)), detail=detail)
        elif high:
            continue
        else:
            sign = {"exactly": "==", None: ">="}.get(match["sign"], match["sign"])
            including = re.match(r",? including (?:prior )?(?P<drug>k?ras inhibitors?)", text[match.end() :])
            test = Test("prior_lines", sign, low, detail="including kras_inhibitor" if including else detail)
        effect: Effect | None = None
        if segment.section == "exclusion" and re.search(r"\bmust\b|\bshould\b", before):
            effect = "require"
        yield Draft(match.start(), match.end(), test, effect)
        return


def _value(word: str) -> float:
    return float(NUMBER_WORDS.get(word, 0) or word)


def _untreated(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    if segment.effect == "require":
        match = _FOR_DISEASE.search(text)
        if match:
            yield Draft(match.start(), match.end(), Test(f"prior_treatment_for_{match['site']}_cancer", "==", "none"))
            return
        untreated = _UNTREATED.search(text)
        if untreated and segment.section == "inclusion":
            yield Draft(untreated.start(), untreated.end(), Test("prior_systemic_therapy", "==", "none"))
            return
        none = _NO_SYSTEMIC.search(text)
        if (
            none
            and "systemic" in none.group()
            and segment.section == "inclusion"
            and not _DOUBT.search(text)
            and not windows(text)
        ):
            yield Draft(none.start(), none.end(), Test(_setting(none["what"]), "==", "none"))
        return
    if _CHEMOTHERAPY.search(without_prefix(text)):
        at = text.index("chemotherapy")
        yield Draft(
            max(text.rfind("prior", 0, at), text.rfind("previous", 0, at), 0), at + 12, Test("prior_chemotherapy")
        )
        return
    systemic = _PRIOR_SYSTEMIC.search(text)
    if (
        systemic
        and not windows(text[: systemic.end()])
        and re.match(r"\W{0,3}(?:prior|previous|any prior|has received|received)", without_prefix(text))
    ):
        allowed = re.search(
            r"(?:may have received|maximum of|<=)[^.;]{0,20}?(?P<n>\d+|one|two) doses? of (?P<what>[\w+]+)", text
        )
        if allowed or not (_DOUBT.search(text) or windows(text)):
            if "with" in text[systemic.end() : systemic.end() + 8]:
                return
            written = segment.text.lower().find(allowed["what"]) if allowed else -1
            drug = segment.text[written : written + len(allowed["what"])] if allowed and written >= 0 else ""
            exceptions = (f"<= {int(_value(allowed['n']))} doses of {drug}",) if allowed else ()
            yield Draft(systemic.start(), systemic.end(), Test(_setting(systemic["what"]), exceptions=exceptions))


def _outcome(segment: Segment) -> Iterator[Draft]:
    """How earlier treatment ended, where it is named as a whole: "progressed on or intolerant to standard therapy"."""
    text = segment.plain.text
    if segment.effect != "require" or segment.section != "inclusion":
        return
    match = _OUTCOME.search(text)
    if match is None or re.search(r"\b(?:dates?|data) [^.;]{0,90}$", text[: match.start()]):
        return
    begin = max(text.rfind(". ", 0, match.start()), text.rfind("; ", 0, match.start()), 0)
    end = next((at for at in (text.find(". ", match.end()), text.find("; ", match.end())) if at > 0), len(text))
    further = re.match(r",? and (?!\w+ (?:\w+ ){0,3}or\b)", text[match.end() : end])
    unless = re.search(r",? unless (?P<what>[^.;:]+)", text[match.end() : end])
    if unless:
        end = match.end() + unless.start()
    if _NO_STANDARD.search(text[begin : match.end() if further else end]):
        return
    exceptions = (unless["what"].strip(),) if unless else ()
    names = {"relapse": "relapse", "refractor": "refractory", "progress": "progression", "intoleran": "intolerance"}
    found = tuple(name for word, name in names.items() if word in match.group())
    which = (
        ("most_recent_systemic_therapy" if match["systemic"] else "most_recent_therapy")
        if "recent" in match["which"]
        else "last_therapy"
        if "last" in match["which"]
        else "standard_therapy"
    )
    if len(found) > 1:
        yield Draft(match.start(), match.end(), Test(f"outcome({which})", "in", found, exceptions=exceptions))
    elif found:
        yield Draft(match.start(), match.end(), Test(f"outcome({which})", "==", found[0], exceptions=exceptions))


def _setting(what: str | None) -> str:
    return "prior_systemic_therapy(setting=advanced)" if what and _ADVANCED.search(what) else "prior_systemic_therapy"
