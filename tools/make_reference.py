"""Write docs/reference/ from the code and the data, or with --check say which pages are no longer what the code says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.spec.criteria_tables import REFUSED, TABLES  # noqa: E402
from tools.tables import code, schema_table, table  # noqa: E402

from chemoplan.cli import cli  # noqa: E402
from chemoplan.knowledge.build import KINDS as FILE_KINDS  # noqa: E402
from chemoplan.knowledge.load import data_folder  # noqa: E402
from chemoplan.knowledge.schema import kinds, schema_of  # noqa: E402
from chemoplan.plan.proposed import FIELDS, OTHER_KEYS  # noqa: E402
from chemoplan.plan.questions import QUESTIONS  # noqa: E402
from chemoplan.vocabulary import Fact, load_vocabulary  # noqa: E402
from chemoplan.vocabulary.fact import format_number  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Written by tools/make_reference.py (make docs); change the code or the data, not this page. -->"


def facts_page() -> str:
    """Every fact of the vocabulary, by topic."""
    vocabulary = load_vocabulary()
    groups = [
        f"- `{name}`: {', '.join(code(fact.name) for fact in vocabulary.group(name))}" for name in vocabulary.groups()
    ]
    parts = [
        "# Facts",
        "Everything that can be known about a case, and about a proposed plan. A fact that is not stated, and does not "
        "follow from others, is unknown. Numbers without a unit are in the unit given here; other units are converted.",
        "## Groups that a source may declare complete",
        "`complete: [mri]` in a case file says that the source would have mentioned these, so that what it leaves out is "
        "absent. Nothing else turns an unmentioned fact into a false one.",
        "\n".join(groups),
    ]
    topics = dict.fromkeys(fact.topic for fact in vocabulary.values())
    for topic in topics:
        parts.append(f"## {topic.replace('_', ' ').capitalize()}")
        parts += [_fact(fact) for fact in vocabulary.values() if fact.topic == topic]
    return "\n\n".join(parts)


def _fact(fact: Fact) -> str:
    rows = [("kind", fact.kind), ("question", fact.question)]
    if fact.unit:
        rows.append(("unit", code(fact.unit)))
    if fact.range:
        rows.append(("possible", f"{format_number(fact.range[0])} to {format_number(fact.range[1])}"))
    if fact.values:
        rows.append(("values", ", ".join(code(value) for value in fact.values)))
    if fact.group:
        rows.append(("group", code(fact.group)))
    if fact.fresh_days is not None:
        rows.append(("fresh for", f"{fact.fresh_days} days"))
    if fact.codes:
        rows.append(("codes", ", ".join(f"{system} {code(value)}" for system, value in fact.codes)))
    if fact.derived:
        rows.append(("stated", "never; it is always computed"))
    lines = "\n".join(f"- {name}: {text}" for name, text in rows)
    return f"### `{fact.name}`\n\n{fact.meaning}\n\n{lines}"


def criteria_page() -> str:
    """The criteria language as the tables that the tests run, and the questions."""
    verdicts = {True: "true", False: "false", None: "unknown"}
    parts = [
        "# The criteria language",
        "Every row below is a test: the criterion, the facts of a case (what is not named is unknown), and the verdict.",
    ]
    for item in TABLES:
        rows = [
            (code(criterion), code(json.dumps(facts) if facts else "") or "none", verdicts[verdict])
            for criterion, facts, verdict in item.rows
        ]
        parts += [f"## {item.title}", item.text, table(("criterion", "facts", "verdict"), rows)]
    parts += [
        "## What is refused",
        "A criterion is checked against the vocabulary when it is loaded. The message gives line and column, and names "
        "what would be right.",
        table(("criterion", "column", "the message names"), [(code(t), at, code(word)) for t, at, word in REFUSED]),
        "## Questions",
        "A question for `chemoplan knowledge ask`, and the `never` of an invariant, is a criterion that may also ask about "
        "the plan. X is an option id or a glob over option ids (`1l-*`), a kind of option (`treatment`), a component "
        "(`anti_egfr`), a drug (`cetuximab`) or a group of components (`chemotherapy`). For `holds` and `open` it is "
        "an entry id. Each question is true or false, never unknown.",
        table(("question", "true when"), [(code(f"{name}(X)"), meaning) for name, meaning in QUESTIONS.items()]),
    ]
    return "\n\n".join(parts)


def command_line_page() -> str:
    """Every command as its --help says."""
    parts = ["# The command line", "What `--help` prints, for every command."]
    for path, command in commands(cli):
        with click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100) as context:
            context.help_option_names = ["-h", "--help"]
            parts += [f"## `{' '.join(path)}`", f"```text\n{command.get_help(context).rstrip()}\n```"]
    return "\n\n".join(parts)


def commands(
    command: click.Command, path: tuple[str, ...] = ("chemoplan",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, with the words that call each."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, (*path, name))


def json_page() -> str:
    """Every key of the JSON that commands write, from the published schemas."""
    parts = [
        "# The JSON keys",
        "What the commands write with `--format json`. The schemas (JSON Schema 2020-12) are shipped in the package under "
        "`chemoplan/report/schema/`. Keys are added over time, never renamed; equal input gives equal bytes.",
    ]
    for path in sorted((files("chemoplan.report") / "schema").iterdir(), key=lambda item: item.name):
        if path.name.endswith(".schema.json"):
            schema = json.loads(path.read_text(encoding="utf-8"))
            parts += [
                f"## {path.name.removesuffix('.schema.json')}",
                schema.get("description", ""),
                schema_table(schema),
            ]
    parts += [
        "## knowledge list, show and diff",
        "`list` writes a list of items (`id`, `title`, `status`; for entries also `kind` and `file`, for regimens and sequences "
        "`version`, for drugs `kind`, for dose changes `drugs` and `action`, for policies `value`, for liver ladders `enabled`, for "
        "toxicity rates `event`, `grade`, `percent` and `regimen`, for scales of grades `version`, for removed terms `version` and "
        "`replaced_by`), or of kinds with their counts (`kind`, `items`). `show` writes one item with all its keys as "
        "[Knowledge entries](knowledge-entries.md) tells, `what` it is, `used_by`, and under `also` the same id in other kinds, as "
        "KIND/ID. `diff` writes `before` and `after` (version, sha256), `items` (`kind`, `id`, "
        "`change`: added, replaced or retired, `reason`) and `cases` (`case`, `title`, `changes`: `option`, `before`, `after`).",
    ]
    return "\n\n".join(part for part in parts if part)


_MEANINGS = {
    "pathway": "A clinical situation and the options for it, in order.",
    "safety": "A situation that blocks or changes drug components, wherever they occur.",
    "gate": "Facts that must be known in a situation before some options may be offered.",
    "options": "One course of action. A component written as `{one_of: [...]}` leaves the choice to the team.",
    "sources": "A citable document, with its date and what was read of it. Trials also keep arms, numbers and results.",
    "components": "A class of drugs, or radiation, that safety entries act on. The drugs of a class are alternatives. The same "
    "file names `groups` of components.",
    "conflicts": "A disagreement between sources, shown side by side and never settled here.",
    "derivations": "How a fact follows from others when nobody states it, or when a set fact is known to be complete.",
    "contradictions": "Facts that cannot hold together; a case in which they do is refused with the message.",
    "wrong_plans": "A named mistake that an audit finds in a proposed plan; `when` reads facts of the case and of the plan.",
    "invariants": 'A question that must be answered "never" for all cases.',
    "wordings": "What the plan says in words when no option is left, and who should be asked.",
    "markers": "A biomarker of the tumor: which changes count, which are only reported for review, and what must have been read "
    "before its absence may be said.",
    "tests": "How a result that a file or a person reports (a score, a word) becomes the value of a fact.",
    "panels": "A gene panel by the name that files give it, with its coding territory.",
    "cautions": "Findings of one tumor that are rarely found together: said as a warning, never decided on.",
    "loci": "Codons whose place on the genome is known in both builds, so that a raw variant call can be read.",
    "assertions": "What a biomarker means for one therapy: benefit, no benefit, resistance, harm or prognosis. Two of opposite "
    "effect on the same therapy exclude each other, or one names the other under `contradicts`.",
    "positions": "One listed position of a pharmacogene in both builds, with the name of each variant there.",
    "alleles": "A named allele of a pharmacogene: the variants that make it, its function, its activity value.",
    "gene_rules": "How the alleles of a pharmacogene become a score or a phenotype, and what every report on the gene says.",
    "call_limits": "What a germline call must meet to be read.",
    "statements": "What one body says for a result of a pharmacogene and a drug. Shown side by side, never averaged.",
    "not_actionable": "A gene that is sometimes asked for and must not change a dose.",
}


def entries_page() -> str:
    """Every kind of knowledge entry, from its schema."""
    stems: dict[str, list[str]] = {}
    for stem, kind in FILE_KINDS.items():
        stems.setdefault(kind, []).append(stem)
    parts = [
        "# Knowledge entries",
        "What each kind of entry holds. The kind follows from the first folder or the name of the file, in the shipped "
        f"knowledge (`src/chemoplan/knowledge/{data_folder().name}/`) and in an overlay alike. Criteria are written in "
        "[the criteria language](criteria.md).",
    ]
    for kind in kinds():
        where = " or ".join(f"`{stem}.yaml`, `{stem}/*.yaml`" for stem in stems[kind])
        schema = schema_of(kind)
        parts += [
            f"## {kind.replace('_', ' ')}",
            f"{_MEANINGS.get(kind) or schema['description']} Files: {where}.",
            schema_table(schema),
        ]
    parts += [
        "## retire",
        "Only in an overlay. File: `retire.yaml`, a list of items to take out of the shipped knowledge.",
        table(("key", "must", "type", "meaning"), [
            ("`id`", "yes", "text", "Id of an entry, option, source, conflict or any other item. Where several kinds hold it, kind and id: "
             "`drugs/capecitabine`. An invariant named like an entry is only meant by `invariants/`."),
            ("`reason`", "yes", "text", "Why it does not apply here; shown by `knowledge diff`."),
        ]),
        "## manifest.yaml",
        "Beside the files, in the shipped knowledge and optionally in an overlay: `version`, `as_of`, and the defaults "
        "`reviewed`, `review_due` and `signed_off_by` for entries that do not state their own.",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def proposed_plan_page() -> str:
    """The keys of a proposed plan, as `audit` reads it."""
    vocabulary = load_vocabulary()
    others = {
        "options": "Ids of options; their components, procedures and intent count as part of the plan.",
        "dose_fraction": "Component or drug to fraction of the usual dose, from 0 to 2: `{fluoropyrimidine: 0.5}`.",
        "sequence": "Blocks in order; the first one is what the plan starts with: "
        + ", ".join(code(value) for value in vocabulary["plan_starts_with"].values) + ".",
        "last_dose": "Day of the last dose before surgery, YYYY-MM-DD; with `surgery_date` it gives `days_before_surgery`.",
        "surgery_date": "Day of surgery, YYYY-MM-DD.",
        "title": "Kept, not read.",
        "note": "Kept, not read.",
    }  # fmt: skip
    rows = [(code(key), _type_of(vocabulary[name]), vocabulary[name].meaning) for key, name in FIELDS.items()]
    return "\n\n".join((
        "# A proposed plan",
        "What `chemoplan audit PLAN CASE` reads: YAML or JSON, a mapping of these keys. All may be left out; what a plan "
        "does not say stays unknown.",
        table(("key", "type", "meaning"), [*rows, *((code(key), "", others[key]) for key in OTHER_KEYS)]),
    ))  # fmt: skip


def _type_of(fact: Fact) -> str:
    if fact.values:
        kind = "list of " if fact.kind == "set" else "one of "
        return kind + ", ".join(code(value) for value in fact.values)
    if fact.kind == "flag":
        return "true or false"
    return "number" + (f" ({fact.unit})" if fact.unit not in ("", "1") else "")


def invariants_page() -> str:
    """What is proved for all cases: the shipped invariants."""
    from chemoplan.knowledge import load_knowledge

    items = load_knowledge().invariants.values()
    return "\n\n".join((
        "# Invariants",
        "What `chemoplan knowledge check` proves for all cases. [What a proof covers](../explanation/proof.md), and "
        "[what the questions mean](criteria.md#questions).",
        table(("id", "what", "never"), [(code(item.id), item.title, code(" ".join(item.never.split()))) for item in items]),
    ))  # fmt: skip


PAGES: dict[str, Callable[[], str]] = {
    "facts.md": facts_page, "criteria.md": criteria_page, "command-line.md": command_line_page, "json.md": json_page,
    "knowledge-entries.md": entries_page, "proposed-plan.md": proposed_plan_page, "invariants.md": invariants_page,
}  # fmt: skip


def stale() -> list[str]:
    """Names of pages that are not what the code says now."""
    return [name for name, page in PAGES.items() if _read(FOLDER / name) != _finished(page())]


def _finished(text: str) -> str:
    return f"{MADE}\n\n{text}\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> None:
    """Write the pages, or check them."""
    if sys.argv[1:] == ["--check"]:
        names = stale()
        if names:
            sys.exit(f"docs/reference: {', '.join(names)} no longer what the code says; run make docs")
        print(f"docs/reference: all {len(PAGES)} pages are what the code says")
        return
    if sys.argv[1:]:
        sys.exit("make_reference: expected nothing, or --check")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(_finished(page()), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
