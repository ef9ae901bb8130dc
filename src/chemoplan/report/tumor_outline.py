"""The order in which a tumor is told: what matters for treatment first, then what was found, and what was not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemoplan.report.words import Mark, components_text, count_text, mark_of, printable, unit_text

Row = Mapping[str, Any]

EFFECTS = {
    "harm": Mark("harm", "▲", "bad"),
    "resistance": Mark("resistance", "✕", "bad"),
    "no_benefit": Mark("no benefit", "○", "bad"),
    "benefit": Mark("may benefit", "■", "good"),
    "prognostic": Mark("prognosis", "●", "calm"),
}
STATES = {
    "detected": Mark("found", "■", "open"),
    "not_detected": Mark("not found", "○", "calm"),
    "not_assayed": Mark("not tested", "?", "bad"),
    "undetermined": Mark("undetermined", "▲", "open"),
}
CONDITIONAL = Mark("depends on what is not known", "◧", "open")
ABSENT = Mark("does not apply", "✕", "calm")
GROUPS = (
    ("against", "What would harm or not work", ("harm", "resistance", "no_benefit")),
    ("for", "What may work", ("benefit",)),
    ("outlook", "What it says about the outlook", ("prognostic",)),
)
"""Groups of assertions in reading order: id, heading, effects."""

LABEL_WORDS = {
    "regular": "approved",
    "accelerated": "accelerated approval",
    "limitation_of_use": "limitation of use in the label",
    "excluded": "excluded in the label",
    "testing_recommended": "testing recommended in the label",
    "label_dose_note": "note on the dose in the label",
}

VALUE_WORDS = {"detected": "found", "not_detected": "not found", "unknown": "not known"}
"""Values of facts that a reader would not say so."""

NO_ASSAY = "Nothing says which genes and codons were looked at, so nothing may be called negative. The file of the panel tells."
NOTHING_SAID = "No statement of this knowledge applies to what was found. That is no proof that nothing does."


@dataclass(frozen=True)
class AssertionGroup:
    """Assertions that point the same way, in the order of the report."""

    id: str
    title: str
    rows: tuple[Row, ...]


def assertion_groups(report: Row) -> list[AssertionGroup]:
    """The assertions of a tumor in groups, those that hold before those that depend on something not known.

    An unexpected effect gets a group of its own rather than being left out.
    """
    known = {effect for *_, effects in GROUPS for effect in effects}
    other = tuple(dict.fromkeys(row["effect"] for row in report["assertions"] if row["effect"] not in known))
    found = []
    for name, title, effects in (*GROUPS, ("other", "Other statements", other)):
        rows = tuple(
            row
            for verdict in ("holds", "conditional")
            for effect in effects
            for row in report["assertions"]
            if row["effect"] == effect and (row["verdict"] == "conditional") is (verdict == "conditional")
        )
        if rows:
            found.append(AssertionGroup(name, title, rows))
    return found


def group_text(group: AssertionGroup) -> str:
    """How many statements a group holds, and how many of them depend on something."""
    open_ones = sum(row["verdict"] == "conditional" for row in group.rows)
    text = count_text(len(group.rows), "statement")
    return text + (f", {open_ones} depending on what is not known" if open_ones else "")


def variants_of(report: Row) -> list[dict[str, Any]]:
    """Every call that a biomarker names, once, with the facts that it speaks to."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for marker in report["biomarkers"]:
        for variant in marker["variants"]:
            key = (variant["gene"], variant["change"], variant.get("genomic"), variant["document"], variant["locator"])
            row = found.setdefault(key, {**variant, "facts": []})
            if marker["fact"] not in row["facts"]:
                row["facts"].append(marker["fact"])
    return list(found.values())


def therapy_text(row: Row) -> str:
    """The drugs of an assertion: given together, with `or` where one of several is meant."""
    parts = [part[0] if len(part) == 1 else {"one_of": list(part)} for part in row.get("therapy") or () if part]
    named = [
        {"one_of": list(map(drug_text, part["one_of"]))} if isinstance(part, dict) else drug_text(part)
        for part in parts
    ]
    return components_text(named)


def drug_text(name: str) -> str:
    """The name of a drug for a reader: trastuzumab deruxtecan, MK-1084."""
    code = re.fullmatch(r"([a-z]{1,5})_([0-9]+)", name)
    return f"{code[1].upper()}-{code[2]}" if code else name.replace("_", " ")


def effect_text(row: Row) -> str:
    """Effect and therapy in a phrase: may benefit from sotorasib."""
    therapy = therapy_text(row)
    word = mark_of(EFFECTS, row["effect"]).word
    return f"{word}: {therapy}" if therapy else f"{word}: {printable(row['title'])}"


def found_text(row: Row, titles: Mapping[str, str]) -> str:
    """What a statement rests on: its calls, or else the state of the facts of its criterion."""
    calls = dict.fromkeys(variant_text(variant) for variant in row["variants"])
    return ", ".join(calls) or ", ".join(dict.fromkeys(leaf_text(leaf, titles) for leaf in row["because"]))


def effects_text(rows: Iterable[Row]) -> list[str]:
    """Effects with their therapies, each once, by effect."""
    by_effect: dict[str, dict[str, None]] = {}
    for row in rows:
        by_effect.setdefault(mark_of(EFFECTS, row["effect"]).word, {})[therapy_text(row) or printable(row["title"])] = (
            None
        )
    return [f"{effect}: {', '.join(therapies)}" for effect, therapies in by_effect.items()]


def result_text(row: Row) -> str:
    """One reported result: the test, what it said, what that means, from where."""
    means = f"read as {str(row['means']).replace('_', ' ')}" if row["means"] else "which settles nothing"
    return f"{row['test']}: {row['value']}, {means} ({row['source']})"


def discord_text(item: Row) -> str:
    """Why results disagree, unless that only says again what each of them says."""
    listed = str(item["because"]).removeprefix("Results contradict each other: ")
    parts, tests = listed.split("; "), [row["test"] for row in item["results"]]
    again = len(parts) == len(tests) and all(map(str.startswith, parts, tests))
    return "" if again else str(item["because"])


def titles_of(report: Row) -> dict[str, str]:
    """How the biomarkers are called, by fact."""
    return {row["fact"]: row["title"] for row in report["biomarkers"]}


def leaf_text(leaf: Row, titles: Mapping[str, str]) -> str:
    """A fact and its value in words: BRAF V600E: not found."""
    return f"{titles.get(leaf['fact'], leaf['fact'])}: {value_words(leaf['text'])}"


def value_words(text: str) -> str:
    """The value of a fact in words; a number rounded, its unit written out."""
    number, _, unit = text.partition(" ")
    try:
        return f"{float(number):.4g} {unit_text(unit)}".strip()
    except ValueError:
        return VALUE_WORDS.get(text, text.replace("_", " "))


def depends_text(row: Row, titles: Mapping[str, str]) -> str:
    """What a statement waits for, and what it asks of it: Extended RAS: wild type."""
    return ", ".join(wanted_text(item, titles) for item in row["depends_on"])


def wanted_text(item: Row, titles: Mapping[str, str]) -> str:
    """One fact that a statement waits for, and the value with which it holds."""
    name = item["fact"]
    wanted = []
    for test in item["tests"]:
        sign, _, value = test.removeprefix(f"{name} ").partition(" ")
        if not test.startswith(f"{name} ") or sign not in ("=", "<", "<=", ">", ">="):
            wanted.append(test)
        else:
            wanted.append(value_words(value) if sign == "=" else f"{sign} {value_words(value)}")
    return f"{titles.get(name, name)}: {' and '.join(dict.fromkeys(wanted))}" if wanted else titles.get(name, name)


def effect_mark(row: Row) -> Mark:
    """The mark of the effect; one that depends on something not known never looks like one that holds."""
    mark = mark_of(EFFECTS, row["effect"])
    return Mark(f"{mark.word} if", CONDITIONAL.shape, CONDITIONAL.tone) if row["depends_on"] else mark


@dataclass(frozen=True)
class Glance:
    """Statements that say the same of the same therapy in the same place: one line at a glance."""

    rows: tuple[Row, ...]
    therapy: str
    where: str
    found: str
    tier: str | None


def glance(report: Row) -> list[Glance]:
    """The statements in reading order, those on the same therapy together."""
    titles = titles_of(report)
    lines: dict[tuple[str, ...], list[Row]] = {}
    for group in assertion_groups(report):
        for row in group.rows:
            therapy = therapy_text(row) or str(row["title"])
            lines.setdefault((row["effect"], therapy, where_text(row), depends_text(row, titles)), []).append(row)
    return [
        Glance(
            tuple(rows),
            therapy,
            where,
            ", ".join(dict.fromkeys(found_text(row, titles) for row in rows)),
            min((row["tier"] for row in rows if row["tier"]), default=None),
        )
        for (_, therapy, where, _), rows in lines.items()
    ]


def warnings_of(report: Row) -> list[str]:
    """What the files and the biomarkers warn of, without what is told under results that disagree."""
    told = {f"{row['title']}: {row['because']}".casefold() for row in report["discordant"]}
    return [text for text in report["warnings"] if text.casefold() not in told]


def tier_text(row: Row) -> str:
    """The AMP/ASCO/CAP tier."""
    return (
        f"{row['tier']} (AMP/ASCO/CAP, own assignment)"
        if row["tier"]
        else "none (no tier for a statement of this kind)"
    )


def states_text(report: Row) -> str:
    """How many biomarkers are in each state."""
    found = [row["state"] for row in report["biomarkers"]]
    return ", ".join(f"{found.count(state)} {mark.word}" for state, mark in STATES.items() if state in found)


def label_text(label: Row) -> str:
    """What a regulator says, where, and since when."""
    status = LABEL_WORDS.get(label["status"], printable(label["status"]).replace("_", " "))
    return f"{label['jurisdiction']}: {status}, {label['date'] or 'date not read'}"


def where_text(row: Row) -> str:
    """Setting and line of treatment."""
    line = str(row.get("line") or "any").replace("_", " ")
    setting = str(row["setting"]).replace("_", " ")
    setting = "any setting" if setting == "any" else setting
    if line == "any":
        return f"{setting}, any line"
    if line.rstrip("+").isdigit():
        return f"{setting}, line {line.rstrip('+')}" + (" or later" if line.endswith("+") else "")
    return f"{setting}, {line}"


def change_text(variant: Row) -> str:
    """What changed: the protein change, or the number of copies, or the fusion."""
    if variant["change"] == "copy number":
        return (
            f"copy number level {variant['level']}" if variant["level"] is not None else f"{variant['copies']:g} copies"
        )
    return str(variant["change"] or variant.get("coding") or "a change without a notation")


def variant_text(variant: Row) -> str:
    """A call in one phrase: gene and change."""
    return f"{variant['gene']} {change_text(variant)}".strip()


def reads_text(variant: Row) -> str:
    """How well a call is supported, as far as the file says."""
    parts = []
    if variant.get("allele_fraction") is not None:
        parts.append(f"allele fraction {variant['allele_fraction']:.2f}")
    if variant.get("depth") is not None:
        alt = f"{variant['alt_count']} of " if variant.get("alt_count") is not None else ""
        parts.append(f"{alt}{count_text(variant['depth'], 'read')}")
    if variant.get("reads") is not None:
        parts.append(count_text(variant["reads"], "read"))
    if variant.get("reading_frame"):
        parts.append(f"reading frame {variant['reading_frame']}")
    if variant.get("filter") and variant["filter"] not in ("PASS", "."):
        parts.append(f"filter {variant['filter']}")
    return ", ".join(parts)


def place_text(variant: Row) -> str:
    """Where a call stands: document and place in it."""
    document, locator = variant.get("document") or "", variant.get("locator") or ""
    return f"{document} ({locator})" if document and locator else document or locator


def calls_text(report: Row) -> str:
    """What was read, in one line."""
    calls = report["calls"]
    if calls["all"] is None:
        return "No variant calls were read"
    parts = [f"{calls['all']:,} {'call' if calls['all'] == 1 else 'calls'} read"]
    if calls["altering"] is not None:
        parts.append(f"{calls['altering']:,} of them alter a protein")
    if calls["uninterpreted"]:
        parts.append(f"{calls['uninterpreted']:,} not interpreted without annotation")
    return ", ".join(parts) + (
        f"; genome build {report['build']}" if report.get("build") else "; genome build not stated"
    )


def assay_text(assay: Row) -> str:
    """What one test looked at."""
    parts = []
    if assay["genes"]:
        parts.append(f"{count_text(len(assay['genes']), 'gene')} in full")
    if assay["codons"]:
        parts.append(f"codons {some(assay['codons'])}")
    if assay["copy_number"]:
        parts.append(f"copy number of {count_text(len(assay['copy_number']), 'gene')}")
    if assay["fusions"]:
        parts.append(f"fusions of {count_text(len(assay['fusions']), 'gene')}")
    if assay["megabases"]:
        parts.append(f"{assay['megabases']:g} megabases")
    return "; ".join(parts) or "nothing that is known"


def some(names: Sequence[str], number: int = 14) -> str:
    """Names, the first ones when there are many."""
    left = len(names) - number
    return ", ".join(names[:number]) + (f" and {left} more" if left > 0 else "")


def therapies_text(parts: Iterable[Sequence[str]]) -> str:
    """A therapy that stands alone, without its statement."""
    return therapy_text({"therapy": list(parts)})


def waiting(report: Row) -> tuple[list[Row], list[Row]]:
    """What is not known: first what would decide a statement, then what would decide nothing here."""
    rows = sorted(report["not_tested"], key=lambda row: -len(row["decides"]))
    return [row for row in rows if row["decides"]], [row for row in rows if not row["decides"]]


def with_evidence(row: Row) -> dict[str, Any]:
    """The row with every evidence line in the form that the pieces of a page expect."""
    blank: dict[str, Any] = {
        "locator": "", "says": "", "strength": None, "date": None, "citation": None, "title": None, "read_on": None,
        "source_status": None, "jurisdictions": [],
    }  # fmt: skip
    lines = []
    for line in row.get("evidence") or ():
        whole = {**blank, **line}
        whole["title"] = whole["title"] or whole["citation"] or whole["source"]
        lines.append(whole)
    return {**row, "evidence": lines}


def ready(report: Row) -> dict[str, Any]:
    """The report with what the frame of every page asks for, and evidence lines made whole."""
    view = dict(report)
    view["case"] = report["sample"]
    view["kind"] = "report"
    view["knowledge"] = {"overlays": [], "signed_off": False, **report["knowledge"]}
    view["facts"] = [{"topic": "of the tumor", **row} for row in report["facts"]]
    for name in ("biomarkers", "assertions", "cautions"):
        view[name] = [with_evidence(row) for row in report[name]]
    return view


def review_text(row: Row) -> str:
    """When a statement was reviewed, when it is due again, who signed it."""
    signed = f"signed off by {row['signed_off_by']}" if row["signed_off_by"] else "not signed off"
    return f"{row['reviewed'] or 'never'}, due {row['review_due'] or 'not set'}; {signed}"


def all_evidence(report: Row) -> Iterator[Row]:
    """Every evidence line of a report in the order in which it is told."""
    for group in assertion_groups(report):
        for row in group.rows:
            yield from row["evidence"]
    for row in (*report["cautions"], *report["biomarkers"]):
        yield from row["evidence"]


def numbered(lines: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Sources in the order of first mention."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.get("source") and line["source"] not in found:
            found[line["source"]] = {**line, "number": len(found) + 1}
    return found
