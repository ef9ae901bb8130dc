"""What each sample of a study was tested for: gene panels, the panel matrix, and the case lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chemoplan.case.statement import Problem, Source
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.gene_symbol import symbol_of
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.intake.sheet import Tally, read_sheet
from chemoplan.intake.study.clinical import is_empty
from chemoplan.intake.study.files import read_pairs

_MATRIX = "a table with SAMPLE_ID and one column a profile (mutations, cna, structural_variants)"


@dataclass(frozen=True)
class PanelMatrix:
    """The panel of each sample for each profile, with its source. A profile that a sample lacks was not done."""

    profiles: frozenset[str] = frozenset()
    panels: Mapping[str, Mapping[str, tuple[str, Source]]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_panel_matrix(path: Path) -> PanelMatrix:
    """The gene panel matrix. Raises InputRefused."""
    sheet = read_sheet(path, _MATRIX, lenient=True, may_be_empty=True)
    sample_column = sheet.column("SAMPLE_ID", "SAMPLE")
    profiles = {
        profile: place
        for profile, names in table("cbioportal")["panel_profiles"].items()
        if (place := sheet.column(*names)) is not None
    }
    if sample_column is None or not profiles:
        raise InputRefused(f"{sheet.at(sheet.header_line)}: a needed column is missing; expected {_MATRIX}")
    tally = Tally()
    others = [name for at, name in enumerate(sheet.header) if at not in {sample_column, *profiles.values()}]
    if others:
        tally.add(
            f"column(s) name no profile that is read ({', '.join(others)})", sheet.at(sheet.header_line), len(others)
        )
    panels: dict[str, dict[str, tuple[str, Source]]] = {}
    for line, cells in sheet.rows():
        sample = one_line(cells[sample_column])
        if is_empty(sample):
            tally.add("row(s) name no sample and were left out", sheet.at(line))
        elif sample in panels:
            tally.add("row(s) repeat a sample that stands above; the first was read", sheet.at(line))
        else:
            panels[sample] = {
                profile: (one_line(cells[place]), Source(sheet.document, f"line {line}, column {sheet.header[place]}"))
                for profile, place in profiles.items()
                if not is_empty(cells[place])
            }
    return PanelMatrix(frozenset(profiles), panels, (*sheet.problems, *tally.problems()))


def read_panels(folder: Path) -> tuple[dict[str, tuple[frozenset[str], str]], tuple[Problem, ...]]:
    """The gene lists in a study folder by panel in lower case, each with the name of its file."""
    panels: dict[str, tuple[frozenset[str], str]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*gene_panel*")):
        if "matrix" in path.name.lower() or path.name.lower().startswith("meta_") or not path.is_file():
            continue
        name = one_line(path.name)
        try:
            pairs = read_pairs(path)
        except InputRefused as refused:
            problems.append(Problem(name, str(refused)))
            continue
        genes = frozenset(symbol_of(gene) for gene in re.split(r"[\s,;]+", pairs.get("gene_list", "")) if gene)
        panel = pairs.get("stable_id", "").lower()
        if not panel or not genes:
            problems.append(Problem(name, "no panel could be read; expected the lines stable_id: and gene_list:"))
        elif panel in panels and panels[panel][0] != genes:
            message = f"the panel {shown(pairs['stable_id'])} is told otherwise in {panels[panel][1]}, which was read"
            problems.append(Problem(name, message))
        else:
            panels.setdefault(panel, (genes, name))
    return panels, tuple(problems)


def read_case_lists(folder: Path) -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """The samples looked at for each profile, for the profiles that have a case list: as a set and in order."""
    lists: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
    for profile, names in table("cbioportal")["case_lists"].items():
        for path in (place / name for name in names for place in (folder / "case_lists", folder)):
            if path.is_file() and profile not in lists:
                listed = read_pairs(path).get("case_list_ids", "")
                ids = listed.split("\t") if "\t" in listed else re.split(r"[\s,;]+", listed)
                samples = tuple(dict.fromkeys(one_line(text) for text in ids if text.strip()))
                lists[profile] = (frozenset(samples), samples)
    return lists
