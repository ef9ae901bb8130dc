"""Figures about inherited genes: one person cold and warm, and 2,504 people with both genes."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

EXAMPLE = ROOT / "src" / "chemoplan" / "examples" / "germline.vcf"
PEOPLE = "1kgp2504.DPYD_UGT1A1.GRCh38.assume_ref.vcf.gz"

Row = Callable[[str, str, str], None]


def germlines(row: Row) -> None:
    """Measure and print, or say what is absent."""
    from tests.real.conftest import reference_folder

    _cold(row)
    warm = _apart("one", str(EXAMPLE))
    row(f"one germline, warm, file to report (median of {len(warm['seconds'])})", _ms(warm["seconds"]), "under 50 ms")
    row("  of which reading", _ms(warm["reading"]), "")
    folder = reference_folder() / "pharmacogenes"
    people = folder / "thousand_genomes" / PEOPLE
    if not people.is_file():
        row("2,504 people, both genes", "not measured", "the reference folder is absent")
        return
    for path in sorted((folder / "gvcf").glob("*.g.vcf.gz"))[:1]:
        blocks = _apart("one", str(path))
        row("one gVCF of both genes, warm", _ms(blocks["seconds"]), "under 50 ms")
    told = [_apart("many", str(people)) for _ in range(3)]
    seconds = statistics.median(each["seconds"] for each in told)
    row(
        f"{told[0]['people']:,} people, both genes, file to table (median of 3)",
        f"{seconds:.2f} s",
        "under 5 s after start",
    )
    row("  start: imports and knowledge", f"{statistics.median(each['start'] for each in told):.2f} s", "")
    row("  of which reading", f"{statistics.median(each['reading'] for each in told):.2f} s", "")
    peak, before = told[0]["peak"] / 1e3, told[0]["before"] / 1e3
    row("  peak memory of the process", f"{peak:.0f} MB ({before:.0f} before)", "under 500 MB more")


def _cold(row: Row) -> None:
    for form in ("text", "json", "html"):
        command = [sys.executable, "-m", "chemoplan", "germline", str(EXAMPLE), "--format", form]
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT / "src")
            seconds.append(time.perf_counter() - start)
        row(f"chemoplan germline, cold, {form} (median of 7)", _ms(seconds), "under 1 s")


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"


def _apart(what: str, path: str) -> dict[str, Any]:
    """Measure in a process of its own, so that its memory and its start are its own."""
    done = subprocess.run([sys.executable, str(Path(__file__)), what, path], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _one(path: str) -> dict[str, Any]:
    from chemoplan.genomics.germline.interpret import interpret_germline, statements_of_germline
    from chemoplan.genomics.germline.listed import position_rows
    from chemoplan.intake.germline import read_germline
    from chemoplan.knowledge import load_knowledge
    from chemoplan.plan.inherited import with_alerts
    from chemoplan.report.json import to_json

    knowledge = load_knowledge()
    seconds, reading = [], []
    for _ in range(21):
        start = time.perf_counter()
        sample = read_germline(Path(path))
        middle = time.perf_counter()
        report = {**interpret_germline(sample, knowledge), "positions": position_rows(sample, knowledge)}
        to_json(with_alerts(report, statements_of_germline(sample, knowledge), knowledge))
        seconds.append(time.perf_counter() - start)
        reading.append(middle - start)
    return {"seconds": seconds[1:], "reading": reading[1:]}


def _many(path: str) -> dict[str, Any]:
    start = time.perf_counter()
    from chemoplan.cohort.germline import csv_of, germline_rows
    from chemoplan.intake.germline import read_germline_cohort
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    people = read_germline_cohort(Path(path))
    middle = time.perf_counter()
    rows = list(germline_rows(people, knowledge))
    csv_of(rows)
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "people": len(rows), "start": begun - start, "reading": middle - begun, "seconds": end - begun, "peak": peak, "before": before,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps({"one": _one, "many": _many}[sys.argv[1]](*sys.argv[2:])))
