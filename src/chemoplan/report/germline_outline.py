"""The order in which a germline is told: what could harm first, then drug by drug who says what, then how it is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemoplan.report.tumor_outline import numbered, with_evidence
from chemoplan.report.words import Mark, count_text, mark_of, printable

__all__ = ["numbered"]

Row = Mapping[str, Any]

STATES = {
    "reference": Mark("reference", "●", "calm"),
    "variant": Mark("variant", "■", "open"),
    "harmless": Mark("variant of normal function", "□", "calm"),
    "unlisted": Mark("unlisted base", "▲", "bad"),
    "not_assessed": Mark("not assessed", "?", "bad"),
}
"""What was read at a position: the state of its row, and `harmless` where the variant has normal function."""

RESULTS = {
    "called": Mark("called", "●", "good"),
    "called_presumed_trans": Mark("called, variants presumed on different strands", "◆", "open"),
    "called_exon_only": Mark("called from the exon tag alone", "◆", "open"),
    "reported": Mark("reported by a laboratory", "●", "good"),
    "upper_bound": Mark("at most this: not everything was assessed", "▲", "open"),
    "range": Mark("a range, not one value", "▲", "open"),
    "indeterminate": Mark("indeterminate", "○", "bad"),
    "not_assessed": Mark("not a result: not everything was assessed", "?", "bad"),
    "conflict": Mark("results disagree", "▲", "bad"),
}
"""How the result of a gene is known."""

FUNCTIONS = {
    "normal": "normal function",
    "decreased": "decreased function",
    "no_function": "no function",
    "increased": "increased function",
    "unknown": "unknown function",
}
DRUGS = ("fluorouracil", "capecitabine", "irinotecan")
"""The drugs of rectal cancer that these genes speak to, in reading order; others follow."""

ALWAYS = "always"
"""The criterion of a statement that holds whatever the result."""

AVOID = Mark("avoid", "✕", "bad")
LESS = Mark("start lower", "◆", "open")
SAME = Mark("no change", "●", "calm")
SAYS = Mark("says", "○", "calm")

NOT_NORMAL = (
    "A position that was not assessed may carry a variant. A normal result is said only when every position whose variants "
    "lower function was assessed; a gap is never read as reference."
)
UPPER_BOUND = "A position that was not assessed can only lower this: it is the most that may be assumed."
NOTHING_FOUND = (
    "Nothing that lowers a starting dose was found. That is no clearance: read below what was assessed, and what a genotype cannot "
    "show."
)
NO_MERGE = "The two genes are told apart: a cut for DPYD and a cut for UGT1A1 are never merged into one number."
ASK = (
    ("Is the sample that of this person, and of healthy tissue?", "Name and identity are never guessed from a file; a tumor is refused."),
    ("Which variants does the test look for?", "Tests differ. One that looks for less is declared with --panel and named with the result."),
)  # fmt: skip
"""Questions about the file to ask before relying on a result, and why; what medicine asks comes with the remarks of the report."""


def ready(report: Row) -> dict[str, Any]:
    """The report with what the frame of every page asks for, and evidence lines made whole."""
    view = dict(report)
    view["case"] = report["sample"]
    view["kind"] = "report"
    view["knowledge"] = {"overlays": [], "signed_off": False, **report["knowledge"]}
    view["facts"] = [{"topic": "of the germline", "unit": None, **row} for row in report["facts"]]
    for name in ("statements", "not_actionable", "alerts", "held", "remarks"):
        view[name] = [with_evidence(row) for row in report.get(name) or ()]
    return view


@dataclass(frozen=True)
class DrugGroup:
    """Drugs that the same bodies speak of together, with what each of them says."""

    drugs: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """The drugs as a heading."""
        return drugs_text(self.drugs)


def drug_groups(report: Row) -> list[DrugGroup]:
    """Statements by drug: drugs that share a statement stand together, those of rectal cancer first.

    What is said of this result stands before what is said whatever the result.
    """
    groups: list[dict[str, None]] = []
    for row in report["statements"]:
        together = dict.fromkeys(row["drugs"])
        touched = [group for group in groups if group.keys() & together.keys()]
        for group in touched:
            together = group | together
            groups.remove(group)
        groups.append(together)
    groups.sort(key=lambda group: min(map(_place, group)))
    return [
        DrugGroup(
            tuple(sorted(group, key=_place)),
            tuple(
                sorted(
                    (row for row in report["statements"] if group.keys() & set(row["drugs"])),
                    key=lambda row: row["when"] == ALWAYS,
                )
            ),
        )
        for group in groups
    ]


def bodies(group: DrugGroup) -> dict[str, list[Row]]:
    """The statements on a group of drugs by the body that makes them."""
    found: dict[str, list[Row]] = {}
    for row in group.rows:
        found.setdefault(row["body"], []).append(row)
    return found


def silent_drugs(report: Row) -> list[str]:
    """Drugs of rectal cancer that no statement speaks of here."""
    spoken = {drug for row in report["statements"] for drug in row["drugs"]}
    return [drug for drug in DRUGS if drug not in spoken]


def _place(drug: str) -> int:
    return DRUGS.index(drug) if drug in DRUGS else len(DRUGS)


def drugs_text(drugs: Sequence[str]) -> str:
    """Drugs in words: fluorouracil and capecitabine."""
    names = [printable(drug).replace("_", " ") for drug in drugs]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def dose_mark(row: Row) -> Mark:
    """What a statement does to the starting dose, by the percentage that it names."""
    percent = row["start_percent"]
    if percent is None:
        return SAYS
    return AVOID if percent <= 0 else LESS if percent < 100 else SAME


def dose_text(row: Row) -> str:
    """The share of the usual starting dose that a body names, in a phrase."""
    percent = row["start_percent"]
    if percent is None:
        return "no share of the dose named"
    return "no dose" if percent <= 0 else f"{percent:g}% of the usual starting dose"


def when_text(row: Row) -> str:
    """Date and place of a statement."""
    return f"{row['date'] or 'no date'}, {row['jurisdiction']}"


def result_text(gene: Row) -> str:
    """The result of a gene in a phrase: activity score 1, Intermediate Metabolizer."""
    parts = []
    if gene.get("activity_score") is not None:
        most = "at most " if gene["status"] == "upper_bound" else ""
        parts.append(f"activity score {most}{number(gene['activity_score'])}")
    if gene.get("phenotype") is not None:
        word = printable(gene["phenotype"]).replace("_", " ")
        parts.append(word if "metabolizer" in word.lower() else f"{word} metabolizer")
    return ", ".join(parts) or "no result may be stated"


def stated(gene: Row) -> bool:
    """Whether a result is stated for a gene."""
    return gene.get("activity_score") is not None or gene.get("phenotype") is not None


def span_text(gene: Row) -> str:
    """Best and worst result that the data allow."""
    best, worst = gene.get("best"), gene.get("worst")
    if best is None and worst is None:
        return "not bounded by these data"
    if best == worst:
        return f"{number(best)} in every reading of the data"
    return f"best {number(best)}, worst {number(worst)}"


def number(value: Any) -> str:
    """A score without needless digits; a word as it is; what is missing says so."""
    if value is None:
        return "not known"
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else printable(value)


def diplotypes_text(gene: Row) -> str:
    """The diplotypes that fit, each once."""
    return " or ".join(dict.fromkeys(map(printable, gene["diplotypes"]))) or "none that fits"


def positions_of(report: Row, gene: str) -> list[Row]:
    """The listed positions of a gene in the direction of the file."""
    return [row for row in report.get("positions") or () if row["gene"] == gene]


def counts_text(rows: Sequence[Row]) -> str:
    """How many positions were assessed, of all and of those that a normal result needs."""
    if not rows:
        return "positions were not listed"
    needed = [row for row in rows if row["needed"]]
    return (
        f"{assessed(needed)} of {len(needed)} positions assessed that a normal result needs; "
        f"{assessed(rows)} of {len(rows)} listed positions in all"
    )


def assessed(rows: Iterable[Row]) -> int:
    """How many positions were assessed."""
    return sum(row["state"] != "not_assessed" for row in rows)


@dataclass(frozen=True)
class Gap:
    """Positions that were not assessed for the same reason."""

    reason: str
    needed: tuple[Row, ...]
    other: tuple[Row, ...]


def gaps(rows: Sequence[Row]) -> list[Gap]:
    """What was not assessed, by reason; reasons that touch a needed position first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["state"] == "not_assessed":
            found.setdefault(row["reason"] or "no reason given", []).append(row)
    grouped = [
        Gap(reason, tuple(row for row in members if row["needed"]), tuple(row for row in members if not row["needed"]))
        for reason, members in found.items()
    ]
    return sorted(grouped, key=lambda gap: (not gap.needed, -len(gap.needed) - len(gap.other)))


def gap_text(gap: Gap) -> str:
    """Positions that were not assessed for one reason: those that a normal result needs by name, the others counted."""
    parts = []
    if gap.needed:
        parts.append(f"{count_text(len(gap.needed), 'position')} that a normal result needs ({names_text(gap.needed)})")
    if gap.other:
        parts.append(count_text(len(gap.other), "other position"))
    return f"{gap.reason}: {'; '.join(parts)}"


def cautions_of(gene: Row) -> list[str]:
    """What a reader of a result has to bear in mind, given how it is known."""
    if gene["status"] == "upper_bound":
        return [UPPER_BOUND]
    return [NOT_NORMAL] if gene["not_assessed"] else []


def position_text(row: Row) -> str:
    """A position by the variant looked for there and its rsID: c.1905+1G>A (*2A) rs3918290."""
    return f"{row['name']} {row['rsid']}" if row["name"] and row["name"] != row["rsid"] else str(row["rsid"])


def read_text(row: Row) -> str:
    """What was read at a position: the variants on its two strands, or why nothing was."""
    if row["state"] == "not_assessed":
        return row["reason"] or "no reason given"
    found = row["found"]
    if not any(found):
        return "reference on both strands"
    if len(found) != 2:
        return ", ".join(name or "reference" for name in found)
    first, second = found
    if first == second:
        return f"{first} on both strands"
    if first and second:
        return f"{first} on one strand, {second} on the other"
    where = f"the {'first' if first else 'second'} strand" if row["phased"] else "one strand"
    return f"{first or second} on {where}"


def found_line(row: Row) -> str:
    """What belongs to something found: its function, the position, how well it is supported."""
    parts = (function_text(row), str(row["rsid"]), place_text(row), support_text(row))
    return ", ".join(part for part in parts if part)


def support_text(row: Row) -> str:
    """How well a call is supported, as far as the file says."""
    parts = []
    if row["quality"] is not None:
        parts.append(f"GQ {row['quality']}")
    if row["depth"] is not None:
        parts.append(f"DP {row['depth']}")
    return ", ".join(parts)


def place_text(row: Row) -> str:
    """Where a position lies: chr1:97450058."""
    return f"chr{row['chromosome']}:{row['place']}"


def state_of(row: Row) -> str:
    """The state of a position, a variant of normal function apart from the others."""
    return "harmless" if row["state"] == "variant" and row["found_function"] == "normal" else str(row["state"])


def state_text(row: Row) -> str:
    """The state of a position with what was read, in a phrase."""
    word = mark_of(STATES, state_of(row)).word
    return word if row["state"] == "reference" else f"{word}: {read_text(row)}"


def function_text(row: Row) -> str:
    """The function of what was found, else of what was looked for."""
    function = row["found_function"] or row["function"]
    return FUNCTIONS.get(function, printable(function)) if function else ""


def variants_of(rows: Iterable[Row]) -> list[Row]:
    """Positions at which something else than the reference was read."""
    return [row for row in rows if row["state"] in ("variant", "unlisted")]


def read_line(report: Row) -> str:
    """What was read, in one line."""
    build = f"genome build {report['build']}" if report.get("build") else "no positions were read from a file"
    return f"{report['document']}: {build}" if report.get("document") else build


def unstated(report: Row) -> list[Row]:
    """Genes for which no result may be stated."""
    return [gene for gene in report["genes"] if not stated(gene)]


def warnings_of(report: Row) -> list[str]:
    """Warnings of the file and of the genes, each once."""
    of_genes = [f"{gene['gene']}: {text}" for gene in report["genes"] for text in gene["warnings"]]
    told = {text.split(": ", 1)[1] for text in of_genes} | set(of_genes)
    return list(dict.fromkeys([*of_genes, *(text for text in report["warnings"] if text not in told)]))


def all_evidence(view: Row) -> Iterator[Row]:
    """Every evidence line of a report in the order in which it is told."""
    for name in ("alerts", "held"):
        for row in view[name]:
            yield from row["evidence"]
    for group in drug_groups(view):
        for row in group.rows:
            yield from row["evidence"]
    for name in ("remarks", "not_actionable"):
        for row in view[name]:
            yield from row["evidence"]


def status_mark(gene: Row) -> Mark:
    """How the result of a gene is known."""
    return mark_of(RESULTS, gene["status"])


def names_text(rows: Iterable[Row]) -> str:
    """Positions by the variant looked for there."""
    return ", ".join(printable(row["name"] or row["rsid"]) for row in rows)


def together(rows: Iterable[Row]) -> Row:
    """The evidence of several rows as that of one."""
    return {"evidence": [line for row in rows for line in row["evidence"]]}
