"""Which part of a study a line is limited to: a cohort, part, arm, phase, or the people of one primary site."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SITES: tuple[tuple[str, str], ...] = (
    (r"rectal|rectum", "site=rectum"), (r"colon", "site=colon"), (r"colorectal|crc|colon and rectum", "site=colorectal"),
    (r"prostate", "site=prostate"),
    (r"gyn(?:a)?ecologic|cervical|cervix", "site=cervix"), (r"pancreatic|pancreas|pdac", "site=pancreas"),
    (r"lung|nsclc|sclc", "site=lung"),
    (r"breast", "site=breast"), (r"ovarian|ovary", "site=ovary"), (r"gastric|stomach", "site=stomach"), (r"melanoma", "site=skin"),
    (r"hepatocellular|hcc|liver", "site=liver"), (r"anal", "site=anus"), (r"bladder|urothelial", "site=bladder"),
    (r"head and neck|hnscc", "site=head_and_neck"), (r"esophageal", "site=esophagus"), (r"endometrial", "site=uterus"),
)  # fmt: skip
SITES_TOGETHER: dict[str, tuple[str, ...]] = {"colorectal": ("colon", "rectum")}
"""Names of a scope that stand for several primary sites."""

_SITE = re.compile(
    r"\W*(?:for )?(?:patients with |participants with |subjects with )?(?:"
    + "|".join(f"(?P<s{at}>{words})" for at, (words, _) in enumerate(_SITES))
    + r")(?: cancer| carcinoma| adenocarcinoma| tumou?rs?)?(?: patients| participants| cohort| only)*\s*(?::|-(?=\s*[A-Z]))",
    re.IGNORECASE,
)
_PRIMARY = re.compile(r"\W*for (?:patients|participants|subjects) with (?:an? )?(?P<site>\w+) primary\b", re.IGNORECASE)
_ONE_NAME = (
    r"(?:\d+(?:[A-Za-z]\d*)?(?!\w)|[A-Z](?:-?\d+)?[a-z]?(?!\w)|I{1,3}V?[A-Za-z]?\d?(?!\w)|[Oo]ne\b|[Tt]wo\b|[Tt]hree\b)"
)
_AND = r"(?:, (?:and |or )?| and/or | and | or | & |/)"
_AGAIN = r"(?:(?P=key)s? )?"
_ALL_NAMES = rf"{_ONE_NAME}(?:{_AND}{_AGAIN}{_ONE_NAME})*"
_NAME = rf"(?P<name>{_ALL_NAMES})"
_KEY = (
    r"(?P<key>[Cc]ohort|COHORT|[Pp]art|PART|[Aa]rm|ARM|[Pp]hase|PHASE|[Ss]tratum|[Ss]ub-?[Pp]rotocol"
    r"|[Gg]roup|[Mm]odule|[Ss]ub-?[Ss]tud(?:y|ie))s?"
)
_PEOPLE = r"(?:[Pp]atients|[Pp]articipants|[Ss]ubjects)"
_PART = re.compile(
    rf"\W*(?:(?:[Ff]or|[Ii]n) )?(?:{_PEOPLE} (?:in|enrolled in|enrolled (?:in)?to) )?(?:the )?{_KEY} {_NAME}"
    rf"(?:,(?=\s*\w)(?!\s*(?:and |or )?{_AGAIN}{_ONE_NAME})"
    r"|[^:\n]{0,60}?(?:\s+only)?\s*(?::|\bonly\b[:,\-–]?|\)\s*:|\s[-–]\s))"
)
_PEOPLE_OF_A_PART = re.compile(
    rf"\W*(?:[^\s:;,.]+ ){{0,3}}?{_PEOPLE} (?:enrolled )?(?:in|to) {_KEY} {_NAME}(?: \([^()]*\))?"
    rf"(?P<more>(?: (?:and|or) (?:[Pp]art|[Cc]ohort|[Aa]rm)s? {_ONE_NAME}(?: \([^()]*\))?)*)(?=,? (?:must|should|have|with|who)\b)"
)
_CANCER = re.compile(
    r"\W*[A-Z][A-Za-z ,/-]{2,80}(?:[Cc]ancer|[Cc]arcinoma|[Mm]elanoma) \((?P<name>[A-Z][A-Z-]{1,9})\)"
    r" [-–] (?=[A-Z])"
)
_HISTOLOGY = re.compile(r"\W*[Pp]rimary [Hh]istology: (?P<names>[A-Za-z]+(?:/[A-Za-z]+)*) / ")
_IN_HEADING = re.compile(
    rf"\b{_KEY} {_NAME}"
    r"|(?P<before>\S+(?: mutant)?) [Cc]ohort\b"
)
_NAMED_ARM = re.compile(
    rf"\W*[Ff]or {_PEOPLE} (?:who are |who will be )?(?:enrolled|assigned|randomi[sz]ed) (?:in)?to the arm of (?P<name>[^,:]{{2,40}})[,:]"
)
_SOME = re.compile(
    r"\W*[Ff]or (?:some|one|certain|other) (?:parts?|cohorts?|arms?) of (?:the|this) (?:study|trial)(?: only)?"
    r"\s*[,:]?(?:\s*\((?:i\.e|e\.g)[^()]*\))?"
)
_DOSE_PART = re.compile(
    r"\W*(?:[Ff]or )?(?:the )?(?:[Dd]ose[ -])?(?P<which>[Ee]scalation|[Ee]xpansion|[Oo]ptimi[sz]ation)"
    r"(?: (?:[Pp]hase|[Pp]art|[Cc]ohorts?))?(?: [Oo]nly)?\s*:"
)
_DOSE_AT_THE_END = re.compile(
    r"\((?:\w+ )?(?P<which>[Ee]scalation|[Ee]xpansion|[Oo]ptimi[sz]ation)(?: (?:[Pp]hase|[Pp]art|[Cc]ohorts?))? [Oo]nly\)\W*$"
)
_SUBSTUDY = re.compile(r"\W*(?P<name>[Oo]ptional) [Ss]ub-?[Ss]tudy\b[^:]{0,60}:")
_AT_THE_END = re.compile(rf"\((?:[Ff]or )?{_KEY} {_NAME}(?: [Oo]nly)?\)\W*$")
_ANY_PART = re.compile(rf"\b{_KEY} {_ONE_NAME}")
_NAMED_AT_THE_END = re.compile(r"\((?P<name>[\w+-]{2,20}) [Cc]ohort(?: [Oo]nly)?\)\W*$")
_IN_ORDER = re.compile(
    r"\W*[Ii]n order to be eligible for the (?P<name>[\w+-]{2,20}(?: (?:positive|negative))?) [Cc]ohort,"
)
_FOR_COHORT = re.compile(
    r"\W*[Ff]or (?:participants in |patients in |subjects in )?(?:the )?(?P<name>[\w+-]{2,20}) [Cc]ohorts?\b"
)
_BRACKET = re.compile(
    r"\W*\\?\[(?P<name>[\w+-]{2,20})[^\[\]]{0,80}(?:[Cc]ohort|[Pp]art|[Aa]rm|[Ee]xpansion)[^\[\]]{0,20}\]\s*\S"
)
_GROUP = re.compile(r"\W*(?P<name>[A-Z][A-Z /&-]{4,40}[A-Z])\s*:\s*\S")
_COHORT_ONLY = re.compile(r"\W*\((?P<name>[\w+-]{2,20}(?: (?:positive|negative))?) [Cc]ohort [Oo]nly\)\.?")
_KEYS = {"sub-protocol": "subprotocol", "sub-study": "substudy", "substudie": "substudy"}
_NUMBERS = {"one": "1", "two": "2", "three": "3"}
_EVERYBODY = re.compile(r"\b(?:PATIENTS?|PARTICIPANTS?|SUBJECTS?|NOTE|INCLUSION|EXCLUSION|CRITERIA)\b")


_WORDS = re.compile(
    r":|cohort|part|arm|phase|stratum|protocol|study|group|module|escalation|expansion|optimi|primary|-\s*[A-Z]",
    re.IGNORECASE,
)
_EACH = ("all", "each", "every", "any")
_NO_NAMES = (*_EACH, "both", "for", "to", "study", "the", "this", "that", "of", "in", "either", "selected")


def scope_of(text: str, *, heading: bool) -> str | None:
    """The scope that a line (or anything in a heading) names, such as `cohort=A`; None where it names none."""
    found = label_of(text, heading=heading)
    return found[0] if found else None


def label_of(text: str, *, heading: bool = False) -> tuple[str, int] | None:
    """The scope that a line names, and where the criterion begins behind it: ("part=2", 12) for "Part 2 only: ..."."""
    if _WORDS.search(text) is None:
        return None
    match = _PART.match(text) or _PEOPLE_OF_A_PART.match(text)
    if match:
        more = re.findall(_ONE_NAME, match.groupdict().get("more") or "")
        return _named(match["key"], match["name"], more), match.end()
    match = _IN_HEADING.search(text) if heading else None
    if match and (match["before"] or "").lower() not in _NO_NAMES:
        return _named(match["key"] or "cohort", match["name"] or match["before"]), 0
    for key, pattern in _OTHERS:
        match = pattern.match(text)
        if match and match["name"].lower() in _EACH:
            return "all", match.end()
        if match and match["name"].lower() not in _NO_NAMES:
            return f"{key}={match['name'].strip()}", match.end()
    some = _SOME.match(text)
    if some:
        return "part=some", some.end()
    dose = _DOSE_PART.match(text)
    if dose:
        return _dose_part(dose["which"]), dose.end()
    site = _SITE.match(text)
    if site:
        return next(_SITES[at][1] for at in range(len(_SITES)) if site[f"s{at}"]), site.end()
    primary = _PRIMARY.match(text)
    if primary:
        return f"primary={primary['site'].lower()}", 0
    histology = _HISTOLOGY.match(text)
    if histology:
        return f"primary={histology['names'].lower().replace('/', ',')}", histology.end()
    group = _GROUP.match(text)
    if group and not _EVERYBODY.search(group["name"]):
        return "group=" + group["name"].strip().lower().replace(" ", "_"), group.end("name") + 1
    at_the_end = None if heading else _AT_THE_END.search(text)
    if at_the_end and len(_ANY_PART.findall(text)) == 1:
        return _named(at_the_end["key"], at_the_end["name"]), 0
    dose = None if heading else _DOSE_AT_THE_END.search(text)
    if dose:
        return _dose_part(dose["which"]), 0
    named = None if heading else _NAMED_AT_THE_END.search(text)
    return (f"cohort={named['name']}", 0) if named else None


_OTHERS = (
    ("cohort", _FOR_COHORT), ("cohort", _BRACKET), ("cohort", _IN_ORDER), ("cohort", _COHORT_ONLY), ("arm", _NAMED_ARM),
    ("substudy", _SUBSTUDY), ("group", _CANCER),
)  # fmt: skip


def _dose_part(which: str) -> str:
    return f"phase=dose_{which.lower().replace('isation', 'ization')}"


def _named(key: str, name: str, more: Sequence[str] = ()) -> str:
    names = [re.sub(r"^[A-Za-z]+ ", "", part) for part in (*re.split(_AND, name.strip(".,;:()")), *more)]
    return f"{_KEYS.get(key.lower(), key.lower())}={','.join(_NUMBERS.get(part.lower(), part) for part in names)}"
