"""The standard genetic code, and the letters that stand for several bases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

_RESIDUES = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
RESIDUE_OF = {"".join(codon): residue for codon, residue in zip(product("TCAG", repeat=3), _RESIDUES, strict=True)}
BASES_OF = {
    "A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")


def other_strand(bases: str) -> str:
    """The same bases read on the other strand."""
    return bases.translate(_COMPLEMENT)[::-1]


def spellings(bases: str, residue: str) -> Iterator[str]:
    """Every codon that the letters allow and that codes for the residue."""
    for codon, coded in RESIDUE_OF.items():
        if coded == residue and all(base in BASES_OF[letter] for base, letter in zip(codon, bases, strict=True)):
            yield codon
