"""Run by the Python that has matchengine-V2: match documents on an emulated database; the matches, wall and CPU seconds as JSON.

    python matchengine_run.py DOCUMENTS.json

DOCUMENTS holds `trials` (CTML) and `people` (`clinical` and a list `genomic` each). The engine is its own, with its own settings and
plugins, all levels and all people asked for by its own options; nothing is written back (its dry run). Three things are not its own:

- The database is mongomock in this process, so the seconds are those of the emulator and not those of a server.
- No indexes are made: the emulator has none that make a query faster.
- The documents are prepared. A missing VITAL_STATUS or BIRTH_DATE_INT ends a whole run, so the one is set to alive and the other to
  null; protocol and sample numbers are given anew, since a protocol number must be digits, and the example trials share one; every
  report is dated after 2018-12-01 with the gene of a structural variant in its field, as the engine asks of such reports.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import mongomock
from matchengine.internals import engine
from mongomock_motor import AsyncMongoMockClient

CONFIG = Path(engine.__file__).parents[1] / "config" / "dfci_config.json"
ONCOTREE = Path(engine.__file__).parents[1] / "ref" / "oncotree_mapping.json"
LEAST = {"VITAL_STATUS": "alive", "BIRTH_DATE_INT": None}
REPORTED = "2020-01-01"
CLIENT = mongomock.MongoClient()


class Connection:
    """What the engine opens instead of a connection to a server: the database of this process, plain or awaitable."""

    def __init__(self, read_only: bool = True, db: str | None = None, async_init: bool = True) -> None:
        client = AsyncMongoMockClient(mock_mongo_client=CLIENT) if async_init else CLIENT
        self.database = client[db]

    def __enter__(self) -> Any:
        return self.database

    def __exit__(self, *_: object) -> None:
        pass


def load(database: Any, trials: list[dict[str, Any]], people: list[dict[str, Any]]) -> None:
    """Put the prepared documents into the database; trials and people are numbered by their place in the lists."""
    for number, trial in enumerate(trials):
        database.trial.insert_one({**trial, "_id": number, "protocol_no": str(number)})
    for number, person in enumerate(people):
        own = {"_id": number, "SAMPLE_ID": str(number), "MRN": str(number), "REPORT_DATE": REPORTED}
        database.clinical.insert_one({**LEAST, **person["clinical"], **own})
        for document in person["genomic"]:
            gene = document.get("TRUE_HUGO_SYMBOL") if document.get("VARIANT_CATEGORY") == "SV" else None
            side = {"LEFT_PARTNER_GENE": gene} if gene else {}
            database.genomic.insert_one({**document, **side, "CLINICAL_ID": number, "SAMPLE_ID": str(number)})


def diagnoses(node: Any) -> set[str]:
    """The diagnoses that trials ask for, without the `!`."""
    if isinstance(node, list):
        return {name for below in node for name in diagnoses(below)}
    if not isinstance(node, dict):
        return set()
    own = {str(value).lstrip("!") for key, value in node.items() if key.lower() == "oncotree_primary_diagnosis"}
    return own.union(*(diagnoses(below) for below in node.values()))


def main() -> None:
    """Load, match, print."""
    logging.disable(logging.WARNING)
    documents = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    trials, people = documents["trials"], documents["people"]
    load(CLIENT["bench"], trials, people)
    engine.MongoDBConnection = Connection
    config = {**json.loads(CONFIG.read_text(encoding="utf-8")), "indices": {}}
    wall, cpu = time.perf_counter(), time.process_time()
    with engine.MatchEngine(
        config=config,
        db_name="bench",
        match_on_closed=True,
        match_on_deceased=True,
        report_all_clinical_reasons=True,
        ignore_run_log=True,
        skip_run_log_entry=True,
    ) as matcher:
        found = matcher.get_matches_for_all_trials()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    names = json.loads(ONCOTREE.read_text(encoding="utf-8"))
    answer = {
        "version": importlib.metadata.version("matchengine-v2"),
        "emulator": f"mongomock {importlib.metadata.version('mongomock')}",
        "date": datetime.date.today().isoformat(),
        "trials": len(trials),
        "people": len(people),
        "pairs": len(trials) * len(people),
        "wall": wall,
        "cpu": cpu,
        "matched": sorted(
            {
                (int(trial), match["match_path"], int(sample))
                for trial, samples in found.items()
                for sample, matches in samples.items()
                for match in matches
            }
        ),
        "diagnoses": {name: names.get(name, [name]) for name in sorted(diagnoses(trials))},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
