"""People matched on Spark part by part into a folder of Parquet files, so that a run that was stopped goes on where it was.

A part is a few files of the input. It is written aside, moved into the output, and only then named in the manifest beside the
output, with the hash of each of its files. A part whose files are not what the manifest says is done again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chemoplan import __version__
from chemoplan.cohort.arrow_facts import CohortRefused
from chemoplan.cohort.manifest import Manifest, differences, file_hash, manifest_path, read_manifest
from chemoplan.cohort.match_many import Asked, studies_hash
from chemoplan.cohort.spark import match_on_spark
from chemoplan.knowledge import load_knowledge
from chemoplan.trials.clauses import TrialClauses

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TOGETHER = 16
"""Files of the input in a part. More of them keep more workers busy; fewer lose less when a run is stopped."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many parts there are, and how many of them had been done before."""

    parts: int
    resumed: int


def write_matches(
    spark: SparkSession,
    people: Path,
    output: Path,
    trials: Sequence[TrialClauses],
    answer: Literal["people", "pairs"] = "people",
    *,
    asked: Asked | None = None,
    lenient: bool = False,
    overlays: Sequence[Path] = (),
    together: int = TOGETHER,
    step: Callable[[int, int], None] = lambda part, parts: None,
) -> Written:
    """The people of a Parquet file, or of a folder of them, against studies, into a folder of Parquet files.

    `people` and `output` are places that the driver and all workers see. The same call after a run that was stopped goes on.
    `step` is called with the number of each part (from 1) that is done, and how many there are.
    Raises CohortRefused when there is nothing to read, or when the output holds something else.
    """
    asked = asked or Asked()
    if output.resolve().is_relative_to(people.resolve()):
        raise CohortRefused([f"{output.name}: lies in what is read; choose another place"])
    files = _files(people)
    about = {
        "chemoplan": __version__, "input": _input_hash(people, files), "knowledge": load_knowledge(overlays).sha256,
        "files": together, "lenient": lenient, "tables": [answer], "what": "trials", "trials": studies_hash(trials),
        "asked": repr(asked),
    }  # fmt: skip
    manifest = _open(output, about)
    parts = [files[at : at + together] for at in range(0, len(files), together)]
    resumed = 0
    for number, part in enumerate(parts):
        if manifest.has(number, output):
            resumed += 1
        else:
            # Files may differ in their columns; without this, Spark takes those of one of them and drops the others.
            read = spark.read.option("mergeSchema", "true").parquet(*(path.resolve().as_uri() for path in part))
            matched = match_on_spark(read, trials, answer, asked=asked, lenient=lenient, overlays=overlays)
            _write(matched, number, output, manifest)
        step(number + 1, len(parts))
    manifest.complete = True
    manifest.write()
    return Written(len(parts), resumed)


def _files(people: Path) -> list[Path]:
    """The files of the input, in the order of their names; names that begin with `_` or `.` are Spark's own."""
    if people.is_file():
        return [people]
    if not people.is_dir():
        raise CohortRefused([f"{people.name}: no such file or folder; expected Parquet, one row a person"])
    found = sorted(
        path
        for path in people.rglob("*.parquet")
        if path.is_file() and not any(name.startswith(("_", ".")) for name in path.relative_to(people).parts)
    )
    if not found:
        raise CohortRefused([f"{people.name}: no Parquet files there; expected a file, or a folder of them"])
    return found


def _input_hash(people: Path, files: Sequence[Path]) -> str:
    """SHA-256 over the name and the SHA-256 of each file."""
    with ThreadPoolExecutor() as pool:
        hashes = list(pool.map(file_hash, files))
    whole = hashlib.sha256()
    for path, digest in zip(files, hashes, strict=True):
        name = path.name if path == people else path.relative_to(people).as_posix()
        whole.update(f"{digest}  {name}\n".encode())
    return whole.hexdigest()


def _open(output: Path, about: dict[str, Any]) -> Manifest:
    """The manifest to go on with. What another run has written is never mixed with this one's, nor removed."""
    kept = read_manifest(manifest_path(output))
    if kept is None:
        if output.exists() and any(output.iterdir() if output.is_dir() else [output]):
            raise CohortRefused([f"{output.name}: is there already, and no manifest beside it; choose another place"])
        kept = Manifest(manifest_path(output), about)
    odd = differences(kept.about, about)
    if odd:
        raise CohortRefused(
            [f"{output.name}: was written with another {' and '.join(odd)}; choose another place, or remove it"]
        )
    output.mkdir(parents=True, exist_ok=True)
    kept.complete = False
    kept.write()
    return kept


def _write(matched: Any, number: int, output: Path, manifest: Manifest) -> None:
    """One part: aside, then into the output under its own names, then into the manifest."""
    aside, name = output.with_name(f"{output.name}.blocks"), f"part-{number:06}"
    _remove(output.glob(f"{name}-*.parquet"))
    matched.write.mode("overwrite").parquet(aside.resolve().as_uri())
    places = {}
    for at, path in enumerate(sorted(aside.glob("*.parquet"))):
        place = output / f"{name}-{at:05}.parquet"
        path.replace(place)
        places[place.name] = file_hash(place)
    manifest.blocks[str(number)] = places
    manifest.write()
    shutil.rmtree(aside)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink()
