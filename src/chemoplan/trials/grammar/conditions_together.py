"""Reads conditions that make sense only together: HIV with a second disease, parts of a list of metastases, limits of pressure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chemoplan.trials.expression import All, Any, Expression, Test
from chemoplan.trials.grammar.conditions_words import words_of
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.segments import Segment

_HIV_WITH = re.compile(
    r"\bhiv[- ](?:infected|positive) (?:participants|patients|subjects|individuals)"
    r" with (?:a )?(?:known )?history of (?P<rest>[^.;]+)"
)
_SITES = re.compile(
    r"(?P<before>(?:(?:any|untreated|known|active|symptomatic|new|or|and|uncontrolled) )*)"
    r"(?:central nervous system\s*(?:\(cns\) )?|cns )metastas[ei]s,? including (?P<sites>[^.;]+)"
)
_SITE_NAMES = {
    "brain": "brain_metastases",
    "leptomeningeal": "leptomeningeal_disease",
    "leptomeningeal disease": "leptomeningeal_disease",
    "spinal cord compression": "spinal_cord_compression",
}
_PRESSURE = re.compile(
    r"\b(?:uncontrolled|poorly[- ]controlled|inadequately controlled)(?: \w+){0,2} hypertension(?P<rest>[^.;]{0,260})"
)
_SYSTOLIC = re.compile(
    r"(?:systolic|sbp)[^<>=\d]{0,30}(?P<sign>>=|>)\s*(?P<n>\d{2,3})|(?P<sign2>>=|>)\s*(?P<n2>\d{2,3})\s*(?:mm ?hg )?systolic"
)
_DIASTOLIC = re.compile(
    r"(?:diastolic|dbp)[^<>=\d]{0,30}(?P<sign>>=|>)\s*(?P<n>\d{2,3})|(?P<sign2>>=|>)\s*(?P<n2>\d{2,3})\s*(?:mm ?hg )?diastolic"
)
_BOTH = re.compile(r"(?P<sign>>=|>)\s*(?P<systolic>\d{3})\s*/\s*(?P<diastolic>\d{2,3})")


def read_together(segment: Segment) -> Sequence[Draft]:
    """The joint conditions of a segment."""
    if segment.effect != "exclude" or segment.note:
        return ()
    text = segment.plain.text
    return [
        *(_hiv_with(text) if "hiv" in text else ()),
        *(_sites(text) if "metastas" in text else ()),
        *(_pressure(text) if "hypertension" in text else ()),
    ]


def _hiv_with(text: str) -> Iterator[Draft]:
    match = _HIV_WITH.search(text)
    if match is None:
        return
    found = words_of("conditions").find(text, match.start("rest"), match.end("rest"))
    names = list(dict.fromkeys(entry.attribute for _, _, entry in found))
    if not names or len(names) != len(re.split(r",? (?:and/or|or|and) |, ", match["rest"])):
        return
    second: Expression = Any(tuple(Test(name, "") for name in names), detail="ever")
    if len(names) == 1:
        second = Test(names[0], detail="ever")
    yield Draft(match.start(), match.end(), All((Test("hiv", "==", "positive"), second)))


def _sites(text: str) -> Iterator[Draft]:
    match = _SITES.search(text)
    if match is None:
        return
    parts = [part.strip() for part in re.split(r",\s*(?:and/or |or |and )?|\s+(?:and/or|or|and)\s+", match["sites"])]
    names = [_SITE_NAMES.get(part) for part in parts]
    states = re.findall(r"known|untreated|active|symptomatic|uncontrolled", match["before"])
    bare = tuple(Test(name, "") for name in names if name)
    if len(bare) == len(names):
        detail = " and ".join(sorted(states))
        yield Draft(match.start(), match.end(), Any(bare, detail=detail))


def _pressure(text: str) -> Iterator[Draft]:
    match = _PRESSURE.search(text)
    if match is None:
        return
    rest = match["rest"].split(", or ")[0]
    both, systolic, diastolic = _BOTH.search(rest), _SYSTOLIC.search(rest), _DIASTOLIC.search(rest)
    limits: list[str] = []
    ends: list[int] = []
    if both:
        limits = [f"{name} {both['sign']} {both[name]} mm[Hg]" for name in ("systolic", "diastolic")]
        ends = [both.end()]
    else:
        for name, found in (("systolic", systolic), ("diastolic", diastolic)):
            if found:
                sign, number = found["sign"] or found["sign2"], found["n"] or found["n2"]
                limits.append(f"{name} {sign} {number} mm[Hg]")
                ends.append(found.end())
    if len(limits) != 2:
        return
    joint = " and " if re.search(r"\d[^.;]{0,20}\band\b[^.;]{0,40}diastolic", rest) else " or "
    despite = " despite treatment" if re.search(r"despite|on (?:medication|therapy)", rest) else ""
    detail = f"({joint.join(limits)}){despite}"
    yield Draft(
        match.start(), match.start("rest") + max(ends), Test("hypertension", "==", "uncontrolled", detail=detail)
    )
