"""Tables of gene fusions. A file that lists fusions proves nothing about genes that it does not list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import Fusion
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import symbol_of
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.sheet import Sheet, parse_sheet, read_bytes

_EXPECTED = "a fusion table with a column FusionGene, #FusionName, #gene1 and gene2, or Site1_Hugo_Symbol"
_HEADER_MARKS = (b"#FusionName", b"#gene1")


@dataclass(frozen=True)
class FusionReading:
    """The fusions of one table, and what could not be read."""

    fusions: tuple[Fusion, ...]
    problems: tuple[Problem, ...] = ()


def read_fusions(path: Path, *, sample: str | None = None) -> FusionReading:
    """Every row as a fusion with its reads and its frame where the table tells them. Raises InputRefused."""
    document, content = read_bytes(Path(path))
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.startswith(_HEADER_MARKS):
        content = content[1:]
    sheet = parse_sheet(document, content, _EXPECTED, may_be_empty=True)
    header = {name.lower().lstrip("#"): place for place, name in enumerate(sheet.header)}
    rules = next(
        (row for row in table("tumor_tables")["fusions"] if all(mark.lower() in header for mark in row["marks"])), None
    )
    if rules is None:
        raise InputRefused(f"{sheet.at(sheet.header_line)}: the columns are not known; expected {_EXPECTED}")
    rows = list(sheet.rows())
    problems = list(sheet.problems)
    if "sample" in rules and rules["sample"].lower() in header:
        rows = _of_sample(sheet, rows, header[rules["sample"].lower()], sample, problems)
    fusions = [_fusion(sheet, line, cells, header, rules, problems) for line, cells in rows]
    return FusionReading(tuple(fusion for fusion in fusions if fusion is not None), tuple(problems))


def _of_sample(
    sheet: Sheet, rows: list[tuple[int, list[str]]], place: int, sample: str | None, problems: list[Problem]
) -> list[tuple[int, list[str]]]:
    names = list(dict.fromkeys(cells[place] for _, cells in rows))
    if sample is None and len(names) > 1:
        listed = ", ".join(shown(name) for name in names[:10])
        raise InputRefused(f"{sheet.document}: holds {len(names)} samples ({listed}); name one with --sample")
    if sample is not None and names and sample not in names:
        if len(names) == 1:
            raise InputRefused(f"{sheet.document}: no sample {shown(sample)}; it holds {shown(names[0])}")
        problems.append(Problem(sheet.document, f"lists {len(names)} samples and no fusion of {shown(sample)}"))
    return [(line, cells) for line, cells in rows if sample is None or cells[place] == sample]


def _fusion(
    sheet: Sheet,
    line: int,
    cells: list[str],
    header: Mapping[str, int],
    rules: Mapping[str, Any],
    problems: list[Problem],
) -> Fusion | None:
    def cell(column: str | None) -> str:
        place = header.get(column.lower()) if column else None
        return cells[place] if place is not None and cells[place] not in (".", "NA", "N/A") else ""

    text = cell(rules.get("pair")) or "::".join(
        name for name in (cell(rules.get("first")), cell(rules.get("second"))) if name
    )
    written = [part for part in re.split(r"::|--|,(?![^(]*\))", text) if part]
    genes = [re.sub(r"[\^|(].*", "", part).strip() for part in written]
    if not genes or not all(genes):
        problems.append(Problem(sheet.at(line), f"{shown(text)} names no gene; the row was left out"))
        return None
    between = [part for part in written if "(" in part]
    doubts = [f"a break lies outside a gene ({between[0]})"] if between else []
    if len(set(genes)) == 1 and len(written) == 1:
        doubts.append("the partner is not named")
    if len(set(genes)) == 1 and len(written) > 1:
        doubts.append("both ends lie in one gene: a rearrangement within it, no fusion with another")
    status = cell(rules.get("status"))
    if status.lower() in table("cbioportal")["germline"]:
        doubts.append(f"the status is {shown(status)}: no somatic event")
    confidence = cell(rules.get("confidence"))
    if confidence.lower() in table("tumor_tables")["doubtful_confidence"]:
        doubts.append(f"the table gives {confidence} confidence")
    numbers = [cell(column) for column in rules["reads"]]
    reads = [int(float(number)) for number in numbers if re.fullmatch(r"\d{1,9}(\.0+)?", number)]
    return Fusion(
        genes=tuple(dict.fromkeys(symbol_of(gene) for gene in genes)),
        source=Source(sheet.document, f"line {line}", method=rules["name"]),
        in_frame=_frame(cell(rules.get("frame"))),
        reads=sum(reads) if reads else None,
        text=text,
        doubt="; ".join(doubts),
    )


def _frame(text: str) -> bool | None:
    frames = table("tumor_tables")["frames"]
    word = text.strip().lower()
    if word in frames["kept"]:
        return True
    return False if word in frames["lost"] else None
