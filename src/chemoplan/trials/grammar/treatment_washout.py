"""Reads treatment that must lie far enough back: surgery, radiation, drugs, vaccines, steroids, each with its span of time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chemoplan.trials.expression import Any, Expression, Not, Test, Window
from chemoplan.trials.grammar.conditions_drafts import groups, sharing, with_exemption
from chemoplan.trials.grammar.conditions_mentions import (
    ASKS,
    FORBIDDEN,
    PERMITTED,
    PERMITTING,
    Mention,
    Sentence,
    mentions,
    sentences,
    spans_of,
)
from chemoplan.trials.grammar.conditions_words import Entry, holds, words_of
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.windows import NUMBER_WORDS, SPAN, UNITS, windows
from chemoplan.trials.segments import Segment

_INCLUDING = re.compile(r"\bincluding (?=(?:other |any )?(?:investigational|experimental) )")
_LIVES = re.compile(
    rf"(?:within|<|<=|>=|or|,|\()?\s*(?P<number>\d+|{'|'.join(NUMBER_WORDS)})(?:\.0)?[- ]"
    r"(?:x |elimination |published |known )*half-?\s?li(?:ves|fe)\b"
)
_SOME = rf"(?:\d+|{'|'.join(NUMBER_WORDS)})"
_LIVES_FIRST = re.compile(
    rf"(?:within|<|<=) (?:a period of time that is )?(?:<|<=|>=)?\s*{_SOME} half-?\s?lives\s*(?:\([^()]{{1,12}}\))?\s*,?"
    rf" or (?:within |<=? ?)?(?={_SOME})"
)
_SHORTER = re.compile(r"whichever (?:is|of [a-z ]+ is|was) (?:the )?(?P<which>shorter|longer|shortest|longest)")
_PLANNED = re.compile(r"\b(?:plan\w*|anticipat\w*|expect\w*|need for|scheduled|elective|future)\b")
_ONGOING = re.compile(r"\b(?:ongoing|on-going)\b")
_BAD = re.compile(
    r"\b(?:contraindicat\w*|recover\w*|toxicit\w*|progress\w*|refus\w*|discontinu\w*|response|respond\w*|biops(?:y|ied) of|intolera\w*)\b"
)
_OVERLAP = re.compile(
    r"(?:prior|previous) (?:radiation(?: therapy)?|radiotherapy)[^.;]{0,60}"
    r"\boverlap(?:s|ping)? (?:of|with|in)? ?(?:the )?(?:planned |study )?(?:radiation|treatment|fields?)"
)
_PELVIS_ACCEPTED = re.compile(
    r"prior (?:radiation(?: therapy)?|radiotherapy) to the pelvis is (?:acceptable|allowed|permitted)"
    r" if (?:it (?:was|is) )?completed >= (?P<span>[^.;)]+)"
)
_SINCE = re.compile(
    rf"\W*>=\s*{SPAN}(?: (?:must|should)(?: have)?)?(?: (?:elapsed|passed))? (?:since|after|from)(?: the)? (?P<what>[^.;()]+?)"
    r"[\s.]*(?:$|\((?:with|except)[^()]*\)\W*$)"
)
_OF_THE_PAST = re.compile(r"^(?:(?:the|any|last|most recent|prior|previous|completion of|end of)\s+)*")
_RADIOSURGERY = re.compile(
    r"\(\s*or (?P<span>within [^()]*?) (?:in the setting of|for|if) stereotactic radiosurgery\s*\)"
)


def read_washout(segment: Segment) -> Sequence[Draft]:
    """The washouts of a segment, and prior radiation of a region."""
    text = segment.plain.text
    if segment.note or not words_of("treatment").touch(text):
        return ()
    found: list[Draft] = []
    permits = holds(text, PERMITTING)
    for sentence in sentences(text):
        plainer = _plainer(sentence)
        known = words_of("treatment").find(plainer.flat, sentence.low, sentence.high)
        if not known and not found:
            continue
        body = text[sentence.low : sentence.high]
        if segment.effect == "exclude" and ASKS.search(sentence.flat, sentence.low, sentence.high):
            continue
        if permits and PERMITTED.search(sentence.flat, sentence.low, sentence.high) and not FORBIDDEN.search(body):
            if segment.effect == "exclude":
                found = [with_exemption(draft, body) for draft in found]
            continue
        if known:
            found += _of_sentence(segment, plainer, text, known)
    return [*found, *(_special(segment, text) if segment.effect == "exclude" else _since(segment, text))]


def _since(segment: Segment, text: str) -> Iterator[Draft]:
    """What must lie far enough back, named thing by thing: ">= 4 weeks since major surgery or radiotherapy"."""
    match = _SINCE.match(text, segment.begins)
    if match is None:
        return
    word = match["number"]
    window = Window(float(NUMBER_WORDS.get(word, 0) or word), UNITS[match["unit"][0]])
    exempt = next((part.exceptions for part in sentences(text) if part.low <= match.start("what") < part.high), ())
    at = match.start("what")
    for item in re.split(r"(,\s*(?:and/or |or |and )?|\s+(?:and/or|or|and)\s+)", match["what"]):
        low = at + len(item) - len(_OF_THE_PAST.sub("", item))
        at += len(item)
        found = words_of("treatment").find(text, low, at)
        if len(found) == 1 and found[0][0] == low and found[0][1] >= low + len(text[low:at].rstrip(" .")):
            yield Draft(
                match.start(), at, Not(Test(found[0][2].attribute, "", window=window, exceptions=exempt)), "require"
            )


def _plainer(sentence: Sentence) -> Sentence:
    if "including" not in sentence.flat and "half" not in sentence.flat:
        return sentence
    flat = _INCLUDING.sub(lambda match: "," + " " * (len(match.group()) - 1), sentence.flat)
    flat = _LIVES_FIRST.sub(lambda match: " " * (len(match.group()) - 7) + "within ", flat)
    return replace(sentence, flat=flat)


def _special(segment: Segment, text: str) -> Iterator[Draft]:
    overlap = _OVERLAP.search(text)
    if overlap:
        yield Draft(overlap.start(), overlap.end(), Test("prior_radiation_overlapping_field"))
    pelvis = _PELVIS_ACCEPTED.search(text)
    spans = windows(f"within {pelvis['span']}") if pelvis else []
    if pelvis and spans:
        yield Draft(pelvis.start(), pelvis.end(), Test("prior_pelvic_radiation", window=spans[0].window))
    surgery = _RADIOSURGERY.search(text)
    near = windows(surgery["span"]) if surgery else []
    if surgery and near:
        anchor = next((span.window.anchor for span in windows(text[: surgery.start()]) if span.window.anchor), "")
        window = near[0].window if near[0].window.anchor else replace(near[0].window, anchor=anchor)
        yield Draft(surgery.start(), surgery.end(), Test("stereotactic_radiosurgery", window=window))


def _of_sentence(
    segment: Segment, sentence: Sentence, text: str, known: Sequence[tuple[int, int, Entry]]
) -> Iterator[Draft]:
    whole = text
    if "half" in text:
        text = _LIVES_FIRST.sub(lambda match: " " * (len(match.group()) - 7) + "within ", text)
    read = [
        replace(
            item, modifiers=("active",) if "active" in item.modifiers and item.entry.default == "prior" else (), said=()
        )
        for item in mentions(sentence, text, known)
    ]
    if not read or _BAD.search(sentence.flat, sentence.low, read[0].low):
        return
    body = whole[sentence.low : sentence.high]
    lives = _half_lives(body, text[sentence.low : sentence.high])
    if lives is None and "half-li" in body.replace("half li", "half-li"):
        return
    for group in groups(sharing(read, False, spans_of(text), sentence.flat[: sentence.high])):
        if not all(item.readable for item in group):
            continue
        yield from _of_group(segment, group, sentence, whole, lives or (0.0, ""))


def _half_lives(body: str, spans: str) -> tuple[float, str] | None:
    """Number of half-lives and "min" or "max" where a sentence states exactly one choice; (0, "") where it names none."""
    if not re.search(r"half-?\s?li", body):
        return 0.0, ""
    found = list(_LIVES.finditer(body))
    which = _SHORTER.search(body)
    if len(found) != 1 or which is None or len(windows(spans)) != 1:
        return None
    word = found[0]["number"]
    return float(NUMBER_WORDS.get(word, 0) or word), "min" if which["which"].startswith("short") else "max"


def _of_group(
    segment: Segment, group: list[Mention], sentence: Sentence, text: str, lives: tuple[float, str]
) -> Iterator[Draft]:
    first, last = group[0], group[-1]
    window = last.window or (segment.window if segment.effect == "exclude" else None)
    if _PLANNED.search(text[first.low : first.start]) or _BAD.search(last.detail):
        return
    if window is not None and lives[0]:
        window = _chosen(window, lives, text[last.start : sentence.high])
    history = any(item.history for item in group)
    names = list(dict.fromkeys(_name(item, history) for item in group))
    if window is None and not all(_stands_alone(item, history) for item in group):
        return
    exceptions = sentence.exceptions
    if "non-oncology" in text[first.low : first.start]:
        exceptions = ("oncology vaccine", *exceptions)
    detail = "" if last.detail.startswith("used for prevention") else last.detail
    if window is None and first.entry.default == "prior" and re.search(r"\bfor\b", text[last.end : sentence.high]):
        return  # of one disease only
    regions = re.findall(r"\b(?:prostate|cervix|uterus|rectum|bladder)\b", text[first.start : first.end])
    if regions and first.entry.attribute == "pelvic_radiation":
        detail = "including " + " or ".join(regions)
    if len(names) > 1:
        if window is None:
            return
        bare = tuple(Test(name, "") for name in names)
        expression: Expression = Any(bare, detail=detail, window=window, exceptions=exceptions)
    else:
        ongoing = window is None and first.entry.default == "prior" and _ONGOING.search(text[first.low : first.start])
        state: str | bool = "ongoing" if ongoing and not history else True
        expression = Test(names[0], "==", state, detail=detail, window=window, exceptions=exceptions)
    if segment.effect == "require":
        if not first.negated:
            return
        plain_test = isinstance(expression, Test) and not (detail or window or exceptions)
        expression = Test(names[0], value=False) if plain_test else Not(expression)
    yield Draft(first.low, max(last.high, last.end), expression)


def _stands_alone(item: Mention, history: bool) -> bool:
    if item.entry.default is None:
        return False
    if item.entry.attribute in ("pelvic_radiation", "liver_radiation"):
        return history
    if item.entry.default == "prior":
        return (history or "active" in item.modifiers) and not item.detail
    return not item.detail or item.entry.attribute.startswith("syndrome")


def _name(item: Mention, history: bool) -> str:
    named = item.entry.attribute
    if named in ("pelvic_radiation", "liver_radiation"):
        return f"prior_{named}"
    prefixed = item.history and named in _PRIOR
    return f"prior_{named}" if prefixed else named


_PRIOR = (
    "radiation",
    "chemotherapy",
    "systemic_anticancer_therapy",
    "systemic_therapy",
    "anticancer_therapy",
    "immunotherapy",
)


def _chosen(window: Window, lives: tuple[float, str], rest: str) -> Window:
    anchor = window.anchor
    if not anchor:
        after = _SHORTER.search(rest)
        tail = re.sub(r"^\W*(?:from|prior to|prior|before|of)\s+(?:to )?", "", rest[after.end() :]) if after else ""
        spans = windows(f"within 1 days before {tail}")
        anchor = spans[0].window.anchor if spans else ""
    span = f"{window.number:g} {window.unit}"
    return replace(window, anchor=anchor, text=f"{lives[1]}({span}, {lives[0]:g} half-lives)")
