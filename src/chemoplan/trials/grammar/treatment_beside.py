"""Reads what is taken or planned beside the study's treatment: other agents, interacting medicines, requirements to receive a drug."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from chemoplan.trials.expression import Test, Window
from chemoplan.trials.grammar.conditions_mentions import ASKS, PERMITTED, exempt_text, sentences
from chemoplan.trials.grammar.conditions_words import holds
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.windows import windows
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.segments import Segment

_OTHER_AGENT = re.compile(
    r"\b(?:receiving|receive|taking|on|in|using|treated with|use of|treatment with)\s+(?:currently )?"
    r"(?:(?:any|an|a|other|another|additional) ){1,3}"
    r"(?:investigational|experimental) (?:agents?|drugs?|products?|therap(?:y|ies)|treatments?)\b(?! that)"
)
_PLANS = re.compile(r"\b(?:plan\w*|expect\w*|intend\w*|anticipat\w*)\b")
_EXPERIMENTAL = re.compile(
    r"\b(?:any )?other (?:standard )?(?:anti-?cancer|antineoplastic)(?: therapy| treatment)? or (?:experimental|investigational)"
    r" (?:therap(?:y|ies)|agents?|treatments?)"
)
_CONCURRENT = re.compile(
    r"\b(?:any )?other concurrent anti-?\s?cancer (?:treatment|therapy)"
    r"|\bcurrently receiving (?:any )?other anti-?cancer (?:agents?|therapy|treatment)"
    r"|\breceiving concurrent anti-?cancer (?:treatment|therapy)|\bongoing anti-?cancer therapy"
)
_ELIGIBLE_FOR = re.compile(r"\bmust be (?:eligible|able|suitable|fit|a candidate) (?:to receive|for) (?P<what>[^.;,]+)")
_DRUG = re.compile(
    r"\b(?P<drug>cisplatin|carboplatin|oxaliplatin|irinotecan|bevacizumab|capecitabine|fluorouracil|pembrolizumab|nivolumab|cetuximab)\b"
)
_TAKING = re.compile(
    r"\b(?:receiv\w+|tak(?:e|ing)|use|using|uses|treated|concomitant|require|requires|requiring|medications?|substances|drugs?|current|doses)\b"
)
_UNFIT = re.compile(r"\b(?:caution|avoid\w*|unless|if |should be (?:used|avoided)|may|as prohibited|unable|not able)\b")
_STEROID_FOR = re.compile(
    r"\b(?:metastas|brain|cns|edema|toxicit|immune-|autoimmun|lung|gvhd|cumulative|no more|not (?:on|been|requir))|mg\s*/\s*kg"
)
_STOP = re.compile(
    r"\b(?:must|should|need to) (?:be )?(?:discontinued?|stop(?:ped)?|have been discontinued|avoided from) (?P<span>(?:>=)?[^.;]+)"
)


@cache
def _concomitant() -> tuple[re.Pattern[str], dict[str, str]]:
    rows = list(lexicon("treatment")["concomitant"].items())
    return (
        re.compile("|".join(f"(?P<c{at}>{words})" for at, (words, _) in enumerate(rows))),
        {f"c{at}": named for at, (_, named) in enumerate(rows)},
    )


def read_beside(segment: Segment) -> Sequence[Draft]:
    """Other agents, interacting medicines and what a person must be able to receive."""
    text = segment.plain.text
    if segment.effect != "exclude" or segment.note:
        return ()
    return [*_agents(text), *_medicines(text), *_requirements(text)]


def _agents(text: str) -> Iterator[Draft]:
    match = _EXPERIMENTAL.search(text)
    if match:
        yield Draft(match.start(), match.end(), Test("concurrent_anticancer_or_experimental_therapy"))
        return
    match = re.match(r"\W*(?:other anti-?cancer or experimental therapy)\b", text)
    if match:
        yield Draft(match.start(), match.end(), Test("concurrent_anticancer_or_experimental_therapy"))
        return
    match = _CONCURRENT.search(text)
    if match:
        yield Draft(match.start(), match.end(), Test("concurrent_anticancer_therapy"))
        return
    match = _OTHER_AGENT.search(text)
    if match is None or _PLANS.search(text[max(0, match.start() - 30) : match.start()]):
        return
    sentence = re.split(r"[.;] ", text[match.start() :])[0]
    if windows(sentence[match.end() - match.start() :]) or re.search(r"half-?\s?li", text) or ASKS.search(sentence):
        return
    yield Draft(match.start(), match.end(), Test("other_investigational_agent", "==", "current"))


_DOSE = re.compile(
    r"(?P<sign>>=|>)\s*(?P<number>\d+(?:\.\d+)?)\s*mg\s*(?:(?:/|per|of|a|daily|each|once)\s*)*(?:day|daily|d\b)?"
)
_STEROID = re.compile(r"\b(?:gluco)?(?:cortico)?steroids?\b|\bprednis(?:olo|o)ne\b|\bglucocorticoids?\b")


def steroid_dose(segment: Segment) -> Sequence[Draft]:
    """A limit to the daily dose of steroids, in prednisone equivalents."""
    text = segment.plain.text
    if segment.effect != "exclude" or segment.note or "prednis" not in text or "mg" not in text:
        return ()
    parts = sentences(text)
    first, body = parts[0], text[parts[0].low : parts[0].high]
    doses = list(_DOSE.finditer(body))
    if len(doses) != 1 or not _STEROID.search(body) or "prednis" not in body or "immunosuppress" in body:
        return ()
    if ASKS.search(body) or PERMITTED.search(body) or _UNFIT.search(body) or _STEROID_FOR.search(body):
        return ()
    exceptions = list(first.exceptions)
    for part in parts[1:]:
        words = text[part.low : part.high]
        if not PERMITTED.search(words):
            return ()
        exceptions.append(exempt_text(words))
    spans = [span for span in windows(body) if not span.minimum]
    if len(spans) > 1:
        return ()
    window = spans[0].window if spans else None
    dose = Test(
        "prednisone_equivalent",
        doses[0]["sign"],
        float(doses[0]["number"]),
        "mg/d",
        window=window,
        exceptions=tuple(exceptions),
    )
    return (Draft(first.low, first.high, dose),)


def _medicines(text: str) -> Iterator[Draft]:
    if not holds(text, tuple(lexicon("treatment")["concomitant_stems"])):
        return
    pattern, names = _concomitant()
    stop = _STOP.search(text)
    done: set[str] = set()
    places: dict[str, list[int]] = {}
    for match in pattern.finditer(text):
        places.setdefault(names[match.lastgroup or ""], []).append(match.start())
    for match in pattern.finditer(text):
        named = names[match.lastgroup or ""]
        again = text[places[named][-1] :].split(". ")[0] if len(places[named]) > 1 else ""
        low = max(text.rfind(". ", 0, match.start()), text.rfind("; ", 0, match.start())) + 1
        ends = (text.find(". ", match.end()), text.find("; ", match.end()))
        sentence = text[low : min((at for at in ends if at >= 0), default=len(text))]
        clause = re.split(r",(?! (?:and|or)\b)", text[low : match.start()])[-1]
        alone = named.startswith("strong") and not text[: match.start()].strip(" -*")
        if (
            named in done
            or re.search(r"half-?\s?li", sentence)
            or re.search(r"half-?\s?li", again)
            or not (alone or _TAKING.search(text[low : match.start()]))
        ):
            continue
        rest = sentence[match.end() - low :]
        if (
            _UNFIT.search(clause)
            or _UNFIT.search(rest)
            or re.search(r"\balter\b|pharmacokinetics of", f"{clause} {rest}")
        ):
            continue
        spans = [span for span in windows(sentence) if span.start >= match.end() - low and not span.minimum]
        spans = spans or [span for span in windows(again) if not span.minimum]
        window: Window | None = spans[0].window if spans else None
        if window is None and stop and named.startswith("strong"):
            later = windows(f"within {stop['span'].removeprefix('>=')}")
            window = later[0].window if later else None
        done.add(named)
        dose = "at therapeutic dose" if "anticoag" in named and "therapeutic dose" in clause else ""
        yield Draft(match.start(), match.end(), Test(f"concomitant({named})", "", detail=dose, window=window))


def _requirements(text: str) -> Iterator[Draft]:
    """A requirement that stands under the exclusion header."""
    match = _ELIGIBLE_FOR.search(text)
    if match is None:
        return
    what = match["what"]
    drug = re.search(
        r"\b(?P<drug>cisplatin|carboplatin|oxaliplatin|irinotecan|bevacizumab|capecitabine|fluorouracil|pembrolizumab|nivolumab|cetuximab)\b",
        what,
    )
    if "androgen deprivation" in what:
        named = "androgen_deprivation"
    elif drug:
        named = drug["drug"]
    else:
        return
    yield Draft(match.start(), match.end(), Test(f"eligible_for_{named}"), "require", "judgement")
