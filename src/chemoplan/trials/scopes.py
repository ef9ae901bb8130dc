"""Which part of a study a line is limited to: a cohort, part, arm, phase, or the people of one primary site."""

from __future__ import annotations

import re

_SITES: tuple[tuple[str, str], ...] = (
    (r"rectal|rectum", "site=rectum"), (r"colon", "site=colon"), (r"colorectal|crc|colon and rectum", "site=colorectal"),
    (r"prostate", "site=prostate"),
    (r"gyn(?:a)?ecologic|cervical|cervix", "site=cervix"), (r"pancreatic|pancreas|pdac", "site=pancreas"),
    (r"lung|nsclc|sclc", "site=lung"),
    (r"breast", "site=breast"), (r"ovarian|ovary", "site=ovary"), (r"gastric|stomach", "site=stomach"), (r"melanoma", "site=skin"),
    (r"hepatocellular|hcc|liver", "site=liver"), (r"anal", "site=anus"), (r"bladder|urothelial", "site=bladder"),
    (r"head and neck|hnscc", "site=head_and_neck"), (r"esophageal", "site=esophagus"), (r"endometrial", "site=uterus"),
)  # fmt: skip
_SITE = re.compile(
    r"\W*(?:for )?(?:patients with |participants with |subjects with )?(?:"
    + "|".join(f"(?P<s{at}>{words})" for at, (words, _) in enumerate(_SITES))
    + r")(?: cancer| carcinoma| adenocarcinoma| tumou?rs?)?(?: patients| participants| cohort| only)*\s*(?::|-(?=\s*[A-Z]))",
    re.IGNORECASE,
)
_PRIMARY = re.compile(r"\W*for (?:patients|participants|subjects) with (?:an? )?(?P<site>\w+) primary\b", re.IGNORECASE)
_ONE_NAME = r"(?:\d+[A-Za-z]?(?!\w)|[A-Z]\d*(?!\w)|I{1,3}V?(?!\w)|[Oo]ne\b|[Tt]wo\b|[Tt]hree\b)"
_NAME = rf"(?P<name>{_ONE_NAME}(?:(?:, (?:and |or )?| and | or | & |/){_ONE_NAME})*)"
_KEY = r"(?P<key>[Cc]ohort|COHORT|[Pp]art|PART|[Aa]rm|ARM|[Pp]hase|PHASE|[Ss]tratum|[Ss]ub-?protocol|[Gg]roup)s?"
_PART = re.compile(
    rf"\W*(?:[Ff]or )?(?:(?:patients|participants|subjects) (?:in|enrolled in) )?{_KEY} {_NAME}"
    r"[^:\n]{0,60}?(?:\s+only)?\s*(?::|\bonly\b[:\-–]?|\)\s*:|\s[-–]\s)"
)
_IN_HEADING = re.compile(
    rf"\b{_KEY} {_NAME}"
    r"|(?P<before>\S+(?: mutant)?) [Cc]ohort\b"
)
_FOR_COHORT = re.compile(
    r"\W*[Ff]or (?:participants in |patients in |subjects in )?(?:the )?(?P<name>[\w+-]{2,20}) [Cc]ohorts?\b"
)
_BRACKET = re.compile(
    r"\W*\\?\[(?P<name>[\w+-]{2,20})[^\[\]]{0,80}(?:[Cc]ohort|[Pp]art|[Aa]rm|[Ee]xpansion)[^\[\]]{0,20}\]\s*\S"
)
_GROUP = re.compile(r"\W*(?P<name>[A-Z][A-Z /&-]{4,40}[A-Z])\s*:\s*\S")
_KEYS = {"sub-protocol": "subprotocol"}
_NUMBERS = {"one": "1", "two": "2", "three": "3"}
_EVERYBODY = re.compile(r"\b(?:PATIENTS?|PARTICIPANTS?|SUBJECTS?|NOTE|INCLUSION|EXCLUSION|CRITERIA)\b")


def scope_of(text: str, *, heading: bool) -> str | None:
    """The scope that the beginning of a line (or anything in a heading) names, such as `cohort=A`; None where it names none."""
    match = _PART.match(text) or (_IN_HEADING.search(text) if heading else None)
    if match:
        key = (match["key"] or "cohort").lower()
        name = match["name"] or match.groupdict().get("before") or ""
        names = [
            _NUMBERS.get(part.lower(), part)
            for part in re.split(r", (?:and |or )?| and | or | & |/", name.strip(".,;:()"))
        ]
        return f"{_KEYS.get(key, key)}={','.join(names)}"
    cohort = _FOR_COHORT.match(text) or _BRACKET.match(text)
    if cohort:
        return f"cohort={cohort['name']}"
    site = _SITE.match(text)
    if site:
        return next(_SITES[at][1] for at in range(len(_SITES)) if site[f"s{at}"])
    primary = _PRIMARY.match(text)
    if primary:
        return f"primary={primary['site'].lower()}"
    group = _GROUP.match(text)
    if group and not _EVERYBODY.search(group["name"]):
        return "group=" + group["name"].strip().lower().replace(" ", "_")
    return None
