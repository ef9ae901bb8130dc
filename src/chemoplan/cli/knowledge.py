"""Commands about the knowledge: check, ask, list, show, diff."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from chemoplan.cli.shared import (
    DONE,
    EPILOG,
    NO,
    format_option,
    knowledge_option,
    refusing,
    save_case,
    show,
    write_json,
)


@click.group(epilog=EPILOG)
def knowledge() -> None:
    """Look at the knowledge, check it, question it."""


@knowledge.command("check", epilog=EPILOG)
@format_option("result", "text", "json")
@click.option(
    "--save-witnesses",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each witness as a case file.",
)
@knowledge_option
@refusing
def knowledge_check(form: str, folder: Path | None, overlays: tuple[Path, ...]) -> None:
    """Prove every invariant for all cases, or print a witness and exit 1.

    Also checked: the form of every entry, that every entry can hold, that every option can be offered, and that no case is left
    without an answer.

    \b
    Examples:
      chemoplan knowledge check
      chemoplan knowledge check --knowledge hospital/ --save-witnesses witnesses/
    """
    from chemoplan.knowledge import load_knowledge
    from chemoplan.knowledge.schema import check_all_schemas
    from chemoplan.plan.check import check_knowledge, count_checks
    from chemoplan.report.progress import progress

    loaded = load_knowledge(overlays)
    check_all_schemas(overlays)
    with progress("Proving", count_checks(loaded)) as advance:
        checks = check_knowledge(loaded, advance)
    if folder:
        for check in checks:
            if check.witness is not None:
                save_case(folder / f"{check.id.replace(':', '-')}.yaml", check.witness, f"Witness for {check.id}")
    failed = [check for check in checks if not check.holds]
    if form == "json":
        rows = [
            {"id": c.id, "title": c.title, "kind": c.kind, "holds": c.holds, "witness": c.witness, "message": c.message}
            for c in checks
        ]
        write_json({"holds": not failed, "checks": rows}, None)
    else:
        from chemoplan.report.text import print_checks

        show(lambda console: print_checks(checks, console), None)
    sys.exit(NO if failed else DONE)


@knowledge.command("ask", epilog=EPILOG)
@click.argument("question")
@format_option("answer", "text", "json")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write the witness as a case file.")
@click.option("--expect", type=click.Choice(["never", "witness"]), help="Exit 1 when the answer is another one.")
@knowledge_option
@refusing
def knowledge_ask(question: str, form: str, save: Path | None, expect: str | None, overlays: tuple[Path, ...]) -> None:
    """Answer QUESTION for all cases: never (proved), or a witness case that `plan` reproduces.

    A question is a criterion that may also ask offered(X), conditional(X), excluded(X), listed(X), applicable(X), full_dose(X),
    holds(ENTRY) and open(ENTRY), where X is an option id or glob, a kind of option, a component, a drug or a class.

    \b
    Examples:
      chemoplan knowledge ask "offered(anti_egfr) and ras = mutated"
      chemoplan knowledge ask "offered(tme) and setting = initial and mrf_distance <= 1 mm" --expect never
      chemoplan knowledge ask "offered(hai-adj) and age > 80 a" --save witness.yaml
    """
    from chemoplan.knowledge import load_knowledge
    from chemoplan.plan.ask import ask

    result = ask(question, load_knowledge(overlays))
    if save and result.witness is not None:
        save_case(save, result.witness, f"Witness for: {question}")
    if form == "json":
        write_json({"question": result.question, "answer": result.status, "witness": result.witness}, None)
    else:
        from chemoplan.report.text import print_ask

        show(lambda console: print_ask(result, console), None)
    sys.exit(NO if (expect and result.status != expect) or result.status == "undecided" else DONE)


@knowledge.command("list", epilog=EPILOG)
@click.argument("kind", required=False, metavar="[KIND]", type=click.Choice([
    "sources", "components", "options", "entries", "conflicts", "derivations", "contradictions", "wrong_plans", "invariants", "wordings",
    "markers", "tests", "panels", "loci", "cautions", "assertions", "positions", "alleles", "gene_rules",
    "call_limits", "statements", "not_actionable", "regimens", "sequences", "drugs", "dose_changes", "tablet_tables", "band_tables",
    "pumps", "policies", "liver_ladders", "toxicity_rates", "toxicity_studies", "event_names", "grade_scales", "removed_terms",
]))  # fmt: skip
@format_option("list", "text", "json")
@knowledge_option
@refusing
def knowledge_list(kind: str | None, form: str, overlays: tuple[Path, ...]) -> None:
    """List the kinds of item that the knowledge holds, or the items of one KIND.

    \b
    Examples:
      chemoplan knowledge list
      chemoplan knowledge list options
      chemoplan knowledge list regimens
    """
    from chemoplan.knowledge import load_knowledge
    from chemoplan.knowledge.describe import list_items, list_kinds

    loaded = load_knowledge(overlays)
    rows = list_items(loaded, kind) if kind else list_kinds(loaded)
    if form == "json":
        write_json(rows, None)
        return
    from chemoplan.report.text import print_table

    show(lambda console: print_table(rows, console), None)


@knowledge.command("show", epilog=EPILOG)
@click.argument("name", metavar="ID")
@format_option("item", "text", "json")
@knowledge_option
@refusing
def knowledge_show(name: str, form: str, overlays: tuple[Path, ...]) -> None:
    """Show one item (entry, option, source, drug, fact, ...) with everything it says and who uses it.

    Where several kinds hold the same ID, the first is shown and the others are named; write KIND/ID to say which is meant.

    \b
    Examples:
      chemoplan knowledge show larc-mrf-threatened
      chemoplan knowledge show mrf_distance
      chemoplan knowledge show drugs/capecitabine
    """
    from chemoplan.knowledge import load_knowledge
    from chemoplan.knowledge.describe import describe

    item = describe(load_knowledge(overlays), name)
    if form == "json":
        write_json(item, None)
        return
    from chemoplan.report.text import print_item

    show(lambda console: print_item(item, console), None)


@knowledge.command("diff", epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@format_option("difference", "text", "json")
@refusing
def knowledge_diff(folder: Path, form: str) -> None:
    """What the overlay DIR changes, and for which of the shipped cases the plan changes. Exit status 1 when it changes anything.

    \b
    Example:
      chemoplan knowledge diff hospital/
    """
    from chemoplan.intake.examples import example_readings
    from chemoplan.knowledge import load_knowledge
    from chemoplan.plan.difference import difference

    result = difference(load_knowledge(), load_knowledge([folder]), example_readings())
    if form == "json":
        write_json(result, None)
    else:
        from chemoplan.report.text import print_difference

        show(lambda console: print_difference(result, console), None)
    sys.exit(NO if result["items"] or result["cases"] else DONE)
