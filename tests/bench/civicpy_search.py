"""Run by the Python that has civicpy: its bulk coordinate search over a table of hotspots, as seconds and matches in JSON.

    python civicpy_search.py HOTSPOTS.tsv QUERIES.tsv RUNS

civicpy ships no data; its coordinate table is filled here with the hotspots, in the columns and the order in which civicpy
fills it itself. Queries are chromosome, position, ref and alt by line.
"""

from __future__ import annotations

import csv
import json
import sys
import time

import pandas as pd
from civicpy import __version__, civic


def main() -> None:
    """Fill the table, search, print."""
    hotspots, queries, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(hotspots, newline="", encoding="utf-8") as stream:  # noqa: PTH123
        rows = [
            [row["chromosome"], int(row["position"]), int(row["position"]), row["alt"], row["ref"], number]
            for number, row in enumerate(csv.DictReader(stream, delimiter="\t"))
        ]
    table = pd.DataFrame.from_records(rows, columns=["chr", "start", "stop", "alt", "ref", "v_hash"])
    civic.MODULE.COORDINATE_TABLE = table.sort_values(by=["chr", "start", "stop", "alt", "ref"])
    with open(queries, newline="", encoding="utf-8") as stream:  # noqa: PTH123
        asked = [
            civic.CoordinateQuery(chromosome, int(position), int(position), alt, ref, "GRCh37", number)
            for number, (chromosome, position, ref, alt) in enumerate(csv.reader(stream, delimiter="\t"))
        ]
    asked.sort(key=lambda query: (query.chr, query.start, query.stop, query.alt, query.ref))
    seconds, found = [], 0
    for _ in range(runs):
        start = time.perf_counter()
        matches = civic.bulk_search_variants_by_coordinates(asked, search_mode="exact")
        seconds.append(time.perf_counter() - start)
        found = sum(len(each) for each in matches.values())
    print(json.dumps({"version": __version__, "seconds": seconds, "matches": found, "table": len(table)}))


if __name__ == "__main__":
    main()
