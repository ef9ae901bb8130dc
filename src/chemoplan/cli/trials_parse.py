"""The command that reads an eligibility text: what was understood, what is left to a person, line by line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chemoplan.cli.shared import EPILOG, Refused, format_option, output_option, refusing, show, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chemoplan.trials.reading import TrialReading
    from chemoplan.trials.record import TrialRecord


@click.command("parse", epilog=EPILOG)
@click.argument("records", metavar="RECORD...", nargs=-1, required=True)
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="CHEMOPLAN_TRIALS",
    default=Path("trials.sqlite"),
    show_default=True,
    help="Where records are kept, for a RECORD that is an id.",
)
@click.option(
    "--propose",
    "endpoint",
    metavar="URL",
    help="Ask a language model at this OpenAI-compatible address about the lines that are left to a person. Nothing is asked "
    "without this option; what comes back is a proposal that quotes the text, never a reading.",
)
@click.option("--model", metavar="NAME", help="Name of the model at that address.")
@format_option("reading", "text", "json")
@output_option
@refusing
def trials_parse(
    records: tuple[str, ...], store: Path, endpoint: str | None, model: str | None, form: str, output: Path | None
) -> None:
    """Read the eligibility text of RECORD: a file of records (any form, .gz too), or the id of a record that is kept.

    Each line comes back as structured (with its criteria), judgement, administrative, or to be judged, word for word. No reading
    is reviewed until a curation file says so (see `trials match --curation`).

    \b
    Examples:
      chemoplan trials parse study.json
      chemoplan trials parse NCT99000001
      chemoplan trials parse export.json.gz --format json --output atoms.json
    """
    from chemoplan.report.progress import progress
    from chemoplan.trials.as_json import readings_as_json
    from chemoplan.trials.parse import parse_records

    if model and endpoint is None:
        raise Refused(["--model names the model of --propose; add --propose URL"])
    found = _records(records, store)
    readings = []
    with progress("reading eligibility texts", len(found)) as step:
        for reading in parse_records(found):
            readings.append(reading)
            step(reading.nct_id)
    proposals = _proposals(found, readings, endpoint, model)
    if form == "json":
        result = readings_as_json(readings)
        write_json(result | ({"proposals": proposals} if endpoint else {}), output)
        return
    titles = {record.nct_id: record for record in found}
    from chemoplan.report.text import print_trial_readings

    show(lambda console: print_trial_readings(readings, titles, proposals, console), output)


def _records(names: Sequence[str], store: Path) -> list[TrialRecord]:
    """The records that the names stand for: files first, else ids in the store."""
    from chemoplan.trials.record import RecordRefused
    from chemoplan.trials.registry import read_records

    found: list[TrialRecord] = []
    for name in names:
        path = Path(name)
        try:
            if os.path.exists(path):  # noqa: PTH110 - false for a name that no file can have
                found += read_records(path)
            else:
                found.append(_kept(name, store))
        except RecordRefused as refused:
            raise Refused([str(refused)]) from None
    if not found:
        raise Refused([f"{names[0]}: holds no record"])
    return found


def _kept(name: str, store: Path) -> TrialRecord:
    from chemoplan.trials.store import open_store

    if not store.exists():
        raise Refused(
            [f"{name}: is no file here, and no records are kept in {store.name}; `chemoplan trials import` fills it"]
        )
    with open_store(store, create=False) as kept:
        record = kept.get(name.strip().upper())
    if record is None:
        raise Refused(
            [f"{name}: is no file here and no record of {store.name}; `chemoplan trials list` shows what is kept"]
        )
    return record


def _proposals(
    records: Sequence[TrialRecord], readings: Sequence[TrialReading], endpoint: str | None, model: str | None
) -> list[dict[str, Any]]:
    if endpoint is None:
        return []
    from chemoplan.report.progress import progress
    from chemoplan.trials.proposals import EndpointRefused, propose

    if not model:
        raise Refused(["--propose: the model needs a name; add --model NAME"])
    rows: list[dict[str, Any]] = []
    with progress("asking for proposals", len(readings)) as step:
        for record, reading in zip(records, readings, strict=True):
            try:
                rows += propose(record, reading, endpoint, model)
            except EndpointRefused as refused:
                raise Refused([str(refused)]) from None
            step(record.nct_id)
    return rows
