"""Reads conditional permissions: who has a disease may enroll if it is under control ("eligible if", "must have undetectable")."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chemoplan.trials.expression import All, Any, Expression, If, Test, Window
from chemoplan.trials.grammar.conditions_words import holds
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.reading import AtomKind
from chemoplan.trials.segments import Segment

_HIV = r"(?:human immunodeficiency virus(?:\s*\(hiv\))?|hiv)"
_HBV = r"(?:hepatitis b(?: virus)?(?:\s*\(hbv\))?|hbv)"
_HCV = r"(?:hepatitis c(?: virus)?(?:\s*\(hcv\))?|hcv)"
_BRAIN = r"(?:brain|central nervous system(?:\s*\(cns\))?|cns) metastas[ei]s"


@dataclass(frozen=True, slots=True)
class Permission:
    """`pattern` over the plain text of a segment; `reads` gives the condition, or None where the words do not suffice."""

    pattern: re.Pattern[str]
    reads: Callable[[re.Match[str], str], Expression | None]
    kind: AtomKind = "data"


def _hiv(match: re.Match[str], text: str) -> Expression | None:
    within = re.search(r"undetectable viral load within (?:the (?:last|past) )?(?P<number>\d+|six) months", text)
    window = Window(float(6 if within["number"] == "six" else within["number"]), "mo") if within else None
    treated = Test("antiretroviral_therapy", "==", "effective")
    return If(Test("hiv", "==", "positive"), All((treated, Test("viral_load", "==", "undetectable", window=window))))


def _hcv(match: re.Match[str], text: str) -> Expression | None:
    cured = Test("treated_and_cured")
    now = re.search(r"currently on treatment.{0,60}undetectable (?:hcv )?viral load", text)
    if now is None:
        return If(Test("hepatitis_c", "==", "history"), cured)
    on_treatment = All((Test("hepatitis_c", "==", "on_treatment"), Test("hcv_viral_load", "==", "undetectable")))
    return If(Test("hepatitis_c", "==", "history"), Any((cured, on_treatment)))


def _hbv(match: re.Match[str], text: str) -> Expression | None:
    detail = "with suppressive therapy if indicated" if "if indicated" in text else "on suppressive therapy"
    load = Test("hbv_viral_load", "==", "undetectable", detail=detail if "suppress" in text else "")
    return If(Test("hepatitis_b", "==", "chronic"), load)


def _hbsag(match: re.Match[str], text: str) -> Expression | None:
    weeks = re.search(r"for >= (?P<number>\d+|four) weeks", match.group())
    window = (
        Window(float(4 if weeks["number"] == "four" else weeks["number"]), "wk", relation="for >=") if weeks else None
    )
    treated = Test("hbv_antiviral_therapy", "==", "received", window=window)
    return If(Test("hbsag", "==", "positive"), All((treated, Test("hbv_viral_load", "==", "undetectable"))))


def _hcv_load(match: re.Match[str], text: str) -> Expression | None:
    return If(Test("hepatitis_c", "==", "history"), Test("hcv_viral_load", "==", "undetectable"))


def _brain(match: re.Match[str], text: str) -> Expression | None:
    return If(Test("brain_metastases", "==", "treated"), Test("progression_on_followup_imaging", value=False))


def _brain_now(match: re.Match[str], text: str) -> Expression | None:
    new = Test("brain_metastases", "in", ("new", "progressive"))
    who: Expression = Any((new, Test("leptomeningeal_disease"))) if "leptomeningeal" in match.group() else new
    return If(who, Test("immediate_cns_treatment", "==", "not_required", detail="as judged by physician"))


def _diabetes(match: re.Match[str], text: str) -> Expression | None:
    number, unit = match["number"], {"m": "mo", "w": "wk", "y": "a"}[match["unit"][0]]
    return If(Test("diabetes"), Test("antihyperglycemic_dose", "==", "stable", detail=f">= {number} {unit}"))


def _diabetes_held(match: re.Match[str], text: str) -> Expression | None:
    return If(Test("diabetes"), Test("antihyperglycemic_can_be_held", detail="as judged by physician"))


_CLASSES = {"i": 1, "ii": 2, "iii": 3, "1": 1, "2": 2, "3": 3, "2b": 2, "iib": 2}


def _nyha(match: re.Match[str], text: str) -> Expression | None:
    limit = Test("nyha", "<=", float(_CLASSES[match["class"]]))
    if "cardiac disease" in text and "cardiotoxic" in text:
        return If(Any((Test("cardiac_disease", ""), Test("cardiotoxic_treatment", ""))), limit)
    return limit


def _steroids(match: re.Match[str], text: str) -> Expression | None:
    number = {"two": "2", "four": "4", "three": "3"}.get(match["number"], match["number"])
    unit = {"d": "d", "w": "wk", "m": "mo"}[match["unit"][0]]
    return If(
        Test("corticosteroids"),
        Test("corticosteroid_dose", "==", "stable", detail=f"for >= {number} {unit} before treatment start"),
    )


def _permission(
    pattern: str, reads: Callable[[re.Match[str], str], Expression | None], kind: AtomKind = "data"
) -> Permission:
    return Permission(re.compile(pattern), reads, kind)


def _hiv_controlled(match: re.Match[str], text: str) -> Expression | None:
    return If(Test("hiv", "==", "positive"), Test("hiv", "==", "well_controlled", detail="on antiretroviral therapy"))


PERMISSIONS = (
    _permission(
        rf"{_HIV}[^.;]{{0,60}}\bon effective anti-?\s?retroviral therapy (?:must have|with|and have) (?:an )?undetectable viral load",
        _hiv,
    ),
    _permission(
        rf"{_HIV}[^.;]{{0,60}}must have well[- ]controlled {_HIV} on (?:antiretroviral therapy|art|anti-retroviral therapy)",
        _hiv_controlled,
    ),
    _permission(
        rf"chronic {_HBV}[^.;]{{0,40}}?,?\s*the (?:hbv )?viral load must be undetectable"
        rf"|chronic {_HBV} infection must have (?:an )?undetectable (?:hbv )?viral load",
        _hbv,
    ),
    _permission(
        r"\(?hbsag\)? positive are eligible if they have (?:received|been on)[^.;]{0,40}hbv\)? antiviral therapy"
        r" (?:for >= (?:\d+|four) weeks,? )?and (?:have|has) undetectable",
        _hbsag,
    ),
    _permission(rf"history of {_HCV} infection must have been treated and cured", _hcv),
    _permission(
        rf"history of {_HCV} infection are eligible if (?:the )?(?:hcv )?viral load is undetectable", _hcv_load
    ),
    _permission(
        rf"\btreated {_BRAIN} are eligible if follow-?up (?:brain )?imaging[^.;]{{0,70}} shows no evidence of progression",
        _brain,
    ),
    _permission(
        rf"new or progressive {_BRAIN}[^.;]{{0,70}} are eligible if the treating physician determines that immediate"
        r"[^.;]{0,40} treatment is not required",
        _brain_now,
        "judgement",
    ),
    _permission(
        r"diabet\w+ may enroll,? provided[^.;]{0,30}stable doses? of antihyperglycemic medications?"
        r" for >= (?P<number>\d+) (?P<unit>months|weeks|years)",
        _diabetes,
    ),
    _permission(
        r"diabet\w+ may enroll[^.;]{0,140}physician managing their diabetes feels they can safely hold",
        _diabetes_held,
        "judgement",
    ),
    _permission(
        r"(?:should|must) be (?:new york heart association |\(nyha\) |nyha |functional |classification |of )*"
        r"class (?P<class>iib|iii|ii|i|2b|[123]) or better",
        _nyha,
    ),
    _permission(
        r"receiving corticosteroids may continue if their dose is stable for (?:least|>=)? ?"
        r"(?P<number>\d+|two|three|four) (?P<unit>weeks|days|months)",
        _steroids,
    ),
)
_STEMS = ("hiv", "immunodef", "hepatitis", "hbv", "hcv", "hbsag", "metastas", "diabet", "class", "corticosteroid")


def read_permissions(segment: Segment) -> Sequence[Draft]:
    """The conditional permissions of a segment: requirements of those who have the disease."""
    text = segment.plain.text
    if not holds(text, _STEMS) or segment.note or segment.effect == "define":
        return ()
    found = []
    for permission in PERMISSIONS:
        match = permission.pattern.search(text)
        expression = permission.reads(match, text) if match else None
        if match and expression is not None:
            found.append(Draft(match.start(), match.end(), expression, "require", permission.kind))
    return found
