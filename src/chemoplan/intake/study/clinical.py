"""Clinical sheets of a study: who a sample comes from, which panel read it, and the test results that are reported."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import Result
from chemoplan.intake.fhir.tables import pattern, table
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.intake.sheet import Sheet, Tally, read_sheet

_NUMBER = re.compile(r"-?\d{1,12}(?:\.(\d{1,20}))?(?:[eE]-?\d{1,2})?")


@dataclass(frozen=True)
class ClinicalRow:
    """One row of a sheet: its line, its cells by column name (empty ones left out), the results it reports."""

    line: int
    cells: Mapping[str, str]
    results: tuple[Result, ...] = ()


@dataclass(frozen=True)
class ClinicalSheet:
    """The rows of one sheet by sample or by patient id, in order."""

    document: str = ""
    rows: Mapping[str, ClinicalRow] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_clinical(path: Path, key: str) -> ClinicalSheet:
    """A clinical sheet by SAMPLE_ID or PATIENT_ID, with or without the four lines of "#". Raises InputRefused."""
    sheet = read_sheet(path, f"a clinical sheet with the column {key}", lenient=True, may_be_empty=True)
    place = sheet.column(key)
    if place is None:
        names = ", ".join(shown(name, 40) for name in sheet.header[:8]) + (", ..." if len(sheet.header) > 8 else "")
        raise InputRefused(
            f"{sheet.at(sheet.header_line)}: no column {key} among {names}; expected a clinical sheet with {key}"
        )
    rules = [
        (column, rule, name)
        for rule in table("cbioportal")["results"]
        for name in rule["columns"]
        if (column := sheet.column(name)) is not None
    ]
    tally = Tally()
    rows: dict[str, ClinicalRow] = {}
    for line, cells in sheet.rows():
        identifier = one_line(cells[place])
        if is_empty(identifier):
            tally.add(f"row(s) have no {key} and were left out", sheet.at(line))
        elif identifier in rows:
            tally.add(f"row(s) repeat a {key} that stands above; the first was read", sheet.at(line))
        else:
            said = {
                name.upper(): one_line(cell)
                for name, cell in zip(sheet.header, cells, strict=True)
                if not is_empty(cell)
            }
            rows[identifier] = ClinicalRow(line, said, _results(sheet, line, cells, rules, tally))
    return ClinicalSheet(sheet.document, rows, (*sheet.problems, *_unread(sheet), *tally.problems()))


def is_empty(cell: str) -> bool:
    """True for a cell that says nothing."""
    return cell.strip().lower() in table("cbioportal")["empty"]


def _unread(sheet: Sheet) -> tuple[Problem, ...]:
    """The columns that speak of genes and are left to the calls themselves."""
    wanted = pattern(table("cbioportal")["unread"])
    names = [name for name in sheet.header if wanted.match(name)]
    if not names:
        return ()
    message = f"{', '.join(names)}: not read as facts; what was called and covered decides"
    return (Problem(sheet.at(sheet.header_line), message),)


def _results(
    sheet: Sheet, line: int, cells: list[str], rules: list[tuple[int, dict[str, Any], str]], tally: Tally
) -> tuple[Result, ...]:
    results: list[Result] = []
    written: dict[str, str] = {}
    for column, rule, name in rules:
        cell = cells[column]
        if is_empty(cell):
            continue
        value, complaint = _answer(rule, cell)
        if complaint:
            tally.add(f"cell(s) of {name} {complaint}", sheet.at(line, name))
        if value is None:
            continue
        test = rule["test"]
        if rule.get("number") and test in written and _same_number(written[test], cell):
            continue
        written.setdefault(test, cell)
        source = Source(sheet.document, f"line {line}, column {name}", method=rule["method"])
        results.append(Result(test, value, source, rule["method"]))
    return tuple(results)


def _answer(rule: Mapping[str, Any], cell: str) -> tuple[str | float | None, str]:
    """The answer in a cell, and what is to be said of it."""
    text = one_line(cell)
    if text.lower() in table("cbioportal")["no_answer"]:
        return None, f"say {shown(text)}, which is no answer"
    if rule.get("number"):
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        if number >= 0:
            return number, ""
        return None, f"are {shown(text)}; expected a number of at least 0"
    if "find" in rule:
        return next((value for value, words in rule["find"].items() if pattern(words).search(text[:500])), None), ""
    if "proteins" in rule:
        return _of_proteins(rule["proteins"], text)
    if "words" in rule:
        return rule["words"].get(text.lower(), text), ""
    return text, ""


def _of_proteins(proteins: list[str], text: str) -> tuple[str | None, str]:
    """Lost when one protein is, intact when all are; a protein that is not mentioned is not known."""
    states = table("cbioportal")["protein_states"]
    said: dict[str, str] = {}
    for part in re.split(r"[|;,]", text):
        protein, _, state = part.strip().partition(" ")
        found = next((name for name, words in states.items() if state.strip(" :").lower() in words), None)
        if protein.upper() in proteins and found:
            said[protein.upper()] = found
    if "lost" in said.values():
        return "lost", ""
    if all(said.get(protein) == "intact" for protein in proteins):
        return "intact", ""
    return None, f"do not tell of all of {', '.join(proteins)}: {shown(text, 120)}"


def _same_number(one: str, other: str) -> bool:
    """True when two numbers differ by no more than the rounding of the coarser one."""
    digits = [len(found[1] or "") for text in (one, other) if (found := _NUMBER.fullmatch(text))]
    return abs(float(one) - float(other)) < 10.0 ** -min(digits, default=0)
