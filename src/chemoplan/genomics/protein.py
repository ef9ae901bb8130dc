"""Protein changes as files really write them: one parser, one way to print."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

ChangeKind = Literal[
    "substitution", "nonsense", "silent", "frameshift", "deletion", "insertion", "duplication", "delins", "extension",
    "splice", "start_lost", "unknown",
]  # fmt: skip

THREE_LETTERS = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys", "L": "Leu",
    "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "U": "Sec", "V": "Val", "W": "Trp",
    "Y": "Tyr", "*": "Ter", "X": "Xaa",
}  # fmt: skip
_ONE_LETTER = {three: one for one, three in THREE_LETTERS.items()}
_LOWER = {three.lower(): three for three in _ONE_LETTER}


@dataclass(frozen=True, slots=True)
class ProteinChange:
    """One change of a protein: residues `start` to `end` (codon numbers from 1, inclusive), one-letter residues.

    `ref` is the residue at `start`, `ref_end` the one at `end` ("" when not named, or when one residue changes); `alt` the
    new residues ("*" is a stop). `detail` is where a shifted or extended frame ends ("*27", "*?", "-5"), "?" for a lost start
    of unknown effect, "0" for no protein, or the number of unnamed residues. `start` 0 is a change of no stated place.
    """

    kind: ChangeKind
    start: int
    end: int
    ref: str = ""
    ref_end: str = ""
    alt: str = ""
    detail: str = ""

    @property
    def short(self) -> str:
        """One-letter notation without the prefix: G12C."""
        return _print(self, str)

    @property
    def three_letter(self) -> str:
        """Three-letter notation: p.Gly12Cys."""
        return "p." + _print(self, _spelled_out)

    def __str__(self) -> str:
        return f"p.{self.short}"

    @property
    def codons(self) -> range:
        """The codons that change; empty when the text names no place. An insertion has the two beside it."""
        return range(self.start, self.end + 1) if self.start else range(0)

    @property
    def is_missense(self) -> bool:
        """One residue replaced by one other: not a stop, not silent, not an insertion, deletion or duplication."""
        return self.kind == "substitution"

    @property
    def changes_protein(self) -> bool:
        """False for a silent change and for one of unknown effect."""
        return self.kind not in ("silent", "unknown")

    @property
    def truncating(self) -> bool:
        """A new stop or a shifted frame."""
        return self.kind in ("nonsense", "frameshift") or (self.kind in ("delins", "insertion") and "*" in self.alt)

    def touches(self, codon: int) -> bool:
        """True when the codon is one of those that change."""
        return codon in self.codons


@lru_cache(maxsize=1 << 19)
def parse_protein(text: str) -> ProteinChange | None:
    """The change that a text names, or None when it names none. Never raises."""
    match = _PLAIN.fullmatch(text)
    if match:
        return _substitution(match[1], int(match[2]), match[3])
    return _parse(_bare(text))


_PLAIN = re.compile(r"(?:p\.)?([ACDEFGHIKLMNPQRSTUVWY])([1-9][0-9]{0,5})([ACDEFGHIKLMNPQRSTUVWY*])")
_THREE = re.compile("|".join(_ONE_LETTER))
_ANY_CASE = re.compile(r"([A-Za-z]{3})([1-9][0-9]{0,5})([A-Za-z]{3}|=|\*)")
_LOWER_CASE = re.compile(r"[acdefghiklmnpqrstuvwy][1-9][0-9]{0,5}[acdefghiklmnpqrstuvwy*]")
_R = "[ACDEFGHIKLMNPQRSTUVWYX*]"
_RUN = re.compile(rf"({_R}{{2,}})([1-9][0-9]{{0,5}})((?:del)?ext.*|{_R}+|del|dup|=)")
_PLACED = re.compile(rf"({_R})([1-9][0-9]{{0,5}})(?:[_-]({_R})([1-9][0-9]{{0,5}}))?(.+)")
_FRAMESHIFT = re.compile(rf"({_R}?)fs(?:[*X]?([0-9]{{1,6}}|\?)|[*X])?")
_REPLACED = re.compile(rf"(?:del{_R}*ins|>)({_R}+)")
_DELETED = re.compile(rf"del(?:{_R}*|[0-9]{{1,5}})")
_DOUBLED = re.compile(rf"dup(?:{_R}*|[0-9]{{1,5}})")
_INSERTED = re.compile(rf"ins(?:({_R}+)|\(?([1-9][0-9]{{0,5}})\)?|X?\[([1-9][0-9]{{0,5}})\])?")
_EXTENDED = re.compile(rf"({_R}?)(?:del)?ext([*X-])?([0-9]{{1,6}}|\?)?")


def _bare(text: str) -> str:
    """One-letter notation without prefix, parentheses and escapes; "" when the text cannot be one change."""
    if len(text) > 2000 or not text.isascii():
        return ""
    text = text.rpartition(":")[2].strip().replace("%3D", "=").replace("%3d", "=")
    text = text.removesuffix("(?)")
    for _ in range(2):
        text = text.removeprefix("p.").strip()
        if text.startswith("(") and text.endswith(")"):
            text = text[1:-1]
    match = _ANY_CASE.fullmatch(text)
    if match:
        old, new = _LOWER.get(match[1].lower()), _LOWER.get(match[3].lower(), match[3])
        if old and len(new) in (1, 3) and (new in _ONE_LETTER or len(new) == 1):
            text = f"{old}{match[2]}{new}"
    elif _LOWER_CASE.fullmatch(text):
        text = text.upper()
    if text.endswith("Xaa") and text[-4:-3].isdigit():
        text = text[:-3] + "?"
    return _THREE.sub(lambda found: _ONE_LETTER[found.group()], text)


def _parse(text: str) -> ProteinChange | None:
    if text == "=":
        return ProteinChange("silent", 0, 0)
    if text in ("0", "0?"):
        return ProteinChange("start_lost", 1, 1, "M", detail="0")
    match = _PLACED.fullmatch(text)
    if match:
        ref, start = match[1], int(match[2])
        end = int(match[4]) if match[4] else start
        if end < start:
            return None
        return _placed(ref, start, match[3] or "" if end > start else "", end, match[5])
    match = _RUN.fullmatch(text)
    if match:
        return _run(match[1], int(match[2]), match[3])
    return None


def _run(refs: str, start: int, what: str) -> ProteinChange | None:
    """Several residues before the number: GG12VC, DTKKYCQS*141delext*11."""
    end = start + len(refs) - 1
    if what == "=" or what == refs:
        return ProteinChange("silent", start, end, refs[0], refs[-1])
    if not re.fullmatch(f"{_R}+", what):
        return _placed(refs[0], start, refs[-1], end, what)
    news = what
    while len(refs) > 1 and len(news) > 1 and refs[-1] == news[-1]:
        refs, news = refs[:-1], news[:-1]
    while len(refs) > 1 and len(news) > 1 and refs[0] == news[0]:
        refs, news, start = refs[1:], news[1:], start + 1
    if len(refs) == 1:
        return _placed(refs, start, "", start, news if len(news) == 1 else f"delins{news}")
    return _placed(refs[0], start, refs[-1], start + len(refs) - 1, f"delins{news}")


def _placed(ref: str, start: int, ref_end: str, end: int, what: str) -> ProteinChange | None:
    known, known_end = ref.replace("X", ""), ref_end.replace("X", "")
    if what in ("_splice", "splice"):
        return ProteinChange("splice", start, end, known, known_end)
    if what == "=":
        return ProteinChange("silent", start, end, known, known_end)
    if start == end and len(what) == 1:
        return _substitution(ref, start, what)
    match = _FRAMESHIFT.fullmatch(what)
    if match:
        stop = f"*{match[2]}" if match[2] else ""
        return ProteinChange("frameshift", start, end, known, known_end, match[1].replace("X", ""), stop)
    match = _REPLACED.fullmatch(what)
    if match:
        return _replaced(known, start, known_end, end, "*" if match[1] == "X" else match[1])
    if _DELETED.fullmatch(what):
        return ProteinChange("deletion", start, end, known, known_end)
    if _DOUBLED.fullmatch(what):
        return ProteinChange("duplication", start, end, known, known_end)
    match = _INSERTED.fullmatch(what)
    if match:
        return ProteinChange("insertion", start, end, known, known_end, match[1] or "", match[2] or match[3] or "")
    match = _EXTENDED.fullmatch(what)
    if match:
        sign = "-" if match[2] == "-" else "*"
        ref = ref.replace("X", "*") if start == end else known
        detail = f"{sign}{match[3]}" if match[3] else ""
        return ProteinChange("extension", start, end, ref, known_end, match[1].replace("X", ""), detail)
    return None


def _substitution(ref: str, start: int, new: str) -> ProteinChange | None:
    if new not in THREE_LETTERS and new != "?":
        return None
    if ref == "M" and start == 1 and new not in "M*X":
        return ProteinChange("start_lost", 1, 1, "M", "", "" if new == "?" else new, "?" if new == "?" else "")
    if new == "?":
        return ProteinChange("unknown", start, start, ref.replace("X", ""), "", "", "?")
    ref, new = ref.replace("X", "*"), new.replace("X", "*")
    if ref == new:
        return ProteinChange("silent", start, start, ref)
    if new == "*":
        return ProteinChange("nonsense", start, start, ref, "", "*")
    if ref == "*":
        return ProteinChange("extension", start, start, "*", "", new)
    return ProteinChange("substitution", start, start, ref, "", new)


def _replaced(ref: str, start: int, ref_end: str, end: int, new: str) -> ProteinChange | None:
    """A replacement, with what stays the same on either side taken off: V600_K601delinsEK is V600E."""
    if start == end and len(new) == 1 and ref:
        return _substitution(ref, start, new)
    if end == start + 1 and len(new) == 2 and ref and ref_end:
        if new[1] == ref_end:
            return _substitution(ref, start, new[0])
        if new[0] == ref:
            return _substitution(ref_end, end, new[1])
    return ProteinChange("delins", start, end, ref, ref_end, new)


def _spelled_out(residues: str) -> str:
    return "".join(THREE_LETTERS.get(one, one) for one in residues)


@lru_cache(maxsize=65_536)
def _print(change: ProteinChange, spell: Callable[[str], str]) -> str:
    if change.start == 0:
        return "="
    if change.kind == "start_lost" and change.detail == "0":
        return "0"
    place = f"{spell(change.ref or 'X')}{change.start}"
    if change.end != change.start:
        place += f"_{spell(change.ref_end or 'X')}{change.end}"
    new = spell(change.alt)
    return (
        place
        + {
            "substitution": new,
            "nonsense": spell("*"),
            "silent": "=",
            "frameshift": f"{new}fs{change.detail.replace('*', spell('*'))}",
            "deletion": "del",
            "duplication": "dup",
            "insertion": f"ins{new or change.detail}",
            "delins": f"delins{new}",
            "extension": f"{new}ext{change.detail.replace('*', spell('*'))}",
            "splice": "_splice",
            "start_lost": new or "?",
            "unknown": "?",
        }[change.kind]
    )
