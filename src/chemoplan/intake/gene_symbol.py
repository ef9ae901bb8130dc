"""Gene symbols as people and panels write them."""

from __future__ import annotations

import re
from functools import lru_cache

from chemoplan.intake.fhir.tables import table

_SYMBOL = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*|C[0-9XY]+orf[0-9]+")


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {name.upper(): symbol for symbol, names in table("gene_names").items() for name in names}


def symbol_of(name: str) -> str:
    """The symbol of a gene by any of its names; a name that is not known stays as written, in capitals."""
    return _by_name().get(name.upper(), name if _SYMBOL.fullmatch(name) else name.upper())


def names_of(symbol: str) -> tuple[str, ...]:
    """The other names of a gene, in capitals."""
    return tuple(name.upper() for name in table("gene_names").get(symbol, ()))


def is_symbol(name: str) -> bool:
    """True for a text written like a gene symbol: capitals and digits."""
    return len(name) <= 30 and (_SYMBOL.fullmatch(name) is not None or (name.upper() == name and name in _by_name()))
