"""The documentation is whole and current: nothing a user can type or read is left out, no link is broken."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from chemoplan.case import resolve
from chemoplan.cli import cli
from chemoplan.intake.case_file import DETAILS, GROUP_DETAILS, HEAD
from chemoplan.intake.examples import example_readings
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.mentions import evidence_of
from chemoplan.knowledge.opposites import never_fires, opposite_pairs
from chemoplan.knowledge.schema import kinds, schema_of
from chemoplan.knowledge.select import KINDS
from chemoplan.plan.audit import SEVERITIES, audit
from chemoplan.plan.check import measured
from chemoplan.plan.proposed import FIELDS, OTHER_KEYS, read_proposal
from chemoplan.plan.questions import QUESTIONS
from chemoplan.plan.recommend import recommend
from chemoplan.vocabulary import load_vocabulary
from tests.spec.console_pages import steps_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def keys_of(data: Any, free: frozenset[str]) -> set[str]:
    """All keys in JSON data; below the keys in `free` names come from the input, not from the program."""
    if isinstance(data, dict):
        return set(data).union(*(keys_of(item, free) for name, item in data.items() if name not in free))
    return set().union(*(keys_of(item, free) for item in data)) if isinstance(data, list) else set()


def test_the_reference_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "tools/make_reference.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_every_command_and_every_option_is_documented() -> None:
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", read("reference/command-line.md"), re.M | re.S))
    for path, command in commands(cli, ("chemoplan",)):
        text = sections[" ".join(path)]
        for parameter in command.params:
            for name in (
                parameter.opts
                if isinstance(parameter, click.Option)
                else [parameter.make_metavar(click.Context(command))]
            ):
                assert name.strip("[]") in " ".join(text.split()) or "|" in name, f"{' '.join(path)} {name}"


def test_every_fact_is_documented_with_its_question() -> None:
    text = read("reference/facts.md")
    for fact in load_vocabulary().values():
        assert f"### `{fact.name}`" in text
        assert fact.question in text


def test_every_question_about_a_plan_is_documented() -> None:
    text = read("reference/criteria.md")
    assert [name for name in QUESTIONS if f"`{name}(X)`" not in text] == []
    assert [name for name in QUESTIONS if f"{name}(" not in read("how-to/ask-the-knowledge.md")] == []


def test_every_kind_of_entry_and_every_key_of_it_is_documented() -> None:
    text = read("reference/knowledge-entries.md")
    for kind in kinds():
        section = text.partition(f"\n## {kind.replace('_', ' ')}\n")[2].partition("\n## ")[0]
        assert [name for name in schema_of(kind)["properties"] if f"`{name}`" not in section] == [], kind


def test_every_kind_of_option_is_explained() -> None:
    text = read("explanation/how-options-combine.md")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


def test_every_key_of_a_proposed_plan_is_documented() -> None:
    text = read("reference/proposed-plan.md")
    assert [key for key in (*FIELDS, *OTHER_KEYS) if f"`{key}`" not in text] == []
    assert [name for name in SEVERITIES if name not in read("how-to/audit-a-plan.md")] == []


def test_every_key_of_a_case_file_is_documented() -> None:
    text = read("how-to/write-a-case-file.md")
    assert [key for key in {*HEAD, *DETAILS, *GROUP_DETAILS} if f"`{key}`" not in text] == []


def test_every_key_of_the_json_of_real_plans_and_audits_is_documented() -> None:
    text, knowledge = read("reference/json.md"), load_knowledge()
    seen: set[str] = set()
    for reading in example_readings():
        case = resolve(reading, knowledge)
        proposal = read_proposal({"options": ["tme"], "components": ["fluoropyrimidine"]}, knowledge)
        seen |= keys_of(
            [recommend(case, knowledge), audit(proposal, case, knowledge)], frozenset({"proposed", "value"})
        )
    documented = {part for path in re.findall(r"`([^`]+)`", text) for part in re.split(r"[.\[\]*]+", path)}
    assert len(seen) > 50
    assert sorted(seen - documented) == []


def test_every_how_to_and_explanation_is_listed_on_the_front_page_of_the_docs() -> None:
    front = read("README.md")
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page != DOCS / "README.md"]
    assert [page for page in pages if f"({page})" not in front] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_is_broken(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), target


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rules_within(item: Any) -> list[Any]:
    """The remarks and limits of a gene, each with evidence of its own."""
    return [*getattr(item, "remarks", ()), *getattr(item, "uracil", ())]


def test_the_counts_on_the_explanation_pages_are_those_of_the_knowledge() -> None:
    known = load_knowledge()
    entries, offers = known.entries.values(), [offer for entry in known.entries.values() for offer in entry.offers]
    fired = sum(not never_fires(item) for item in known.assertions.values())
    held = known.germline
    statements = list(held.statements.values())
    can_hold = len(entries) + len(offers) + len(known.contradictions) + fired + len(known.cautions) + len(statements)
    dosing = known.dosing
    scales = [len(measured(scale)) for scale in dosing.grade_scales.values()]
    can_hold += len(dosing.dose_changes) + sum(scales)
    opposite = len(list(opposite_pairs(known)))
    shares = sum(item.start_percent is not None for item in statements)
    counts = (
        len(known.invariants), can_hold, len(known.options), len(known.derivations), opposite, len(held.gene_rules), shares, shares,
        sum(count - 1 for count in scales if count),
    )  # fmt: skip
    proof = read("explanation/proof.md")
    kinds_of_check = (
        "invariant", "can hold", "can be offered", "rules exclude each other", "opposites exclude each other or say so",
        "every pair has a phenotype", "a body names one share", "the plan acts on it", "a worse grade includes the milder",
    )  # fmt: skip
    for kind, count in zip(kinds_of_check, counts, strict=True):
        assert f"| {kind} | {count} |" in proof
    assert (
        f"{len(entries)} entries, {len(offers)} offers within them and {len(known.contradictions)} contradictions, "
        f"and of {fired} assertions and {len(known.cautions)} cautions, is true for some case, as is each of {len(statements)} "
        f"statements on inherited genes, {len(dosing.dose_changes)} dose changes and {sum(scales)} measured grades:"
        in proof
    )
    assert f"All {sum(counts)} hold" in proof
    rows = {
        "evidence lines of offers": [line.status for offer in offers for line in offer.evidence],
        "evidence lines of entries themselves": [line.status for entry in entries for line in entry.evidence],
        "evidence lines of named mistakes (audit)": [
            line.status for wrong in known.wrong_plans.values() for line in wrong.evidence
        ],
        "evidence lines of assertions (biomarkers)": [
            line.status for item in known.assertions.values() for line in item.evidence
        ],
        "evidence lines of markers, tests, panels, loci and cautions": [
            line.status
            for shelf in (known.markers, known.tests, known.panels, known.loci, known.cautions)
            for item in shelf.values()
            for line in item.evidence
        ],
        "evidence lines of statements on inherited genes": [
            line.status for item in statements for line in item.evidence
        ],
        "evidence lines of the definitions and rules of inherited genes": [
            line.status
            for shelf in (held.positions, held.alleles, held.gene_rules, held.call_limits, held.not_actionable)
            for item in shelf.values()
            for line in (*item.evidence, *(row for rule in rules_within(item) for row in rule.evidence))
        ],
        "doses of parts of regimens": [part.status for item in dosing.regimens.values() for part in item.parts],
        "evidence lines of regimens and sequences": [
            line.status
            for shelf in (dosing.regimens, dosing.sequences)
            for item in shelf.values()
            for line in item.evidence
        ],
        "evidence lines of drugs": [line.status for item in dosing.drugs.values() for line in evidence_of(item)],
        "evidence lines of dose changes": [
            line.status for item in dosing.dose_changes.values() for line in item.evidence
        ],
        "evidence lines of tables, pumps, liver ladders and policies": [
            line.status
            for shelf in (
                dosing.tablet_tables,
                dosing.band_tables,
                dosing.pumps,
                dosing.liver_ladders,
                dosing.policies,
            )
            for item in shelf.values()
            for line in item.evidence
        ],
        "rates of toxicity": [item.status for item in dosing.toxicity_rates.values()],
        "evidence lines of grades, removed terms and studies of toxicity": [
            line.status
            for shelf in (dosing.grade_scales, dosing.removed_terms, dosing.toxicity_studies)
            for item in shelf.values()
            for line in item.evidence
        ],
        "positions in disagreements": [line.status for item in known.conflicts.values() for line in item.positions],
        "sources": [source.status for source in known.sources.values()],
    }
    page = read("explanation/sources-and-status.md")
    for name, found in rows.items():
        numbers = [found.count("verified"), found.count("partly"), found.count("unverified"), len(found)]
        assert f"| {name} | {' | '.join(map(str, numbers))} |" in page
    unsourced = [
        sum(line.source == "unsourced" for line in lines)
        for lines in (
            [line for offer in offers for line in offer.evidence],
            [line for entry in entries for line in entry.evidence],
            [line for wrong in known.wrong_plans.values() for line in wrong.evidence],
        )
    ]
    of_assertions = sum(line.source == "unsourced" for item in known.assertions.values() for line in item.evidence)
    said = (
        f"{unsourced[0]} lines of offers, {unsourced[1]} of entries and {unsourced[2]} of named mistakes, "
        f"and {of_assertions} of assertions"
    )
    assert said in " ".join(page.split())
    spoken = [line for offer in offers for line in offer.evidence]
    spoken += [
        line
        for shelf in (known.entries, known.wrong_plans, known.assertions)
        for item in shelf.values()
        for line in item.evidence
    ]
    marked = sum(bool(line.jurisdiction) for line in spoken)
    assert f"({marked} of the {len(spoken)} lines of offers, entries, named mistakes and assertions do)" in " ".join(
        page.split()
    )
    assert f"{len(known.contradictions)} of them, among them" in read("explanation/decisions-while-authoring.md")


def test_every_id_in_the_record_of_decisions_exists() -> None:
    knowledge = load_knowledge()
    known = {name for _, shelf in knowledge.shelves() for name in shelf} | set(knowledge.vocabulary) | set(KINDS)
    known |= {drug for component in knowledge.components.values() for drug in component.drugs}
    named = re.findall(r"`([a-z0-9]+(?:[-_][a-z0-9]+)*)`", read("explanation/decisions-while-authoring.md"))
    assert len(named) > 20
    assert sorted(set(named) - known) == []


def test_every_library_that_is_required_is_accounted_for() -> None:
    text = read("explanation/libraries.md").lower()
    required = re.findall(r'^    "([a-z0-9-]+)>=', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(required) > 10
    assert [name for name in required if f"| {name} " not in text] == []


def test_every_how_to_shows_something_that_is_run() -> None:
    assert [page.name for page in (DOCS / "how-to").glob("*.md") if not steps_of(page)] == []


def test_no_page_names_a_machine_or_carries_an_absolute_path() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.~])/(?:home|work|tmp|Users)/", text), page.name


def test_the_schema_identifiers_resolve_to_nothing_outside() -> None:
    for page in PAGES:
        hosts = set(re.findall(r"https?://([^/\s`)\"]+)", page.read_text(encoding="utf-8")))
        assert {host for host in hosts if not host.endswith(".example")} <= {
            "doi.org",
            "www.apache.org",
            "hl7.org",
            "unitsofmeasure.org",
        }, page.name


def test_what_the_explanation_says_of_doses_is_so() -> None:
    held = load_knowledge().dosing
    page = " ".join(read("explanation/sources-and-status.md").split())
    of_doses = [item.status for item in held.regimens.values()]
    uses = sum(item.uses_status == "unverified" for item in held.regimens.values())
    vomiting = sum(item.emetogenicity_status == "unverified" for item in held.regimens.values())
    assert (
        f"Of the {len(of_doses)} regimens the doses are verified in {of_doses.count('verified')}, partly in "
        f"{of_doses.count('partly')} and unverified in {of_doses.count('unverified')}. What each is used for is unverified in "
        f"all {uses}, and the risk of vomiting in {vomiting}." in page
    )
    changes = held.dose_changes.values()
    unread = sum(all(line.status == "unverified" for line in item.evidence) for item in changes)
    limited = sum(bool(item.jurisdictions) for item in changes)
    assert (
        f"{unread} of the {len(changes)} dose changes rest on unverified lines alone; {limited} hold in named" in page
    )
    assert f"A dose change may be limited ({limited} are)" in page
    own = sum(any(line.source == "unsourced" for line in item.evidence) for item in held.policies.values())
    assert f"{own} of the {len(held.policies)} policies" in page
    ladders = held.liver_ladders.values()
    assert f"All {len(ladders)} ladders of liver tests for the liver pump are unverified and disabled." in page
    assert not any(item.enabled for item in ladders)
    assert {line.status for item in ladders for line in item.evidence} == {"unverified"}
