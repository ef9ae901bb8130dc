"""The words of a laboratory criterion: analytes, limits, circumstances, the words that join them; everything else is a plain word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.expression import Window
from chemoplan.trials.grammar.labs_lexicon import analyte_named, words
from chemoplan.trials.grammar.labs_limits import LIMIT, Limit, limit_of
from chemoplan.trials.grammar.windows import windows


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is analyte, limit, case (a circumstance), excused, lead ("unless", "for patients with"), not, or, and, comma, open, close,
    stop, window, method, fill (a word that changes nothing) or word. `name` says which one.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    limit: Limit | None = None
    window: Window | None = None


_PEOPLE = r"(?:patients?|subjects?|participants?|individuals?|persons?|people|those|cases?|anyone)"
_LEAD = (
    r"unless|except(?:ing|ions?)?(?:\s+(?:for|in|are))?|with the exception of|excluding|other than|apart from|if|when|provided|where"
    rf"|(?:for|in|among|with|of)\s+(?:all\s+|the\s+|select\s+|adult\s+|pediatric\s+|any\s+)*{_PEOPLE}"
    r"(?:\s+(?:of|with|who have|having|who are|that have))?\b"
    r"|in (?:the )?(?:presence|setting|case|event) of|due to|because of|attribut(?:ed|able) to|secondary to"
)
_FILL = (
    r"of|for|in|activated|is|are|was|be|been|must|should|shall|will|have|has|having|had|a|an|the|at|as|to|by|on|its|their"
    r"|level|levels|value|values|count|counts"
    r"|serum|plasma|blood|total|peripheral|absolute|measured|calculated|estimated|baseline|adequate|corrected|result|results|test|tests"
    r"|concentration|concentrations|either|both|interval|intervals|screening|resting|room|air|fasting|current|documented"
    r"|least|using|per|via"
    r"|equation|formula|method|function|average|mean|triplicate|patient|patients|participant|participants|subject|subjects"
    r"|obtained|performed"
    r"|assessed|measured|determined|estimate|then|which|who|whom|it|limit|limits|allowed|acceptable|permitted|also|known"
    r"|present|baseline|following"
    r"|apply|applies|eligible|only|time|been|ratio|normalized|rate|also|can|used|place|may|ranges?|range|fraction|study"
    r"|entry|prior|during"
    r"|age|reference|laboratory|echocardiogram|echo|muga|electrocardiogram|ecg|ekg|persistent|defined|spot|urine|hours?"
    r"|analysis|urinalysis|dipstick|from|otherwise|instead|prolongation|each|multi-?gated|multiple-gated|multigated|acquisition|scans?|uptake"
)  # fmt: skip
_METHODS = (
    ("Cockcroft-Gault", r"cock(?:c)?r?oft[\s-]*(?:and[\s-]*|&\s*)?gault|c-g formula"),
    ("MDRD", r"mdrd|modification of diet in renal disease"),
    ("CKD-EPI", r"ckd[\s-]*epi"),
    ("Fridericia", r"fr[ie]deri(?:cia|k)(?:'?s)?"),
    ("Bazett", r"bazett(?:'?s)?"),
    ("Schwartz", r"schwartz"),
)
_SPAN = (
    r"(?:[<>]=?\s*)?\d+(?:\.\d+)?\s*-?\s*(?:calendar\s+)?(?:days?|weeks?|wks?|months?|years?|yrs?|hours?|hrs?"
    r"|cm|lines?|doses?|units|mg|kg|cycles?)\b(?!\s*/\s*d?l)"
)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    known = words()
    cases = "|".join(f"(?P<case_{name}>{pattern})" for name, pattern in known.circumstances.items())
    excused = "|".join(f"(?P<excused_{at}>{pattern})" for at, pattern in enumerate(known.excused.values()))
    methods = "|".join(f"(?P<method_{at}>{pattern})" for at, (_, pattern) in enumerate(_METHODS))
    return re.compile(
        rf"(?P<word0>\b(?:{known.mistaken})\b)|(?P<analyte>(?<!\w)(?<!\w-)(?:{known.names})(?![\w^]))"
        rf"|\b(?P<case>{cases}|(?P<case_female>females?|women)|(?P<case_male>males?|men))\b|(?P<excused>\b(?:{excused})\b)"
        rf"|(?P<method>{methods})|(?P<span>{_SPAN})|\b(?P<lead>{_LEAD})\b|(?P<not>\b(?:no|without|not|absence of)\b"
        r"(?!\s*(?:[<>]|above|over\b|below|under\b|higher|lower|exceed)))"
        rf"|(?P<limit>{LIMIT})|(?P<or>\bor\b)|(?P<and>\band/or\b|\band\b|&|\bplus\b)|(?P<slash>/)|(?P<comma>,)"
        rf"|(?P<open>[(\[])|(?P<close>[)\]])"
        rf"|(?P<stop>[;:]|\.(?=\s|$))|(?P<fill>\b(?:{_FILL})\b(?!['-])|[-=.•*]+)|(?P<word>[\w'%+^-]+)|(?P<other>[^\s])"
    )


def tokens_of(text: str) -> list[Token]:
    """The tokens of a plain text, in its order."""
    found: list[Token] = []
    at = 0
    for item in windows(text):
        found += _scan(text, at, item.start)
        found.append(Token("window", item.start, item.end, window=item.window))
        at = item.end
    return found + _scan(text, at, len(text))


def _scan(text: str, start: int, end: int) -> list[Token]:
    found = []
    for match in _pattern().finditer(text, start, end):
        kind = match.lastgroup or "word"  # the outermost group, which closes last
        name, limit = "", None
        if kind == "analyte":
            name = analyte_named(match.group())
        elif kind == "case":
            name = next(k[5:] for k, value in match.groupdict().items() if value and k.startswith("case_"))
        elif kind == "excused":
            name = next(excuse for at, excuse in enumerate(words().excused) if match[f"excused_{at}"])
        elif kind == "method":
            name = next(method for at, (method, _) in enumerate(_METHODS) if match[f"method_{at}"])
        elif kind == "limit":
            limit = limit_of(match)
            kind = "limit" if limit else "word"
        else:
            name = match.group()
        if kind in ("word0", "span", "other"):
            kind = "word"
        found.append(Token(kind, match.start(), match.end(), name, limit))
    return found
