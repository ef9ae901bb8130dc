"""Reads prior drugs by class: excluded, required, required of some ("participants with MSI-H must have"), never had ("naive to").

Washouts ("within 4 weeks") are read elsewhere: a line with a span of time is left to treatment.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chemoplan.trials.expression import All, Expression, If, Not, Test
from chemoplan.trials.grammar import diagnosis
from chemoplan.trials.grammar.biomarkers import markers_in
from chemoplan.trials.grammar.diagnosis_words import cores
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.drug_classes import DrugList, drug_list
from chemoplan.trials.grammar.windows import windows
from chemoplan.trials.segments import Segment

ADVANCED = "for advanced disease"
_LEAD = re.compile(
    r"\b(?:prior|previous(?:ly)?)\s+(?:\(?systemic\)? |anti-?cancer )?(?:treatment|therapy|therapies|exposure|use"
    r"|receipt)s?\s+(?:with|to|of|using|containing)\s+"
    r"|\b(?:prior|previous) (?:exposure|use) (?:to|of) "
    r"|\b(?:has |have |had )?(?:previously )?received (?:any )?(?:prior |previous )?(?:systemic )?(?:treatment"
    r"|therapy|therapies)\s+(?:with|of|using)\s+"
    r"|\b(?:has |have )?been (?:previously )?treated with "
    r"|\bpreviously treated with "
)
_SHORT_LEAD = re.compile(
    r"\b(?:any )?(?:prior|previous) (?:anti-?cancer )?|\b(?:has |have )(?:previously )?received (?:a |an |any )?(?:prior |previous )?"
)
_BEFORE_A_SHORT_LEAD = re.compile(
    r"\W*(?:(?:patients?|participants?|subjects?) )?(?:who )?(?:(?:must not have|has|have|had|received|any|been|with) ?)*"
)
_REQUIRED = re.compile(
    r"\b(?:must|should) (?:also )?have (?:also )?(?:previously )?received (?:>= (?:1|one) )?(?:prior |previous )?(?:(?:treatment"
    r"|therapy) with )?(?:the combination of )?"
    r"|(?:^|, )previously treated with (?:an? )?"
    r"|\b(?:must have )?progressed (?:on|after|following|during)(?: (?:prior |previous )?(?:treatment|therapy) with)? (?:an? )?"
    r"|^\W*(?:has |have )?(?:previously )?received (?:>= (?:1|one) )?(?:prior |previous )?"
    r"(?:(?:treatment|therapy) with )?(?:the combination of )?"
)
_NEVER = re.compile(
    r"\bna[iï]ve to (?:prior |previous )?(?:treatment with |therapy with )?"
    r"|^(?:\W|has |have |had |must |patients? |participants? |subjects? )*(?:no|not (?:have )?(?:had |received |been )?(?:any )?)"
    r" ?(?:prior|previous|previously|received|treated|history of)"
    r"(?: (?:prior|previous|systemic|history of))?(?: (?:treatment|therapy|exposure|use))?(?: (?:with|to|of|using))? "
)
_NOT_NEVER = re.compile(r"\bunless\b|\bexcept|\bmay be\b|\ballowed\b|\bpermitted\b|\bor\b[^,]{0,30}\bwith(?:in)?\b")
_CONDITION = re.compile(
    r"(?:^|[.;,] )(?:and )?(?:the )?(?P<who>(?:participants?|patients?|subjects?|those|individuals?) "
    r"(?:with|whose tumou?rs? (?:is|are|has|have)) "
    r"(?P<what>[^.;]{3,120}?)),? (?=(?:must|should) (?:also )?have )"
)
_DOUBT = re.compile(
    r"\b(?:allowed|permitted|eligible|if |provided|contraindicat|contra-indicat"
    r"|intoleran\w*|not eligible|declined|refus|discontinu|"
    r"who |whom|adverse|toxicit\w*|grade|hypersensitiv\w*|reaction|intolerance|resistan\w*|in order to|ineligible"
    r"|when |where |indicated|appropriate)"
)
_EXCEPTED = re.compile(
    r",? ?\(?(?:with the exceptions? of|except(?:ion)?(?: for| of| in)?|unless|excluding)\b:? (?P<what>[^.;]+?)\W*$"
)
_OTHERWISE = re.compile(
    r"\bor (?:have |are |be |is |not |were |was |who )|intoleran|contraindicat|contra-indicat|not eligible|\bif "
    r"|declined|ineligible|and/or|unsuitable|not appropriate"
)
_UNLESS = re.compile(r",? unless (?P<what>[^.;]+?)\W*$")
_CONDITIONAL = re.compile(
    r"\b(?:patients?|participants?|subjects?|those|tumou?rs?) with [^.;]{0,160}\b(?:must|should|may|are)\b"
    r"|^for (?:patients|participants|subjects|tumou?rs)"
)
_DRUGS = re.compile(
    r"inhibit|degrader|anti-?[a-z]|antibod|target|direct|checkpoint|immun|platin|irinotecan|fluoro|5-?fu\b|capecitabine|mab\b|[nf]ib\b"
    r"|tipiracil|tas-?102|taxane|gemcitabine|govitecan|pd-?\(?l?\)?-?\d|ctla|cd137|her-?2|topo"
)
_CANCER = re.compile(r"cancer|carcinoma|tumou?r|melanoma|[a-z]{2,}c\b|lymphoma")
_CASES = re.compile(r"\bii[.)]|\(2\)|\bcohorts?\b[^.;]*\bcohorts?\b|\b(?:following )exceptions?\b")
_OF_OTHERS = re.compile(
    r"(?:^|[^\w+-])(?!all|the|eligible|these|such|study|enrolled|otherwise|following|adult)[\w+-]+ (?:participants?|patients?|subjects?)"
    r" (?:\([^()]*\) )?$"
)
_SENTENCE = re.compile(r"(?:[^.;]|\.(?=\d|g\.|e\.|\w\.)|(?<=e\.g)\.|(?<=i\.e)\.|(?<=etc)\.)+")
_AFTER_REQUIRED = re.compile(
    r"\W*(?:$|\.|for |in (?:the |combination|any )"
    r"|as (?:monotherapy|part)|therap(?:y|ies)\W*(?:$|for )|and must|,? and have|\(|with or without)"
)


_NAMED = re.compile(
    r"\W*(?:(?:patients?|participants?|subjects?) (?:who )?)?(?:(?:has|have|had) )?"
    r"(?:(?:any )?(?:prior|previous) (?:systemic )?(?:treatment|therapy|exposure|use) (?:with|to|of)"
    r"|received (?:any )?(?:prior|previous) (?:treatment|therapy) (?:with|of)|(?:been )?previously treated with|previously received)"
    r" (?:an?y? |the )?(?P<what>[a-z0-9][a-z0-9-]+(?: [a-z0-9-]+){0,3}?)\W*$"
)
_KIND = re.compile(
    r"(?:[a-z0-9-]+ ){1,3}(?:virus|vaccine|inhibitor|agonist|antagonist|degrader|conjugate)|[a-z]{1,5}-?\d{3,}[a-z]?|[a-z]{6,}"
)
_NO_DRUG = re.compile(
    r"\b(?:therap\w*|treatments?|\w*therap(?:y|ies)|agents?|drugs?|study|investigational|experimental|other|same|similar|radiation|surgery"
    r"|irradiation|steroids?|\w*steroids|antibiotics?|transplant\w*|\w+ics|regimens?|and|or|of|for|in|with|to|this|these|that|any"
    r"|standard|live|systemic|active)\b"
)


def read(segment: Segment) -> Iterator[Draft]:
    """Prior drugs in a segment: by class, or one that is named and nothing else."""
    found = [*_by_class(segment)]
    text = segment.plain.text
    if not found and segment.effect == "exclude" and len(text) < 120 and ("prior" in text or "previous" in text):
        match = _NAMED.match(text, segment.begins)
        what = re.sub(r"(?<=[a-z](?:or|er|st|ne|te))s$|(?<=virus)es$", "", match["what"]) if match else ""
        if match and _KIND.fullmatch(what) and not _NO_DRUG.search(what):
            name = re.sub(r"[^a-z0-9]+", "_", what)
            found = [Draft(match.start(), match.end("what"), Test("prior_drugs", "includes", name), "exclude")]
    yield from found


def _by_class(segment: Segment) -> Iterator[Draft]:
    text = segment.plain.text
    if not _DRUGS.search(text) or _CASES.search(text, segment.begins):
        return
    if segment.effect == "require" and segment.section == "inclusion":
        for match in _SENTENCE.finditer(text, segment.begins):
            found = [*_of_some(text, match.start(), match.end())]
            if not found and not _CONDITIONAL.search(match.group()):
                found = [*_never(text, match.start(), match.end())] or [*_required(text, match.start(), match.end())]
            before = text[: found[0].start] if found else ""
            if _CANCER.search(before) and cores(before) and not diagnosis.read(segment):
                return  # asked of the people with a cancer that was not understood
            yield from found
    elif not (windows(text) or segment.effect == "require" or _CONDITIONAL.search(text[segment.begins :])):
        yield from _excluded(text, segment.begins)


def _excluded(text: str, at: int) -> Iterator[Draft]:
    excepted = _EXCEPTED.search(text)
    whole = text[: excepted.start()] if excepted else text
    if _DOUBT.search(whole) or re.search(r"\b(?:unless|except)\b", whole):
        return
    exceptions = (excepted["what"].strip(),) if excepted else ()
    short = (
        lead
        for lead in _SHORT_LEAD.finditer(whole, at)
        if _BEFORE_A_SHORT_LEAD.fullmatch(without_prefix(whole[at : lead.start()]))
    )
    for lead in (*_LEAD.finditer(whole, at), *short):
        found = drug_list(whole, lead.end())
        if not found.names or not _ends_well(whole[found.end :]):
            continue
        detail = _setting(whole[found.end :]).strip()
        together = found.joined == "all" and len(found.names) > 1
        for name in (f"all({', '.join(found.names)})",) if together else found.names:
            test = Test("prior_drugs", "includes", name, detail=detail, exceptions=exceptions)
            yield Draft(found.begin, found.end, test, "exclude")
        if re.match(r"\W*or chemotherapy\b", whole[found.end :]):
            end = found.end + whole[found.end :].index("chemotherapy") + 12
            yield Draft(found.end, end, Test("prior_chemotherapy"), "exclude")
        return


def _ends_well(rest: str) -> bool:
    """Nothing follows that changes what the list says."""
    return re.match(
        r"\W*(?:$|therap(?:y|ies)\W*$|\((?:including|e\.g|such as|i\.e)|,? (?:including|such as) |or chemotherapy|for |in the |in any"
        r"|agents?\W*$|treatment\W*$|etc)",
        rest,
    ) is not None and not re.search(r"\bwithin\b|\bweeks?\b|\bdays?\b|months?", rest)


def _required(text: str, start: int, stop: int) -> Iterator[Draft]:
    sentence = text[start:stop]
    unless = _UNLESS.search(sentence)
    whole = sentence[: unless.start()] if unless else sentence
    if _OTHERWISE.search(whole):
        return
    for lead in _REQUIRED.finditer(whole):
        if of_others(whole[: lead.start()]):
            continue
        found = drug_list(text[: start + len(whole)], start + lead.end())
        if found.names and _AFTER_REQUIRED.match(whole[found.end - start :]):
            if windows(whole[found.end - start :]):
                return
            exceptions = (unless["what"].strip(),) if unless else ()
            expression = _received(found, lead.group() + _setting(text[found.end : stop]), exceptions)
            if expression is not None:
                yield Draft(found.begin, found.end, expression)
            return


def _setting(rest: str) -> str:
    """Whether what follows limits the treatment to that of advanced disease."""
    return (
        f" {ADVANCED}"
        if re.match(r"\W*(?:in|for) [^.;,]{0,40}\b(?:advanced|metastatic|recurrent|unresectable)\b", rest)
        else ""
    )


def _received(found: DrugList, lead: str, exceptions: tuple[str, ...] = ()) -> Test | None:
    progressed = "with progression" if "progress" in lead else ""
    how = progressed or ("in combination" if "combination of" in lead else "")
    detail = f"{how} {ADVANCED if lead.endswith(ADVANCED) else ''}".strip()
    if len(found.names) == 1:
        return Test("prior_drugs", "includes", found.names[0], detail=detail, exceptions=exceptions)
    if not found.joined:
        return None
    value = f"{found.joined}({', '.join(found.names)})"
    return Test("prior_drugs", "includes", value, detail=detail, exceptions=exceptions)


def _of_some(text: str, start: int, stop: int) -> Iterator[Draft]:
    """What is asked of people with a marker: "participants with MSI-H tumors must have received a PD-1 inhibitor"."""
    condition = _CONDITION.search(text[:stop], max(0, start - 1))
    marker = markers_in(condition["what"]) if condition else None
    if condition is None or marker is None:
        return
    rest = text[condition.end() : stop]
    lead = _REQUIRED.match(rest)
    if lead is None or _OTHERWISE.search(rest) or re.search(r"\bunless\b", rest) or windows(rest):
        return
    found = drug_list(text[:stop], condition.end() + lead.end())
    then = (
        _received(found, lead.group() + _setting(text[found.end : stop]))
        if found.names and _AFTER_REQUIRED.match(text[found.end : stop])
        else None
    )
    if then is not None:
        yield Draft(condition.start("who"), found.end, If(marker, then))


def _never(text: str, start: int, stop: int) -> Iterator[Draft]:
    """Drugs that must not have been given: "naive to anti-PD-1 therapy", "no prior MEK inhibitor"."""
    sentence = text[start:stop]
    if _NOT_NEVER.search(sentence) or windows(sentence):
        return
    lead = _NEVER.search(sentence)
    found = drug_list(text[:stop], start + lead.end()) if lead else None
    if lead is None or found is None or not found.names:
        return
    rest = text[found.end : stop]
    if not re.match(r"\W*(?:$|for |in (?:the|any) |and (?:for|must|have|no)\b|must|\()", rest):
        return
    detail = _setting(rest).strip()
    tests = tuple(Test("prior_drugs", "includes", name, detail=detail) for name in found.names)
    denied: tuple[Expression, ...] = tuple(Not(test) for test in tests)
    yield Draft(start + lead.start(), found.end, denied[0] if len(denied) == 1 else All(denied), "require")


def of_others(before: str) -> bool:
    """Do the words before "must have" name only some of the people: "HER2-positive participants"?"""
    return _OF_OTHERS.search(before) is not None


def without_prefix(text: str) -> str:
    """The text without a label such as "cohort 1 only: "."""
    return re.sub(r"^\W*[\w ()-]{0,30}:\s*", "", text)
