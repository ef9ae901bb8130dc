"""From mentions to drafts: which condition excludes, what a list shares, what is judged, what a later sentence exempts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chemoplan.trials.expression import All, Any, Expression, Not, Test
from chemoplan.trials.grammar.conditions_mentions import (
    ASKS,
    FORBIDDEN,
    JUDGED,
    JUDGING,
    PERMITTED,
    PERMITTING,
    Mention,
    exempt_text,
    mentions,
    sentences,
    spans_of,
)
from chemoplan.trials.grammar.conditions_words import Words, holds
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.windows import FoundWindow
from chemoplan.trials.reading import AtomKind
from chemoplan.trials.segments import Segment

_UNCONTROLLED_HEAD = re.compile(
    r"\buncontrolled (?:\w+ |/|or ){0,5}(?:illness|illnesses|disease|diseases|conditions?|comorbidit|co-morbid)|\bany uncontrolled\b"
)
_EXAMPLES = re.compile(r"\s*(?:examples?|these|such|including|this)\b")
_BAD_PARENT = re.compile(
    r"\b(?:unless|exceptions?|eligible|provided|allowed|permitted|except(?:ing)? (?:for )?the following)\b"
)
_BESIDE = re.compile(
    r"(?:on|taking|receiving) (?:systemic )?immunosuppress\w+(?: medications?| therapy| drugs?| agents?)?"
)
_INTRO = re.compile(r"\bsuch as\b|\bincluding\b|:(?=\s)")
_OTHER_CLAUSE = re.compile(r"[;:]|\b(?:receiv|therap|treat|requir|steroid|has|had|have|is|are|who|surgery|vaccin)")
_STATES_ABSENCE = re.compile(
    r"\b(?:does|do|did) not\b|\b(?:have|has|having) no\b|\b(?:without|absence|free|never|denies)\b|^not\b"
)
_OPENS_WITH_ABSENCE = re.compile(
    r"\W*(?:\d{1,2}[.)]\s*)?no (?:known |prior |previous |current )?(?:history|evidence)\b"
)
_OR = re.compile(r"\bor\b")
_MEASURE = re.compile(r"of [<>]")
_POINTER = re.compile(r"\b(?:meet|fulfil|satisf)\w*(?: \w+){0,3} following(?: \w+)?$")
_CNS = ("brain_metastases", "cns_metastases")
_DROPPED = {"suspected", "newly_found", "known_or_suspected"}
_LATER = {"untreated": 1, "significant": 2}
"""Said last, whatever the order of the words: "active and untreated", "active and significant"."""


def drafts(segment: Segment, words: Words) -> Sequence[Draft]:
    """The drafts of a lexicon in a segment."""
    if segment.effect not in ("exclude", "require") or segment.note:
        return ()
    if segment.effect == "require" and segment.joined == "any":
        return ()  # one of several of which one suffices asks nothing by itself
    text = segment.plain.text
    if not words.touch(text):
        return ()
    parent = segment.parents[-1] if segment.parents else ""
    if parent.rstrip().endswith(":") and not FORBIDDEN.search(parent) and _BAD_PARENT.search(parent):
        return ()
    result: list[Draft] = []
    permits, judges = holds(text, PERMITTING), holds(text, JUDGING)
    judged_above = holds(parent, JUDGING) and JUDGED.search(parent) is not None
    above = parent.rstrip().endswith(":") and "uncontrolled" in parent and bool(_UNCONTROLLED_HEAD.search(parent))
    judged = False
    for sentence in sentences(text):
        known = words.find(sentence.flat, sentence.low, sentence.high)
        if not known and not result and not judges:
            continue
        body = text[sentence.low : sentence.high]
        if segment.effect == "exclude" and _OPENS_WITH_ABSENCE.match(body):
            continue
        if segment.effect == "exclude" and ASKS.search(sentence.flat, sentence.low, sentence.high):
            continue
        if permits and PERMITTED.search(sentence.flat, sentence.low, sentence.high) and not FORBIDDEN.search(body):
            if segment.effect == "exclude":
                result = [with_exemption(draft, body) for draft in result]
            continue
        example = _EXAMPLES.match(body) is not None
        if example and not judged:
            continue
        judgement = JUDGED.search(text, sentence.low, sentence.high) if judges else None
        judged = judgement is not None or judged_above or (judged and example)
        from_here = judgement.start() if judgement and not judged_above else sentence.low
        if not known:
            continue
        found = mentions(sentence, text, known)
        head = _UNCONTROLLED_HEAD.search(sentence.flat, sentence.low, sentence.high) if "uncontrolled" in body else None
        for group in groups(sharing(found, head is not None or above, spans_of(text), sentence.flat[: sentence.high])):
            under = above or (head is not None and head.start() < group[0].start)
            weighed = judged and (from_here < group[0].low or bool(JUDGED.search(group[-1].detail)))
            result += _of_group(segment, group, sentence.exceptions, weighed, under)
    return _merged(result)


def _merged(found: list[Draft]) -> list[Draft]:
    """ "A history of X that required steroids or current X" is one condition."""
    kept: list[Draft] = []
    for draft in found:
        last = kept[-1] if kept else None
        old, new = (last.expression if last else None), draft.expression
        if last and isinstance(old, Test) and isinstance(new, Test) and old.attribute == new.attribute:
            past = old.value in ("history", "ever") or old.detail == "ever"
            if old == new:
                continue
            if new.value == "history" and old == Test(old.attribute) and new.window is None:
                merged = replace(new, detail=f"{new.detail} or current".strip())
                kept[-1] = replace(last, end=draft.end, expression=merged)
                continue
            if past and new.value is True and not new.window and old.window is None:
                tail = new.detail.removeprefix("that is ") or "current"
                merged = replace(old, detail=f"{old.detail} or {tail}".strip())
                kept[-1] = replace(last, end=draft.end, expression=merged)
                continue
        bare = [str(item) for item in new.items] if isinstance(new, Any) else []
        before = [item.expression for item in kept[-len(bare) :]] if bare else []
        if (
            isinstance(new, Any)
            and bare
            and [str(item).split()[0] for item in before] == bare
            and "ever" in str(before[0])
        ):
            del kept[-len(bare) :]
            draft = replace(draft, expression=replace(new, detail=f"ever or {new.detail}".strip()))
        kept.append(draft)
    return kept


def sharing(found: list[Mention], under: bool, spans: Sequence[FoundWindow] = (), flat: str = "") -> list[Mention]:
    """A list that ends in a window, perhaps behind words that are not understood: what stands before has that window too.
    Below "uncontrolled illness including" every item is its own."""
    if under:
        return found
    free = [span for span in spans if not any(item.low <= span.start < item.high for item in found)]
    if not free and not any(item.window for item in found):
        return found
    kept = [_headed(item, free, flat) for item in found]
    ahead: Mention | None = None
    for at in range(len(kept) - 1, -1, -1):
        item = kept[at]
        following = kept[at + 1] if at + 1 < len(kept) else None
        stop = following.low if following else len(flat)
        behind = _behind(item, stop, spans, flat)
        if behind is not None:
            ahead = replace(item, window=behind.window, detail="", modifiers=(), trails=True)
        stated = bool(item.modifiers) and ahead is not None and not ahead.modifiers and not behind
        before = flat[found[at - 1].end : item.start] if at else ""
        apart = "active" in item.modifiers and _OR.search(before) is not None
        measured = _MEASURE.match(item.detail) is not None
        if item.trails:
            ahead = item
        elif (
            item.window or (item.detail and not measured) or (stated and (apart or not _in_a_history(found[: at + 1])))
        ):
            ahead = None
        elif item.readable and ahead is not None:
            in_group = following is not None and following.joint and following.readable and not following.modifiers
            in_group = in_group and following is not None and following.entry.attribute != item.entry.attribute
            if not in_group or item.modifiers or measured or behind is not None:
                kept[at] = replace(item, window=ahead.window, trails=True)
    return kept


def _in_a_history(found: Sequence[Mention]) -> bool:
    """The last stands in a list that begins with "history of": what ends the list is said of each."""
    for item in reversed(found):
        if not item.joint:
            return item.history
    return False


def _headed(item: Mention, spans: Sequence[FoundWindow], flat: str) -> Mention:
    """With the window of the head of its list: "cardiac impairment within 12 months, such as ..."."""
    if item.window is not None:
        return item
    if not spans:
        return item
    start = max(flat.rfind(". ", 0, item.low), flat.rfind("; ", 0, item.low), 0)
    intro = next((match for match in reversed(list(_INTRO.finditer(flat, start, item.low + 1)))), None)
    head = [span for span in spans if intro is not None and start <= span.start and span.end <= intro.start() + 2]
    return replace(item, window=head[-1].window) if head and not head[-1].minimum else item


def _behind(item: Mention, stop: int, spans: Sequence[FoundWindow], flat: str) -> FoundWindow | None:
    """A window behind words that are not understood: "stroke or intracranial hemorrhage within 6 months"."""
    span = next((span for span in spans if item.high < span.start < stop), None)
    if span is None or span.minimum or not flat[span.start : span.end].strip():
        return None
    return None if _OTHER_CLAUSE.search(flat[item.high : span.start]) else span


def groups(found: list[Mention]) -> Iterator[list[Mention]]:
    """Items that share what stands behind the last of them; every other item alone."""
    run: list[Mention] = []
    for mention in found:
        if run and not mention.joint:
            yield from _settled(run)
            run = []
        run.append(mention)
    if run:
        yield from _settled(run)


def _settled(run: list[Mention]) -> Iterator[list[Mention]]:
    block: list[Mention] = []
    for mention in run:
        plain_before = all(not item.window and not item.detail for item in block)
        again = any(item.entry.attribute == mention.entry.attribute for item in block)
        again = again or (bool(block) and not mention.readable and _has_own_lead(mention))
        kin = bool(block) and mention.entry.group != "" and block[-1].entry.group == mention.entry.group
        if block and (
            not block[-1].readable or not plain_before or (mention.modifiers and not kin) or mention.history or again
        ):
            yield from _split(block)
            block = []
        block.append(mention)
    if block:
        yield from _split(block)


def _split(block: list[Mention]) -> Iterator[list[Mention]]:
    last = block[-1]
    if not last.readable and not last.modifiers:
        return
    shares = last.trails or last.detail != ""
    grouped = len(block) > 1 and shares and not block[0].modifiers and all(item.readable for item in block)
    alike = len(block) > 1 and len({item.entry.group for item in block}) == 1 and last.entry.group != ""
    if grouped or alike or (len(block) == 2 and last.joint == "and" and not last.entry.shares):
        yield block
    else:
        yield [block[0]]
        first, before = block[0], () if block[0].entry.attribute == "active_infection" else block[0].modifiers
        for item in block[1:]:
            taken = before if item.entry.shares else ()
            modifiers = item.modifiers or tuple(name for name in taken if name != "symptomatic")
            past = item.history if _has_own_lead(item) else first.history
            window = item.window or (last.window if last.trails and item.readable and not item.detail else None)
            own = replace(item, modifiers=modifiers, negated=first.negated, history=past, known=first.known)
            yield [own if modifiers else replace(own, window=window)]
            before = () if item.entry.attribute == "active_infection" else modifiers


def _has_own_lead(item: Mention) -> bool:
    """Words of its own stand before it: "history of HIV, or known AIDS" speaks of two things."""
    return item.start - item.low > len(" ".join(item.said)) + 4


def _of_group(
    segment: Segment, group: list[Mention], exceptions: Sequence[str], judged: bool, under: bool
) -> Iterator[Draft]:
    if not all(item.readable for item in group):
        return
    first, last = group[0], group[-1]
    lead = segment.plain.text[first.low : first.start]
    if segment.effect == "exclude" and first.negated and _STATES_ABSENCE.search(lead):
        return  # an absence listed as an exclusion: for a reader
    tests: list[Test] = []
    narrowed = last.trails or last.detail != ""
    stated = False
    for item in group:
        own = _tests(item, under)
        stated = stated or bool(own)
        tests += own or ([Test(item.entry.attribute)] if item.entry.group and len(group) > 1 else [])
    if not tests or not (narrowed or stated):
        return
    window = last.window or (segment.window if segment.section == "exclusion" or first.negated else None)
    kind: AtomKind = "judgement" if judged or any(item.entry.kind == "judgement" for item in group) else "data"
    kept = tuple(exempt_text(item) for item in exceptions if exempt_text(item))
    if any(_POINTER.search(item) for item in kept):
        return  # the exception stands in lines that are not read with this one
    expressions: list[Expression] = []
    if (
        [test.attribute for test in tests] == ["hepatitis_b", "hepatitis_c"]
        and tests[0].value == "positive"
        and len(group) == 1
    ):
        bare = tuple(Test(test.attribute, "") for test in tests)
        expressions = [Any(bare, "==", "positive", detail=tests[0].detail, window=window, exceptions=kept)]
    elif len(group) > 1 and not (len(group) == 2 and last.joint == "and"):
        detail = " ".join(part for part in (_spoken(first), last.detail) if part)
        bare = tuple(dict.fromkeys(Test(test.attribute, "") for test in tests))
        expressions = [Any(bare, detail=detail, window=window, exceptions=kept)]
        if len(bare) == 1:
            expressions = [Test(bare[0].attribute, detail=detail, window=window, exceptions=kept)]
    elif len(group) > 1:
        expressions = [All(tuple(replace(test, window=window, exceptions=kept) for test in tests))]
    else:
        expressions = [replace(test, window=window, exceptions=kept) if window or kept else test for test in tests]
        taken = _BESIDE.fullmatch(last.detail)
        if taken and len(tests) == 1:
            expressions = [All((replace(tests[0], detail="", exceptions=kept), Test("immunosuppressive_medication")))]
    for expression in expressions:
        settled = _by_effect(segment, first, expression)
        if settled is not None:
            yield Draft(first.low, max(last.high, last.end), settled, kind=kind)


def _by_effect(segment: Segment, first: Mention, expression: Expression) -> Expression | None:
    """The condition as the section asks it: itself under exclusion, its absence under inclusion."""
    if segment.effect == "exclude":
        return expression
    if not first.negated:
        return None
    if isinstance(expression, Test) and not first.known:
        plain_test = replace(expression, detail="", window=None)
        if expression == plain_test and expression.value == "positive":
            return replace(expression, value="negative")
        if expression == plain_test and expression.attribute in _CNS and expression.value in (True, "ever"):
            return replace(expression, attribute="cns_metastases", value="none")
        if expression == plain_test and expression.value is True:
            return replace(expression, value=False)
    return Not(expression, known=first.known)


def _tests(item: Mention, under: bool) -> list[Test]:
    entry = item.entry
    modifiers = [name for name in item.modifiers if name not in _DROPPED or name in entry.states]
    states = [(name, entry.states[name]) for name in modifiers if name in entry.states]
    taken = {*entry.states, *entry.renames}
    said = [
        words for name, words in zip(item.modifiers, item.said, strict=False) if name in modifiers and name not in taken
    ]
    detail_before = "" if item.either else _said(said)
    if entry.renames and any(name in entry.renames for name in modifiers):
        entry = replace(entry, attribute=next(entry.renames[name] for name in modifiers if name in entry.renames))
        states = states or [("", "true")]
        if "chronic" in modifiers:
            return []
    values = list(dict.fromkeys(value for _, value in states))
    if item.either and "true" in values:
        values = ["true"]  # "uncontrolled or active infection"
    if {"acute", "chronic"} <= {*modifiers}:
        values = [value for value in values if value not in ("acute", "chronic")]
    several = any(" or " in value for value in values)
    values = [part for value in values for part in value.split(" or ")]
    values.sort(key=lambda value: _LATER.get(value, 0))
    if item.history and not item.window:
        if not values and entry.history:
            values = [entry.history]
        elif item.either and values and entry.history not in ("true", *values):
            values.append(entry.history)
    if values == [entry.says_nothing_alone]:
        values, detail_before = [], values[0] if item.said else ""
    if under and entry.under and not values:
        values = [entry.under]
    if not values:
        if entry.default is None:
            return []
        values = [entry.default]
    if entry.attribute == "active_infection" and item.history:
        return []
    real = [value for value in values if value != "true"]
    detail = " ".join(part for part in (detail_before, item.detail) if part)
    attributes = [entry.attribute]
    if entry.attribute == "hepatitis_b_or_c":
        attributes = ["hepatitis_b", "hepatitis_c"]
    if item.history and "history" in values and "current" in values:
        real, detail = ["history"], f"{detail} or current".strip()
    found = []
    for attribute in attributes:
        if not real:
            ever = "ever" if item.history and entry.history == "ever" and item.window is None else ""
            found.append(Test(attribute, detail=" ".join(part for part in (detail, ever) if part)))
        elif len(real) > 1 and (item.either or several):
            found.append(Test(attribute, "in", tuple(real), detail=detail))
        elif real == ["ever"] and entry.attribute == "interstitial_lung_disease":
            found.append(Test(attribute, detail=" ".join(part for part in (detail, "ever") if part)))
        else:
            found.append(Test(attribute, "==", " and ".join(real), detail=detail))
    return [*found, *([Test(entry.also, detail=item.detail)] if entry.also else [])]


def _said(words: Sequence[str]) -> str:
    kinds = [word for word in words if word in ("bacterial", "viral", "fungal", "parasitic")]
    return " ".join(word for word in words if word not in kinds or len(kinds) < 2)


def _spoken(first: Mention) -> str:
    return (" or " if first.either else " ").join(word for word in first.said if word != "active")


def with_exemption(draft: Draft, text: str) -> Draft:
    """The draft, with what a later sentence exempts."""
    expression = draft.expression
    words = exempt_text(text)
    if isinstance(expression, Test | Any):
        return replace(draft, expression=replace(expression, exceptions=(*expression.exceptions, words)))
    return draft
