"""A text in plain form for the grammar: lower case, one sign for each comparison, and the way back to the words as written."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` is what patterns are matched against; `offsets[i]` is where its character i stands in the whole record text."""

    text: str
    offsets: tuple[int, ...]
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
_PHRASE = re.compile("|".join(f"(?P<p{at}>{pattern})" for at, (pattern, _) in enumerate(_PHRASES)))
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~^|=&$%@:;,/?'\"])")


def plain(text: str, start: int = 0) -> Plain:
    """The plain form of a stretch of the record text that begins at offset `start` of the whole."""
    characters: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(text):
        character, step = text[at], 1
        if character == "\\":
            escaped = _ESCAPE.match(text, at)
            if escaped:
                character, step = escaped.group(1), 2
        shown = _SIGNS.get(character, character).lower()
        characters += shown
        offsets += [start + at] * len(shown)
        at += step
    flat = "".join(characters)
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in _PHRASE.finditer(flat):
        sign = _PHRASES[int((match.lastgroup or "p0")[1:])][1]
        pieces += [flat[done : match.start()], sign]
        places += offsets[done : match.start()] + [offsets[match.start()]] * len(sign)
        done = match.end()
    pieces.append(flat[done:])
    places += offsets[done:]
    return Plain("".join(pieces), tuple(places), start + len(text))
