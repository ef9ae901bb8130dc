"""Reads laboratory values and organ function: analyte, limit, circumstance, alternative, window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chemoplan.trials.expression import All, Any, Expression, If, Test, Window
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.grammar.labs_clauses import Clause, clauses_of
from chemoplan.trials.grammar.labs_conditions import Case, Entry, Part
from chemoplan.trials.grammar.labs_lexicon import words
from chemoplan.trials.grammar.labs_limits import Value, value_of
from chemoplan.trials.grammar.labs_polarity import limits_of, turned_effect
from chemoplan.trials.grammar.labs_tokens import tokens_of
from chemoplan.trials.segments import Segment

_WORD = re.compile(r"[a-z0-9]+")
_LIMITING = re.compile(r"[<>]|\d|normal|\bwnl\b|\buln\b")
_ADEQUATE = re.compile(
    r"\b(?:adequate|satisfactory|acceptable|sufficient|good|normal)\s+(?:[\w,/-]+\s+){0,6}?(?:organ|marrow|hematologic"
    r"|hepatic|liver|renal|kidney)"
    r"(?:[\w\s,/&-]{0,60}?)\bfunctions?\b"
)
_LIMITS_FOLLOW = re.compile(
    r":\s*$|\bbelow\b|\bfollow(?:ing|s)\b|\bdefined as\b|\bindicated by\b|\bevidenced by\b|\bcriteria\b|\btable\b|[<>]"
)


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment. A clause with a condition that was not understood gives none."""
    text = segment.plain.text
    if segment.note:
        return ()
    drafts: list[Draft] = []
    if not words().starts.isdisjoint(_WORD.findall(text)) and _LIMITING.search(text):
        drafts = _drafts(segment)
    return drafts or _judged(segment)


def _judged(segment: Segment) -> list[Draft]:
    """Adequate organ function without limits is a judgement."""
    text = segment.plain.text
    if "function" not in text or segment.effect != "require":
        return []
    match = _ADEQUATE.search(text)
    if match is None or "organ" not in match.group() or _LIMITS_FOLLOW.search(text):
        return []
    return [Draft(match.start(), match.end(), Test("organ_function", "==", "adequate"), "require", "judgement")]


_OTHERWISE = re.compile(
    r"^[^.;]{0,60}\b(?:will (?:undergo|require|receive|need)|(?:are|is|be) (?:allowed|eligible|permitted)|may (?:be|enroll"
    r"|participate))\b"
)
_STRATUM = re.compile(
    r"^[\s,(]*(?:for|in)\s+(?:the\s+)?(?:[\w/+-]+\s+){0,5}(?:cohorts?|arms?|stratum|strata|groups?|phases?|parts?|regimens?)\b"
)
_THOSE = re.compile(
    r"\b(?:patients?|subjects?|participants?|individuals?|those)\s+(?:with|who have|whose)\b[^.;:]*$"
    r"|[<>]=?\s*\d+\s*(?:years|yrs)[^.;:]*\bmust\b[^.;:]*$"
)
_COAGULATION = {"inr", "pt", "aptt", "ptt"}
_EXCUSED = re.compile(
    r"\b(?:eligible|allowed|acceptable|permitted|except\w*|unless|exclud\w+|therapeutic range|stable dose|if)\b"
)


def _drafts(segment: Segment) -> list[Draft]:
    text = segment.plain.text
    drafts: list[Draft] = []
    ties: list[Draft] = []
    dropped: set[str] = set()
    for clause in _merged(clauses_of(tokens_of(text))):
        _excuse(clause, text)
        names = {name for part in clause.parts for group in part.groups for name in group}
        unsure = clause.unsure or any(part.unsure for part in clause.parts)
        if segment.effect != "exclude":
            kindred = any(names & group and dropped & group for group in words().interchangeable)
            unsure = unsure or clause.behind_or or clause.before_or or kindred
        if unsure:
            dropped |= names
            ties = []
            continue
        if names <= {"systolic", "diastolic"} and "hypertens" in text:
            continue  # the limits belong to the condition
        start, end = clause.parts[0].start, max(part.end for part in clause.parts)
        those = _THOSE.search(text[:start])
        some = those and not clause.leads and "adequate" not in those.group()
        if _STRATUM.search(text[end:]) or (some and (segment.effect != "exclude" or _OTHERWISE.search(text[end:]))):
            ties = []
            continue
        made = _of_clause(segment, clause)
        dropped |= set() if made else names
        if (
            segment.effect == "exclude"
            and clause.joined
            and ties
            and made
            and all(draft.effect is None for draft in ties + made)
        ):
            drafts = [draft for draft in drafts if draft not in ties]
            made = [_together(ties + made)]
        drafts += made
        ties = made
    return list({f"{draft.effect} {draft.expression}": draft for draft in drafts}.values())


def _together(drafts: list[Draft]) -> Draft:
    """Under exclusion "A and B" excludes who has both."""
    items = [
        item
        for draft in drafts
        for item in (draft.expression.items if isinstance(draft.expression, All) else (draft.expression,))
    ]
    note = "; ".join(dict.fromkeys(draft.note for draft in drafts if draft.note))
    return Draft(drafts[0].start, drafts[-1].end, All(tuple(items)), note=note)


def _excuse(clause: Clause, text: str) -> None:
    """Coagulation tests: anticoagulant treatment excuses where the text speaks of it anywhere as allowed."""
    for part in clause.parts:
        names = {name for group in part.groups for name in group}
        held = part.exceptions or any(entry.cases for entry in part.entries)
        if names <= _COAGULATION and not held and re.search(r"anti-?coagul|warfarin", text) and _EXCUSED.search(text):
            part.exceptions.append("anticoagulant_therapy in therapeutic range")


def _merged(clauses: list[Clause]) -> list[Clause]:
    """ "For Gilbert's, bilirubin <= 2" behind the general limit is one clause with it."""
    found: list[Clause] = []
    for clause in clauses:
        part = clause.parts[0]
        leads = clause.leads or part.entries[0].cases
        if leads and found and len(clause.parts) == 1:
            before = next((p for c in found for p in c.parts if p.groups == part.groups and not c.leads), None)
            if before is not None and len(part.entries) == 1:
                before.entries.append(Entry(part.entries[0].limit, leads))
                before.unsure = before.unsure or part.unsure or clause.unsure
                continue
        found.append(clause)
    return found


def _of_clause(segment: Segment, clause: Clause) -> list[Draft]:
    excluding = segment.effect == "exclude"
    built: list[tuple[Part, list[tuple[Expression, str]]]] = []
    for part in clause.parts:
        window = part.window or next((p.window for p in clause.parts if p.window), None) or segment.window
        if len(clause.parts) > 1 and not excluding:
            window = None
        expressions = [item for group in part.groups if (item := _group(part, group, clause.leads, window, excluding))]
        if expressions:
            built.append((part, expressions))
    if not built or len(built) < len(clause.parts):
        return []
    start, end = clause.parts[0].start, max(part.end for part in clause.parts)
    turned = turned_effect(segment, [test for _, items in built for item, _ in items for test in limits_of(item)])
    if turned is None:
        return []
    effect, remark = turned
    if effect is not None:  # the other way round, "or" and the circumstances mean the other thing
        other = _of_clause(replace(segment, effect=effect), clause)
        return [replace(draft, effect=effect, note=_and(draft.note, remark)) for draft in other]
    notes = ["; ".join(dict.fromkeys(note for _, note in items if note)) for _, items in built]
    note = _and(*dict.fromkeys(notes))
    if not excluding and len(built) == 1 and segment.joined != "any" and _trailing_or(segment):
        effect = "allow"
        note = _and(note, "an alternative: a neighboring line states the other")
    single = len(built) == 1
    if single:
        part, items = built[0]
        if part.fallback is not None and not excluding:
            name, limit = part.fallback
            value = value_of(limit, words().analytes[name])
            if value is not None:
                window = part.window or segment.window
                both = Any((_test(name, value), *(_unwindowed(item) for item, _ in items)), window=window)
                return [Draft(start, end, both, effect, note=note)]
        if excluding and part.both and effect is None:
            return [Draft(part.start, part.end, All(tuple(item for item, _ in items)), effect, note=note)]
        return [Draft(part.start, part.end, item, effect, note=note) for item, _ in items]
    if excluding:
        return [Draft(part.start, part.end, item, effect, note=own) for part, items in built for item, own in items]
    window = next((part.window for part in clause.parts if part.window), None) or segment.window
    alternatives = [
        _flat(items[0][0]) if len(items) == 1 else (All(tuple(item for item, _ in items)),) for _, items in built
    ]
    exceptions = tuple(dict.fromkeys(name for part in clause.parts for name in part.exceptions))
    whole = Any(tuple(item for group in alternatives for item in group), window=window, exceptions=exceptions)
    return [Draft(start, end, whole, effect, note=note)]


def _and(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _trailing_or(segment: Segment) -> bool:
    return bool(re.search(r"\bor\s*:?\s*$", segment.plain.text))


def _flat(item: Expression) -> tuple[Expression, ...]:
    if isinstance(item, Any) and not (item.window or item.exceptions or item.operator):
        return item.items
    return (item,)


def _unwindowed(item: Expression) -> Expression:
    return replace(item, window=None) if isinstance(item, Test | Any) else item


def _group(
    part: Part, group: list[str], leads: tuple[Case, ...], window: Window | None, excluding: bool
) -> tuple[Expression, str] | None:
    """The condition of one group of analytes, of which any suffices; None where no limit fits them."""
    found: list[Expression] = []
    notes: list[str] = []
    names = [name for item in group for name in words().analytes[item].means] if len(group) == 1 else group
    single = len(names) == 1
    for name in names:
        built = _analyte(part, name, leads, window if single else None, excluding, part.exceptions if single else [])
        if built is not None:
            found.append(built[0])
            notes.append(built[1])
    if not found:
        return None
    if part.doubled:
        notes.append("two counts are named together; the first is meant")
    note = "; ".join(dict.fromkeys(item for item in notes if item))
    if len(found) == 1:
        if not single and isinstance(found[0], Test):
            return replace(found[0], window=window, exceptions=tuple(dict.fromkeys(part.exceptions))), note
        return found[0], note
    if len(group) == 1:  # "transaminases" are both of them
        return All(tuple(found)), note
    return Any(
        tuple(item for inner in found for item in _flat(inner)),
        window=window,
        exceptions=tuple(dict.fromkeys(part.exceptions)),
    ), note


def _analyte(
    part: Part, name: str, leads: tuple[Case, ...], window: Window | None, excluding: bool, exceptions: Sequence[str]
) -> tuple[Expression, str] | None:
    analyte = words().analytes[name]
    read: list[tuple[Value, tuple[Case, ...]]] = []
    base_unit = ""
    for entry in part.entries:
        limit = entry.limit
        if entry.names and name not in entry.names:
            continue
        if read and not limit.sign:
            limit = replace(limit, sign=read[0][0].sign)
        value = value_of(limit, analyte, base_unit if read else "")
        if value is None:
            if entry.aside or (len(part.groups) == 1 and len(part.groups[0]) > 1) or (not entry.cases and read):
                continue
            return None
        base_unit = base_unit or value.unit
        if entry.aside and read:
            known = read[0][0]
            if value.unit == known.unit and value.number != known.number:
                return None  # not the same limit once more: something was not understood
            continue
        same = next(
            (at for at, (known, _) in enumerate(read) if replace(known, note="") == replace(value, note="")), None
        )
        if same is None:
            read.append((value, entry.cases))
        elif entry.cases and read[same][1]:
            read[same] = (value, read[same][1] + tuple(case for case in entry.cases if case not in read[same][1]))
    if not read:
        return None
    note = "; ".join(dict.fromkeys(value.note for value, _ in read if value.note))
    plain = [value for value, cases in read if not cases]
    cased = [(value, cases) for value, cases in read if cases]
    if leads and not cased:
        cased, plain = [(value, leads) for value in plain], []

    def test(value: Value) -> Test:
        made = _test(name, value, window, part.method)
        return replace(made, exceptions=tuple(dict.fromkeys(exceptions))) if exceptions else made

    base: Expression | None = None
    if plain:
        tests = tuple(test(value) for value in plain)
        base = tests[0] if len(tests) == 1 else Any(tuple(replace(t, window=None) for t in tests), window=window)
    if excluding:
        return _excluded(base, [(test(value), cases) for value, cases in cased], note)
    # A limit "if no liver metastases" beside another for those with them is the general one.
    negative = [(value, cases) for value, cases in cased if all(not held for _, held in cases)]
    positive = [(value, cases) for value, cases in cased if any(held for _, held in cases)]
    if base is None and negative and positive:
        base, negative = test(negative[0][0]), []
    if base is None and len(positive) == 2 and {cases[0][0] for _, cases in positive} == {"male", "female"}:
        first, second = positive
        return If(_when(first[1]), test(first[0]), test(second[0])), note
    result = base
    for value, cases in (positive or negative)[::-1]:
        result = If(_when(cases), test(value), result)
    return (result, note) if result is not None else None


def _excluded(
    base: Expression | None, cased: list[tuple[Test, tuple[Case, ...]]], note: str
) -> tuple[Expression, str] | None:
    """Under exclusion: "A and B" for each circumstance; the general limit for everybody else."""
    found: list[Expression] = [All((_when(cases), test)) for test, cases in cased]
    if base is not None and cased:
        others = [Test(*_condition(name, not held)) for _, cases in cased for name, held in cases]
        found.insert(0, All((*others, base)))
    elif base is not None:
        return base, note
    return (found[0] if len(found) == 1 else Any(tuple(found))), note


def _when(cases: tuple[Case, ...]) -> Expression:
    tests = tuple(Test(*_condition(name, held)) for name, held in dict.fromkeys(cases))
    return tests[0] if len(tests) == 1 else Any(tests)


def _condition(name: str, held: bool) -> tuple[str, str, bool | str]:
    if name in ("male", "female"):
        return ("sex", "==" if held else "!=", name)
    return (name, "==", held)


def _test(name: str, value: Value, window: Window | None = None, method: str = "") -> Test:
    unit, attribute = value.unit, name
    if name == "bilirubin" and unit == "xULN":
        attribute, unit = "bilirubin_ratio", "{ULN}"
    if method in ("Fridericia", "Bazett") and name != "qtc":
        method = ""
    if method in ("Cockcroft-Gault", "MDRD", "CKD-EPI", "Schwartz") and name not in ("creatinine_clearance", "gfr"):
        method = ""
    return Test(attribute, value.sign, value.number, unit, method=method, window=window)
