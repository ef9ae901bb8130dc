"""Tells judgement and administrative lines that no other module reads; a few of them have an atom of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from chemoplan.trials.expression import Test
from chemoplan.trials.grammar.draft import Draft
from chemoplan.trials.lexicon import lexicon
from chemoplan.trials.mentions import mentions
from chemoplan.trials.reading import LineKind
from chemoplan.trials.segments import Segment


@lru_cache(maxsize=1)
def _words() -> tuple[re.Pattern[str], tuple[dict[str, Any], ...], tuple[tuple[LineKind, re.Pattern[str]], ...]]:
    data = lexicon("plain_kinds")
    atoms = "|".join(f"(?P<a{at}>{entry['words']})" for at, entry in enumerate(data["atoms"]))
    kinds = tuple((kind, re.compile("|".join(patterns))) for kind, patterns in data["kinds"].items())
    return re.compile(atoms), tuple(data["atoms"]), kinds


def read(segment: Segment) -> Sequence[Draft]:
    """The atoms of this family in a segment."""
    if not mentions(segment.plain.text, lexicon("plain_kinds")["words"]):
        return ()
    pattern, entries, _ = _words()
    match = pattern.search(segment.plain.text)
    if match is None or segment.effect == "allow":
        return ()
    entry = entries[next(at for at in range(len(entries)) if match[f"a{at}"] is not None)]
    attribute, operator, value = entry["test"]
    if entry["effect"] != "define" and entry["effect"] != segment.effect:
        return ()
    return (Draft(match.start(), match.end(), Test(attribute, operator, value), entry["effect"], entry["kind"]),)


def kind_of(text: str) -> LineKind | None:
    """Administrative or judgement, for a plain text without an atom; None where a person must read it."""
    for kind, pattern in _words()[2]:
        if pattern.search(text) and not (kind == "administrative" and _CLINICAL.search(text)):
            return kind
    return None


_CLINICAL = re.compile(
    r"[<>]=?\s*\d|carcinoma|metasta|\bhiv\b|hepatitis|infection|performance status|breast-?feeding|pregnan(?:t|cy)\b(?! test)|toxicit"
    r"|residual"
    r"|(?:chemo|radio|immuno)therap|prior (?:therapy|treatment)|surgery|malignan|histolog"
)
