"""Figures about tumors: a study from its folder to assertions, a million calls, one large tumor, and a join of coordinates."""

from __future__ import annotations

import gzip
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

MILLION = 1_000_000
LARGE = 10_000
SEARCH = Path(__file__).with_name("civicpy_search.py")
APART = ROOT / "build" / "bench" / "bin" / "python"
"""The Python of `make bench-civicpy`, which has civicpy and nothing of this project."""

Row = Callable[[str, str, str], None]


def tumors(row: Row) -> None:
    """Measure and print, or say what is absent."""
    from tests.real.conftest import reference_folder

    molecular = reference_folder() / "molecular"
    study = molecular / "tcga_read"
    if not (study / "data_mutations.txt.gz").is_file():
        row("tumors: a study of 150, a million calls, civicpy", "not measured", "the reference folder is absent")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _study(row, study)
        _second_source(row, study, molecular)
        _million(row, study, folder)
        _large(row, study, folder)
        _join(row, study, molecular, folder)


def _study(row: Row, study: Path) -> None:
    told = [_apart("tell", str(study)) for _ in range(3)]
    seconds = statistics.median(each["seconds"] for each in told)
    first = told[0]
    row(
        f"{first['tumors']} tumors, {first['calls']:,} calls, file to assertions (median of 3)",
        f"{seconds:.2f} s",
        "under 1 s after start",
    )
    parts = {name: statistics.median(each[name] for each in told) for name in ("start", "reading", "meaning")}
    row("  start: imports and knowledge", f"{parts['start']:.2f} s", "")
    row("  of which reading", f"{parts['reading']:.2f} s", "")
    row("  of which biomarkers and assertions", f"{parts['meaning']:.2f} s", "")


def _million(row: Row, study: Path, folder: Path) -> None:
    maf = folder / "million.maf"
    rows = _repeat(study / "data_mutations.txt.gz", maf, MILLION)
    told = _apart("tell", str(maf))
    assert told["calls"] == rows, "calls were lost"
    row(f"{rows:,} calls in {told['tumors']:,} tumors, file to assertions", f"{told['seconds']:.1f} s", "under 10 s")
    row("  peak memory of the process", f"{told['peak'] / 1e6:.2f} GB", "under 2 GB")


def _large(row: Row, study: Path, folder: Path) -> None:
    maf = folder / "large.maf"
    rows = _repeat(study / "data_mutations.txt.gz", maf, LARGE, sample="LARGE-01")
    told = _apart("tell", str(maf), "7")
    seconds = statistics.median(told["warm"])
    row(
        f"one tumor of {rows:,} calls, warm (median of {len(told['warm'])})", f"{seconds * 1000:.0f} ms", "under 300 ms"
    )


def _second_source(row: Row, study: Path, molecular: Path) -> None:
    release = molecular / "civic" / "evidence.json.gz"
    if not release.is_file():
        row("CIViC against the tumors of the study", "not measured", "no release in the reference folder")
        return
    told = _apart("civic", str(study), str(release))
    row(f"read a CIViC release of {told['items']:,} items", f"{told['reading'] * 1000:.0f} ms", "")
    row(f"  hold it against {told['tumors']} tumors (median of 3)", f"{told['matching'] * 1000:.0f} ms", "")


def _join(row: Row, study: Path, molecular: Path, folder: Path) -> None:
    """The same 10,000 substitutions, in this run, three ways: civicpy, a columnar join, the shipped table of codons."""
    hotspots = molecular / "hotspots" / "hotspots_v2_GRCh37.tsv"
    if not hotspots.is_file():
        row("coordinate search by civicpy", "not measured", "no hotspots in the reference folder")
        return
    queries = folder / "queries.tsv"
    _write_queries(study / "data_mutations.txt.gz", queries)
    joined, found = _columnar(hotspots, queries)
    row(f"{LARGE:,} substitutions joined to the hotspots as columns", f"{joined * 1000:.1f} ms", f"{found} found")
    looked, known = _codons(queries)
    row(f"{LARGE:,} substitutions through the shipped codons", f"{looked * 1000:.1f} ms", f"{known} in a listed codon")
    theirs = _civicpy(hotspots, queries)
    if theirs is None:
        row(f"{LARGE:,} substitutions searched by civicpy", "not measured", "civicpy is absent: make bench-civicpy")
        return
    assert theirs["matches"] == found, "the two searches found different numbers"
    seconds = statistics.median(theirs["seconds"])
    what = f"{LARGE:,} substitutions searched by civicpy {theirs['version']}"
    row(what, f"{seconds * 1000:.0f} ms", f"{theirs['matches']} found")
    row("  civicpy over the columnar join", f"{seconds / joined:.0f} times", "")
    row("  civicpy over the shipped codons", f"{seconds / looked:.0f} times", "")


def _columnar(hotspots: Path, queries: Path) -> tuple[float, int]:
    import polars as pl

    keys = ["chromosome", "position", "ref", "alt"]
    types = {"chromosome": pl.String}
    table = pl.read_csv(hotspots, separator="\t", schema_overrides=types)
    asked = pl.read_csv(queries, separator="\t", has_header=False, new_columns=keys, schema_overrides=types)
    found = 0

    def join() -> None:
        nonlocal found
        found = asked.join(table, on=keys, how="inner").height

    return _median(join, 7), found


def _codons(queries: Path) -> tuple[float, int]:
    from chemoplan.genomics.loci import codon_at, protein_of

    lines = [line.split("\t") for line in queries.read_text(encoding="utf-8").splitlines()]
    asked = [(chromosome, int(position), ref, alt) for chromosome, position, ref, alt in lines]
    codon_at("GRCh37", "12", 1)  # the table is made once
    known = 0

    def look() -> None:
        nonlocal known
        known = sum(protein_of("GRCh37", *each) is not None for each in asked)

    return _median(look, 7), known


def _civicpy(hotspots: Path, queries: Path) -> dict[str, Any] | None:
    """What the search measured, or None where no Python here has civicpy."""
    for python in (str(APART), sys.executable):
        if not Path(python).exists():
            continue
        done = subprocess.run([python, str(SEARCH), str(hotspots), str(queries), "3"], capture_output=True, text=True)
        if done.returncode == 0:
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer
        if "ModuleNotFoundError" not in done.stderr:
            print(done.stderr[-400:], file=sys.stderr)
    return None


def _median(action: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def _lines(maf: Path) -> tuple[str, list[str]]:
    """Header and rows."""
    with gzip.open(maf, "rt", encoding="utf-8") as stream:
        lines = [line for line in stream if not line.startswith("#") and line.strip()]
    return lines[0], lines[1:]


def _repeat(maf: Path, to: Path, wanted: int, sample: str = "") -> int:
    """Write exactly so many rows: those of the study again and again, each time under new sample names (or under one)."""
    header, rows = _lines(maf)
    place = header.rstrip("\n").split("\t").index("Tumor_Sample_Barcode")

    def renamed() -> Iterator[str]:
        written = turn = 0
        while written < wanted:
            for line in rows[: wanted - written]:
                cells = line.split("\t")
                cells[place] = sample or f"R{turn:02}-{cells[place]}"
                yield "\t".join(cells)
            written += len(rows[: wanted - written])
            turn += 1

    count = 0
    with to.open("w", encoding="utf-8") as stream:
        stream.write(header)
        for line in renamed():
            stream.write(line)
            count += 1
    return count


def _write_queries(maf: Path, to: Path) -> None:
    """Ten thousand substitutions of the study, evenly taken."""
    header, rows = _lines(maf)
    names = header.rstrip("\n").split("\t")
    places = [names.index(name) for name in ("Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2")]
    cells = ([line.rstrip("\n").split("\t")[place] for place in places] for line in rows)
    single = [each for each in cells if len(each[2]) == len(each[3]) == 1 and "-" not in each[2:]]
    taken = [single[number * len(single) // LARGE] for number in range(LARGE)]
    to.write_text("".join("\t".join(each) + "\n" for each in taken), encoding="utf-8")


def _apart(what: str, *arguments: str) -> dict[str, Any]:
    """Measure in a process of its own, so that its memory and its start are its own."""
    command = [sys.executable, str(Path(__file__)), what, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _tell(path: str, runs: str = "0") -> dict[str, Any]:
    start = time.perf_counter()
    import polars  # noqa: F401

    from chemoplan.genomics.interpret import interpret_many
    from chemoplan.genomics.markers import genes_of_interest
    from chemoplan.intake.tumor_file import read_tumors
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge()
    genes = genes_of_interest(knowledge)
    begun = time.perf_counter()
    read = read_tumors(Path(path), genes=genes)
    middle = time.perf_counter()
    assertions = sum(len(report["assertions"]) for report in interpret_many(read, knowledge))
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def again() -> float:
        before = time.perf_counter()
        for _ in interpret_many(read_tumors(Path(path), genes=genes), knowledge):
            pass
        return time.perf_counter() - before

    return {
        "tumors": len(read),
        "calls": sum(tumor.calls or 0 for tumor in read),
        "assertions": assertions,
        "start": begun - start,
        "reading": middle - begun,
        "meaning": end - middle,
        "seconds": end - begun,
        "peak": peak,
        "warm": [again() for _ in range(int(runs))],
    }


def _civic(path: str, release_path: str) -> dict[str, Any]:
    from chemoplan.genomics.civic import match_civic
    from chemoplan.genomics.markers import genes_of_interest
    from chemoplan.intake.civic import read_civic
    from chemoplan.intake.tumor_file import read_tumors
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge()
    start = time.perf_counter()
    release = read_civic(Path(release_path))
    genes = release.genes
    reading = time.perf_counter() - start
    read = read_tumors(Path(path), genes=genes_of_interest(knowledge) | genes)
    matching = _median(lambda: [match_civic(release, tumor, knowledge) for tumor in read], 3)
    return {"items": len(release.items), "reading": reading, "tumors": len(read), "matching": matching}


if __name__ == "__main__":
    print(json.dumps({"tell": _tell, "civic": _civic}[sys.argv[1]](*sys.argv[2:])))
