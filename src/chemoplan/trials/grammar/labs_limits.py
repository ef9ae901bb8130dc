"""Limits of laboratory values: "<= 1.5 x ULN", ">= 1,500/mcL", "75.000/mm3", "within normal limits", in one unit each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chemoplan.trials.grammar.labs_lexicon import Analyte

_PLACE = (
    r"(?:(?:the|institutional|institution's|institution|local|laboratory|lab|site|age-adjusted|age|adjusted|respective"
    r"|normal|defined|its)\s+)*"
)
NORMAL_TOP = (
    rf"{_PLACE}(?:upper\s+(?:institutional\s+)?(?:limits?|levels?|range)?\s*(?:of\s+)?(?:the\s+)?{_PLACE}(?:normal"
    rf"|reference)(?:\s+(?:range"
    rf"|limits?|values?|level))?"
    r"|uln|iuln|unl|uln's|upper\s+normal(?:\s+limits?)?|upper\s+limits?|normal\s+institutional\s+limits?"
    r"|institutional\s+normal|normal\s+limits?|normal\s+range|normal)"
    r"(?:\s*[\[(](?:[ui]?ln|unl|upper limit of normal|iuln)[\])])?"
)
NORMAL_FLOOR = (
    rf"{_PLACE}(?:lower\s+(?:limits?|levels?|range)?\s*(?:of\s+)?(?:the\s+)?{_PLACE}(?:normal|reference)(?:\s+(?:range"
    rf"|limits?|values?))?|lln)"
    r"(?:\s*[\[(](?:i?lln|lower limit of normal)[\])])?"
)
_WITHIN = (
    r"(?:within|in|with in)\s+(?:the\s+)?(?:institution(?:al|'s)?\s+|laboratory\s+|local\s+)*normal"
    r"(?:\s+(?:institutional|laboratory|local|reference))?(?:\s+(?:limits?|ranges?))?"
    r"|within\s+(?:the\s+)?(?:institutional\s+)?(?:reference|normal)\s+(?:range|limits?)|wnl"
)
_NUMBER = (
    r"\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?:\.\d{3})+(?![\d.])|\d{1,3} \d{3}(?=\s*(?:/|cells|per|mm))|\d+(?:[.,]\d+)?"
)
_POWER = r"(?:\s*(?:x|\*)?\s*10\s*(?:\^|\*\*?|e|\^\()?\s*[\[(]?\s*(?P<power>[369]|12)\s*[\])]?(?!\d))"
_VOLUMES = r"mcl|ul|u l|mm\s?\^?\(?3\)?|cu\.?\s?mm|cumm|cmm|microl(?:it(?:er|re)s?)?|cubic\s+millimet(?:er|re)s?"
UNITS: tuple[tuple[str, str], ...] = (
    ("k_per_mcl", rf"(?:k|thousand)\s*(?:cells)?\s*(?:/|per)\s*(?:{_VOLUMES})"),
    ("per_mcl", rf"(?:cells?|platelets|neutrophils|leukocytes|lymphocytes)?\s*(?:/|per)\s*(?:{_VOLUMES})|(?:cells\s*)?mm\s?\^?3"),
    ("mL/min/{1.73_m2}",
     r"/?(?:ml|cc)\s*/?\s*(?:/|per)\s*min(?:ute)?s?\.?\s*(?:/|per)\s*1[.,]\s*73\s*(?:m(?:et(?:er|re)s?)?\s*(?:\^?\(?2\)?|squared)?)?"),
    ("mL/min", r"/?(?:ml|cc)\s*/?\s*(?:/|per)\s*min(?:ute)?s?\b"),
    ("g/24.h", r"(?:g|grams?|gm)\s*(?:/|per|in|over|of protein (?:in|per))?\s*(?:a\s+)?(?:24[- ]?h(?:ou)?rs?|d(?:ay)?)\b"),
    ("mg/24.h", r"mg\s*(?:/|per|in)\s*(?:24[- ]?h(?:ou)?rs?|d(?:ay)?)\b"),
    ("mg/dL", r"milligrams? per deciliter(?: \(mg/dl\))?"),
    ("g/dL", r"(?:g|gm|gr|gms|grams?)\s*(?:/|per|%)\s*(?:dl|deciliter|100\s*ml)|g%"),
    ("mg/dL", r"mg\s*(?:/|per)\s*(?:dl|deciliter|100\s*ml)|mg%"),
    ("ng/mL", r"(?:ng|ug|mcg)\s*/\s*m?l"),
    ("U/mL", r"(?:i?u|units?)\s*/\s*ml"),
    ("U/L", r"(?:i?u|units?)\s*/\s*l\b"),
    ("umol/L", r"(?:umol|mcmol|micromol(?:e)?s?)\s*/\s*l(?:iter)?\b"),
    ("mmol/L", r"mmol(?:e)?s?\s*/\s*l(?:iter)?\b"),
    ("meq/L", r"meq\s*/\s*l\b"),
    ("g/L", r"(?:g|grams?)\s*/\s*l(?:iter)?\b"),
    ("per_ml", r"(?:cells?)?\s*/\s*ml\b"),
    ("per_dl", r"(?:cells?)?\s*/\s*dl\b"),
    ("per_l", r"(?:cells?)?\s*(?:/|per)\s*l(?:iter|itre)?\b"),
    ("mm[Hg]", r"mm\s?hg"),
    ("ms", r"m(?:illi)?\s?sec(?:onds?)?(?: \((?:msec|ms)\))?|ms"),
    ("s", r"sec(?:onds?)?|s\b"),
    ("%", r"%|percent"),
    ("+", r"\+"),
)  # fmt: skip
_UNIT_NAMES = tuple(name for name, _ in UNITS)
_UNIT = "|".join(f"(?P<u{at}>{pattern})" for at, (_, pattern) in enumerate(UNITS))
_COMPARATORS = {
    ">=": ">=", "<=": "<=", ">": ">", "<": "<", "above": ">", "over": ">", "below": "<", "under": "<", "not above": "<=", "not over": "<=",
    "not below": ">=", "not under": ">=", "no lower than": ">=", "not lower than": ">=", "no higher than": "<=", "not higher than": "<=",
    "less than": "<", "not >": "<=", "not <": ">=", "no >": "<=", "no <": ">=", "not exceeding": "<=", "less or equal to": "<=",
    "equal or less than": "<=", "greater or equal to": ">=", "equal or greater than": ">=", "maximum": "<=", "minimum": ">=",
    "does not >": "<=", "must not >": "<=",
}  # fmt: skip
_COMPARATOR = "|".join(
    sorted((r"\s*".join(re.escape(part) for part in word.split()) for word in _COMPARATORS), key=len, reverse=True)
)
LIMIT = (
    rf"(?P<within>{_WITHIN})"
    rf"|(?P<sign>{_COMPARATOR})?\s*(?:\([<>]=?\)\s*)?(?:or\s*=\s*)?(?:to\s+)?(?:the\s+)?(?:"
    rf"(?P<number>{_NUMBER})(?:(?:\s*[- ]?(?:x|\*|times|fold|\.)?\s*(?:the\s+)?(?:(?P<top>{NORMAL_TOP})"
    rf"|(?P<floor>{NORMAL_FLOOR}))(?![\w]))"
    rf"|{_POWER}?\s*(?:cells\s*)?(?:{_UNIT})?(?![\w]))"
    rf"|(?<=[<>=enrt\s])(?:(?P<bare_top>{NORMAL_TOP})|(?P<bare_floor>{NORMAL_FLOOR}))(?![\w]))"
)
"""A limit in plain text. `bare_top` ("<= ULN") counts only behind a sign."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as written: `number` keeps its separators, `power` is the exponent of ten; `unit` is of the table, xULN or xLLN."""

    sign: str
    number: str
    unit: str
    power: int = 0
    within: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A limit in the unit of its analyte."""

    sign: str
    number: float
    unit: str
    note: str = ""


def limit_of(match: re.Match[str]) -> Limit | None:
    """The limit that a match of LIMIT states."""
    if match["within"]:
        return Limit("<=", "1", "xULN", within=True)
    sign = _COMPARATORS.get(" ".join((match["sign"] or "").split()), "")
    sign = sign or _COMPARATORS.get((match["sign"] or "").replace(" ", ""), "")
    if match["bare_top"] or match["bare_floor"]:
        return Limit(sign, "1", "xULN" if match["bare_top"] else "xLLN") if sign else None
    if match["top"]:
        return Limit(sign, match["number"], "xULN")
    if match["floor"]:
        return Limit(sign, match["number"], "xLLN")
    unit = next((name for at, name in enumerate(_UNIT_NAMES) if match[f"u{at}"]), "")
    return Limit(sign, match["number"], unit, int(match["power"] or 0))


def value_of(limit: Limit, analyte: Analyte, inherited: str = "") -> Value | None:
    """The limit in a unit of the analyte; None where it fits none. `inherited` is the unit of the limit it varies.

    Units that cannot be meant (neutrophils per mL, hemoglobin in mg/dL) are read as the one that makes the value plausible, with a note.
    """
    sign, note = limit.sign, ""
    if limit.within and not analyte.requires and "xLLN" in analyte.kinds:
        return None  # both bounds are meant
    if not sign:
        if not analyte.requires:
            return None
        sign = ">=" if analyte.requires == "floor" else "<="
        note = f"the comparator is missing in the text; {sign} assumed"
    if limit.unit == "xULN" or limit.unit == "xLLN":
        kind = limit.unit
        if kind not in analyte.kinds:
            return None
        number = _plain_number(limit.number)
        return None if number is None or number > 30 else Value(sign, number, kind, note)
    if "count" in analyte.kinds:
        return _count(limit, analyte, sign, note)
    return _amount(limit, analyte, sign, note, inherited)


def _count(limit: Limit, analyte: Analyte, sign: str, note: str) -> Value | None:
    """Cells in 10*9/L."""
    if limit.unit not in _COUNTED:
        return None
    low, high = analyte.range
    power = limit.power
    numbers = _readings(limit.number)
    written = limit.unit
    if power:
        # 10^9/L and 10^3/mcL are one unit; 10^6/L is a thousandth of it.
        scale = {
            ("per_l", 9): 1.0,
            ("per_l", 6): 1e-3,
            ("per_mcl", 3): 1.0,
            ("per_mcl", 9): 1.0,
            ("", 9): 1.0,
            ("per_ml", 6): 1.0,
        }
        factor = scale.get((written, power))
        found = [n * factor for n in numbers if factor is not None and low <= n * factor <= high]
        if found:
            return Value(sign, _round(found[0]), "10*9/L", note)
        # 1500 x 10^9/L: the power was added to a count per mcL.
        meant = [n / 1000 for n in numbers if low <= n / 1000 <= high]
        return (
            Value(sign, _round(meant[0]), "10*9/L", _and(note, "the power of ten is wrong; per mcL is meant"))
            if meant
            else None
        )
    factor = {"per_mcl": 1e-3, "k_per_mcl": 1.0, "g/L": 1.0}.get(written)
    if factor is not None:
        found = [n * factor for n in numbers if low <= n * factor <= high]
        if found:
            return Value(sign, _round(found[0]), "10*9/L", note)
        if written == "per_mcl":
            meant = [n for n in numbers if low <= n <= high and n >= 0.4]
            if meant:
                return Value(sign, _round(meant[0]), "10*9/L", _and(note, "written per mcL; 10^9/L is meant"))
        return None
    named = {"per_ml": "per mL", "per_dl": "per dL", "per_l": "per L", "mm[Hg]": "mm Hg"}.get(written)
    remark = f"written {named}; per mcL is meant" if named else "the unit is missing in the text; cells per mcL assumed"
    found = [n / 1000 for n in numbers if low <= n / 1000 <= high]
    if found:
        return Value(sign, _round(found[0]), "10*9/L", _and(note, remark))
    meant = [n for n in numbers if low <= n <= high]
    if meant and analyte.bare:
        remark = f"written {named}; 10^9/L is meant" if named else "the unit is missing in the text; 10^9/L assumed"
        return Value(sign, _round(meant[0]), "10*9/L", _and(note, remark))
    return None


_COUNTED = {"", "per_mcl", "k_per_mcl", "g/L", "per_ml", "per_dl", "per_l", "U/L"}
_CONVERTED = {("g/dL", "g/L"): 10.0, ("g/dL", "mg/dL"): 1.0, ("ms", "s"): 0.001, ("mg/dL", "mmol/L"): 0.0}
"""How many of the written unit make one of the analyte's: 90 g/L is 9 g/dL."""


def _amount(limit: Limit, analyte: Analyte, sign: str, note: str, inherited: str) -> Value | None:
    """A concentration, a percentage, a time."""
    if limit.power:
        return None
    number = _plain_number(limit.number)
    if number is None:
        return None
    low, high = analyte.range
    first = analyte.kinds[0]
    if limit.unit in analyte.kinds and limit.unit:
        if limit.unit == first and not low <= number <= high:
            if limit.unit == "g/dL" and low <= number / 10 <= high:
                return Value(sign, _round(number / 10), first, _and(note, "written g/dL; g/L is meant"))
            return None
        return Value(sign, number, limit.unit, note)
    if (first, limit.unit) in _CONVERTED:
        factor = _CONVERTED[first, limit.unit]
        for divisor, remark in ((factor, ""), (1.0, f"written {limit.unit}; {first} is meant")):
            if divisor and low <= number / divisor <= high:
                odd = remark or (f"written {limit.unit}; {first} is meant" if limit.unit == "mg/dL" else "")
                return Value(sign, _round(number / divisor), first, _and(note, odd))
        return None
    if limit.unit:
        return None
    if inherited:
        named = {"xULN": "multiple of ULN", "xLLN": "multiple of LLN"}.get(inherited, inherited)
        return Value(sign, number, inherited, _and(note, f"the unit is missing in the text; {named} assumed"))
    if analyte.bare and low <= number <= high:
        remark = f"the unit is missing in the text; {first} assumed" if first else ""
        return Value(sign, number, first, _and(note, remark))
    return None


def _readings(text: str) -> list[float]:
    """What a number may mean: 75.000 is seventy-five thousand or seventy-five."""
    found = []
    if re.fullmatch(r"\d{1,3}(?:[,. ]\d{3})+", text):
        found.append(float(re.sub(r"[,. ]", "", text)))
    plain = _plain_number(text)
    return found + ([plain] if plain is not None and plain not in found else [])


def _plain_number(text: str) -> float | None:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return float(text.replace(",", ""))
    try:
        return float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        return None


def _round(number: float) -> float:
    return float(f"{number:.6g}")


def _and(note: str, more: str) -> str:
    return "; ".join(part for part in (note, more) if part)
