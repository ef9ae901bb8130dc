"""A text in plain form for the grammar: lower case, one sign for each comparison, and the way back to the words as written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` is what patterns are matched against; `offsets[i]` is where its character i stands in the whole record text."""

    text: str
    offsets: Sequence[int]
    end: int

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the whole text of the stretch `text[start:end]`."""
        if start >= end:
            at = self.offsets[start] if start < len(self.offsets) else self.end
            return at, at
        last = self.offsets[end] if end < len(self.offsets) else self.end
        return self.offsets[start], last


_SIGNS = {
    "≥": ">=", "≧": ">=", "⩾": ">=", "≤": "<=", "≦": "<=", "⩽": "<=", "＞": ">", "＜": "<", "×": "x", "✕": "x", "µ": "u", "μ": "u",
    "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "²": "^2", "³": "^3", "⁹": "^9", "⁶": "^6", "º": "°", "·": ".", "\t": " ",
}  # fmt: skip

_PHRASES: tuple[tuple[str, str], ...] = (
    (r"=\s*<|<\s*=|<\s*/\s*=|<\s*or\s*=", "<="),
    (r"=\s*>|>\s*=|>\s*/\s*=|>\s*or\s*=", ">="),
    (r"(?:is |are |was |be |of )?(?:greater|more|higher) than or equal(?:s)? to", ">="),
    (r"(?:is |are |was |be |of )?(?:equal to or )(?:greater|more|higher) than", ">="),
    (r"(?:is |are |was |be |of )?(?:less|lower|fewer) than or equal(?:s)? to", "<="),
    (r"(?:is |are |was |be |of )?(?:equal to or )(?:less|lower|fewer) than", "<="),
    (r"(?:greater|more|higher) than or equal\b", ">="),
    (r"(?:less|lower|fewer) than or equal\b", "<="),
    (r"(?:of )?(?:at least|a minimum of|not less than|no less than|minimum of)", ">="),
    (r"(?:of )?(?:at most|(?:no|not) more than|(?:no|not) greater than|not to exceed|not exceeding|a maximum of|up to)", "<="),
    (r"(?:is |are |was |be |of )?(?:greater|more|higher|longer|larger) than", ">"),
    (r"(?:is |are |was |be |of )?(?:less|lower|fewer|shorter|smaller) than", "<"),
    (r"\b(?:exceeding|exceeds|exceed)\b", ">"),
)  # fmt: skip
_PHRASE = re.compile(
    r"(?<![a-z])(?:" + "|".join(f"(?P<p{at}>{pattern})" for at, (pattern, _) in enumerate(_PHRASES)) + ")"
)
_MAY_HOLD_A_PHRASE = re.compile(
    r"than|least|most|minimum|maximum|exceed|up to|less\b|greater|=\s*[<>]|[<>]\s*/?\s*(?:or\s*)?="
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~^|=&$%@:;,/?'\"])")
_SINGLE = str.maketrans({sign: shown for sign, shown in _SIGNS.items() if len(shown) == 1})
_LONGER = re.compile(
    "|".join([*(re.escape(sign) for sign, shown in _SIGNS.items() if len(shown) != 1), _ESCAPE.pattern])
)


def plain(text: str, start: int = 0) -> Plain:
    """The plain form of a stretch of the record text that begins at offset `start` of the whole."""
    if len(text.lower()) != len(text):  # a capital whose small form is longer
        text = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    flat, offsets = _with_longer_signs(text, start)
    if _MAY_HOLD_A_PHRASE.search(flat):
        flat, offsets = _with_signs_for_phrases(flat, offsets)
    return Plain(flat, offsets, start + len(text))


def _with_longer_signs(text: str, start: int) -> tuple[str, Sequence[int]]:
    """Signs that stand for several, and backslashes that stand for none."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in _LONGER.finditer(text):
        sign = match.group(1) or _SIGNS.get(match.group(), match.group())
        at = match.start()
        pieces += [text[done:at], sign]
        places += [*range(start + done, start + at), *([start + at] * len(sign))]
        done = match.end()
    if not done:
        return text.translate(_SINGLE).lower(), range(start, start + len(text))
    pieces.append(text[done:])
    return "".join(pieces).translate(_SINGLE).lower(), [*places, *range(start + done, start + len(text))]


def _with_signs_for_phrases(flat: str, offsets: Sequence[int]) -> tuple[str, Sequence[int]]:
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in _PHRASE.finditer(flat):
        sign = _PHRASES[int((match.lastgroup or "p0")[1:])][1]
        pieces += [flat[done : match.start()], sign]
        places += [*offsets[done : match.start()], *([offsets[match.start()]] * len(sign))]
        done = match.end()
    if not done:
        return flat, offsets
    pieces.append(flat[done:])
    return "".join(pieces), [*places, *offsets[done:]]
