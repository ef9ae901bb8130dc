"""The positions that a laboratory declares to test: a smaller list than all, which every result then names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from chemoplan.intake.parse import decode
from chemoplan.intake.read import read_content
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.knowledge import load_knowledge


@dataclass(frozen=True)
class GermlinePanel:
    """A declared panel: its name and the ids of the listed positions that it tests."""

    name: str
    positions: frozenset[str]


def read_germline_panel(path: Path) -> GermlinePanel:
    """A text file with one position a line: an rsID, or a gene with a variant or allele (DPYD c.1905+1G>A, UGT1A1 *28).

    Lines that begin with # are comments; `# name: ...` names the panel, else the file does. Raises InputRefused.
    """
    document, content = read_content(Path(path))
    name = Path(path).stem
    found: set[str] = set()
    for number, line in enumerate(decode(content, document).splitlines(), start=1):
        text = " ".join(line.split())
        named = re.fullmatch(r"# ?name ?: ?(.+)", text, re.IGNORECASE)
        if named:
            name = named.group(1)
        elif text and not text.startswith("#"):
            positions = positions_named(text)
            if not positions:
                raise InputRefused(
                    f"{document}, line {number}: {shown(text)} is no listed position; "
                    "expected an rsID such as rs3918290, or a gene and a variant such as DPYD c.1905+1G>A or UGT1A1 *28"
                )
            found |= positions
    if not found:
        raise InputRefused(f"{document}: names no position; expected one a line, such as rs3918290")
    return GermlinePanel(name, frozenset(found))


def positions_named(text: str) -> frozenset[str]:
    """The listed positions that an rsID, or a gene with a variant or allele, stands for; none when it is not known."""
    shelves = load_knowledge().germline
    wanted = text.lower()
    found = {item.id for item in shelves.positions.values() if wanted in (item.id.lower(), item.rsid.lower())}
    for item in shelves.positions.values():
        found |= {item.id for name in item.variants.values() if wanted == f"{item.gene} {name}".lower()}
    for allele in shelves.alleles.values():
        names = {allele.name, allele.common_name} - {""}
        if wanted in {f"{allele.gene} {name}".lower() for name in names}:
            found |= {variant.partition(">")[0] for variant in allele.variants}
    return frozenset(found)
