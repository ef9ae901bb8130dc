"""Reads reactions: toxicity left over from earlier treatment, immune-related events, hypersensitivity, neuropathy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chemoplan.trials.expression import Test
from chemoplan.trials.grammar.conditions_mentions import PERMITTED, exempt_text, sentences
from chemoplan.trials.grammar.conditions_words import holds
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

_TOXIC_STEMS = ("toxic", "adverse", "aes", "effects")
_IMMUNE_STEMS = ("immune-", "immune re", "immune me", "irae")
_REACTION_STEMS = ("allerg", "sensitiv", "anaphyla")
_GRADE = (
    r"(?:(?:national cancer institute|nci|common terminology criteria for adverse events|ctcae|version|v\.?\s?5?\.?0?"
    r"|\([^()]*\)|\d\.0)\s*)*grade"
)
_TOXIC = r"(?:toxicit(?:y|ies)|adverse (?:events?|effects?|reactions?)|\baes?\b|side effects?)"
_RESIDUAL = (
    (re.compile(rf"residual {_TOXIC}\s*(?:>\s*{_GRADE} (?P<a>\d)|{_GRADE}\s*>\s*(?P<b>\d))"), ">"),
    (re.compile(rf"(?:unresolved|persistent|persisting)[^.;]{{0,12}}{_TOXIC}[^.;>]{{0,60}}>\s*{_GRADE}\s*(?P<a>\d)"), ">"),
    (re.compile(rf"(?:persistent|current|unresolved|ongoing) grade\s*>\s*(?P<a>\d)[^.;>]{{0,40}}{_TOXIC}"), ">"),
    (re.compile(rf"(?:unresolved|persistent|current|ongoing) (?:>=\s*grade|grade\s*>=)\s*(?P<a>\d)[^.;>]{{0,30}}{_TOXIC}"), ">="),
    (re.compile(rf"\bgrade (?P<a>\d) or (?:higher|greater) {_TOXIC} from prior"), ">="),
    (
        re.compile(
            rf"{_TOXIC}[^.;]{{0,70}}(?:not|never) (?:been )?(?:resolved|recovered|improved)[^.;]{{0,40}}?"
            rf"\bto (?:a )?(?:baseline(?: levels)? or (?:to )?)?"
            rf"(?:<=\s*)?grade (?:<=\s*)?(?P<a>\d)"
        ),
        ">",
    ),
    (
        re.compile(
            rf"not (?:fully )?recovered to (?:<=\s*)?grade (?:<=\s*)?(?P<a>\d) (?:or less )?from"
            rf"[^.;]{{0,40}}(?:{_TOXIC}|toxic effects)"
        ),
        ">",
    ),
)  # fmt: skip
_RECOVERED = re.compile(
    rf"(?:recovered|resolved|resolution|improved)\b[^.;]{{0,30}}(?:{_TOXIC}|toxic effects|effects)[^.;]{{0,150}}?"
    rf"\bto (?:a )?(?:ctcae )?(?:<=\s*)?grade (?:<=\s*)?(?P<grade>\d)(?:/1)?"
    rf"|{_TOXIC}[^.;]{{0,60}}\b(?:resolved|recovered|improved|be)\b[^.;]{{0,25}}(?:<=\s*)?grade (?:<=\s*)?(?P<other>\d)\b"
)
_IMMUNE = re.compile(
    r"(?:>=\s*grade (?P<a>\d)|grade\s*>=\s*(?P<b>\d)|grade (?P<c>\d) or (?:higher|greater|4)|grade (?P<d>\d)/4|grade (?P<e>\d)-4)"
    r"[^.;]{0,25}?"
    r"(?:immune-?\s?(?:related|mediated) (?:aes?|adverse (?:events?|reactions?))|iraes?)"
    r"(?P<rest>[^.;,(]{0,40}(?:immunotherap\w+|checkpoint|immune cpis?|agents?|\bici\b))?"
)
_REACTION = re.compile(
    r"\b(?:allerg(?:y|ies)|allergic|anaphyla(?:xis|ctic)|hypersensitivit(?:y|ies))\b"
    r"(?P<more>(?:\s*\([^()]*\)|[,/ ]|\b(?:or|and|and/or|allergic|allergies|allergy|anaphylactic|anaphylaxis|hypersensitivity|sensitivity"
    r"|intolerance|contraindications?|reactions?|responses?|any|toxicity|attributed)\b)*)"
    r"\s(?:to|against)\s+(?P<agents>(?:(?!,? or known allerg)[^.;])+)"
)
_LEAD = frozenset(lexicon("conditions")["reaction"]["beside"].split())
_PART_OF = re.compile(
    r"^(?:any |one |either |both )?(?:of )?(?:the |their )?(?:components?|ingredients?|excipients?|constituents?|formulations?)"
    r" (?:(?:or|and|and/or) (?:excipients?|components?|ingredients?) )?(?:of|in) (?:the )?"
)
_CODE = re.compile(r"[a-z]{1,5}-?\d{3,}[a-z]?")
"""The code of a drug that has no name yet: NX-1607."""
_NAMED = re.compile(r"^\W*(?P<agent>[a-z0-9-]+) allergy\W*$")
_STUDY = re.compile(
    r"\b(?:stud(?:y|ies)|trial|protocol|investigational|imps?)\b|\bactive (?:agent|substance)|drug (?:substances?|product)"
)
_SHARED = re.compile(r"\b(?:chimeric|human|murine|humani[sz]ed)(?:,| or| and)")
_SIMILAR = re.compile(r"compounds? of (?:similar )?chemical")
_NO_AGENT = (
    "formulation",
    "formulations",
    "compounds",
    "the",
    "excipients",
    "components",
    "drugs",
    "agents",
    "hypersensitivity",
    "allergy",
    "related compounds",
)
_TAIL = re.compile(
    r"\s*(?:,?\s*(?:and/or|or|and)?\s*(?:to )?(?:any|one) (?:component|of|ingredient|excipient).*|'s? .*|\bcomponents?\b.*"
    r"|\bexcipients?\b.*|\bor (?:its|their|any|other)\b.*|,? (?:and|or) (?:its|their)\b.*|,?\s*(?:and/or|or|and)\s*$"
    r"|\b(?:that|which|used in|requiring|not)\b.*)$"
)
_ABOVE = (
    r">=\s*grade (?P<{0}ge>\d)|grade\s*>=\s*(?P<{0}ge2>\d)|grade (?P<{0}ge3>\d) or (?:higher|greater|above|more)"
    r"|>\s*grade (?P<{0}gt>\d)|grade\s*>\s*(?P<{0}gt2>\d)"
)
_NERVES = r"(?:(?:peripheral|sensory|motor|or|and|and/or) )*neuropath(?:y|ies)"
_NEUROPATHY = re.compile(
    rf"(?:{_ABOVE.format('a')})\s+{_NERVES}|{_NERVES}\s*[,(]?\s*(?:of )?(?:ctcae )?(?:{_ABOVE.format('b')})"
)


def read_reactions(segment: Segment) -> Sequence[Draft]:
    """The reactions of a segment."""
    text = segment.plain.text
    if segment.note or segment.effect not in ("exclude", "require"):
        return ()
    return [
        *(_residual(segment, text) if holds(text, _TOXIC_STEMS) else ()),
        *(_immune(segment, text) if holds(text, _IMMUNE_STEMS) else ()),
        *(_hypersensitivity(segment, text) if holds(text, _REACTION_STEMS) else ()),
        *(_neuropathy(segment, text) if "neuropath" in text else ()),
    ]


def _exceptions(text: str, at: int) -> tuple[str, ...]:
    parts = list(sentences(text))
    kept: list[str] = []
    for part in parts:
        if part.low <= at < part.high:
            kept += part.exceptions
        elif part.low > at and PERMITTED.search(text, part.low, part.high):
            kept.append(exempt_text(text[part.low : part.high]))
    return tuple(kept)


def _residual(segment: Segment, text: str) -> Iterator[Draft]:
    if segment.effect == "exclude":
        for pattern, operator in _RESIDUAL:
            match = pattern.search(text)
            if match and not re.search(r"\bnot had\b", match.group()):
                grade = next(value for value in match.groupdict().values() if value)
                expression = Test(
                    "residual_toxicity_grade", operator, float(grade), exceptions=_exceptions(text, match.start())
                )
                yield Draft(match.start(), match.end(), expression)
                return
    if "patient has not recovered" in text:
        return
    match = _RECOVERED.search(text)
    if match is None or re.search(r"\b(?:not|never|no)\b", text[max(0, match.start() - 25) : match.end()]):
        return
    if segment.effect == "exclude" and not re.search(r"\b(?:must|should)\b", text[: match.start() + 30]):
        return
    grade = match["grade"] or match["other"]
    if grade == "0" and "/1" in match.group():
        grade = "1"
    expression = Test("residual_toxicity_grade", "<=", float(grade), exceptions=_exceptions(text, match.start()))
    yield Draft(match.start(), match.end(), expression, "require")


def _immune(segment: Segment, text: str) -> Iterator[Draft]:
    match = _IMMUNE.search(text)
    if match is None or segment.effect != "exclude" or "discontinu" in text[: match.start()]:
        return
    grade = next(value for name, value in match.groupdict().items() if value and name != "rest")
    detail = "with prior immunotherapy" if match["rest"] else ""
    expression = Test(
        "immune_related_ae_grade", ">=", float(grade), detail=detail, exceptions=_exceptions(text, match.start())
    )
    yield Draft(match.start(), match.end(), expression)


def _neuropathy(segment: Segment, text: str) -> Iterator[Draft]:
    match = _NEUROPATHY.search(text)
    if match is None or segment.effect != "exclude":
        return
    if re.search(r"except|exclud|toxicit|other than|unless", text[: match.start()]):
        return
    name, grade = next((name, value) for name, value in match.groupdict().items() if value)
    expression = Test(
        "neuropathy_grade",
        ">" if "gt" in name else ">=",
        float(grade),
        exceptions=_exceptions(text, match.start()),
    )
    yield Draft(match.start(), match.end(), expression)


def _hypersensitivity(segment: Segment, text: str) -> Iterator[Draft]:
    if segment.effect != "exclude":
        return
    named = _NAMED.match(text)
    if named:
        yield Draft(named.start("agent"), named.end(), Test(f"hypersensitivity({_agent(named['agent'])})"))
        return
    for match in _REACTION.finditer(text):
        clause = re.sub(
            r"^,?\s*or\b", "", re.split(r"[:;.]|, or (?=known)|(?<=[a-z]) or (?=known)", text[: match.start()])[-1]
        )
        foreign = re.search(r"\b(?:except|unless|unable|due|contrast|resulting|no|not)\b", match["agents"][:25])
        if foreign or not all(word in _LEAD for word in re.findall(r"[a-z]+", clause)):
            continue
        head = clause + text[match.start() : match.start("agents")]
        suspected = re.search(r"known or suspected|suspected or known", head)
        severe = re.search(r"\bsevere\b(?! \()", head) is not None and "any" not in head
        value: str | bool = "known or suspected" if suspected else "severe" if severe else True
        exempt = _exceptions(text, match.start())
        for agent in _agents(match["agents"]):
            test = Test(f"hypersensitivity({agent})", "==", value, exceptions=exempt)
            yield Draft(match.start(), match.end(), test)


def _agents(words: str) -> list[str]:
    if _SIMILAR.search(words):
        other = re.search(r"or other agents? used", words)
        named = re.search(r"(?:composition|similar) (?:similar )?to (?:those of )?(?P<agent>[a-z0-9-]+)\b", words)
        code = named is not None and re.search(r"\d", named["agent"]) is not None
        if other or named is None or code or named["agent"] in ("study", "the", "any"):
            return ["study_drugs_or_similar"]
        return [f"{_agent(named['agent'])}_or_similar"]
    flat = re.sub(r"\([^()]*\)", "", words)
    whole = _PART_OF.sub("", re.split(r"\bor known\b", flat)[0].strip())
    first = re.sub(r"\s(?:and|or)$", "", _TAIL.sub("", whole).strip(" ,"))
    if _STUDY.search(first) and re.search(r"\banalog(?:ue)?s?\b", words):
        return ["study_drugs_or_similar"]
    if not first or _STUDY.search(first) or re.search(r"\bexcipients?\b|components?", first[:14]):
        return ["study_drugs"]
    if _SHARED.search(first):
        return []  # "chimeric or humanized antibodies": no name for the kind
    found = []
    for part in re.split(r",\s*(?:or |and )?|\s+or\s+|\s+and/or\s+|/|\s+and\s+", first):
        name = re.sub(r"^(?:the |other |any |a |an |its |their )+", "", part.strip())
        if _STUDY.search(name):
            found.append("study_drugs")
        elif name in _NO_AGENT:
            continue
        elif name and len(name.split()) <= 4 and re.fullmatch(r"[a-z0-9 '-]+", name):
            found.append(_agent(name))
        elif name:
            return []
    return list(dict.fromkeys(found))


def _agent(name: str) -> str:
    known: dict[str, str] = lexicon("conditions")["agents"]
    named = known.get(name, re.sub(r"\s+", "_", name))
    return named.upper() if _CODE.fullmatch(named) else named
