"""The compare command: expected toxicity of regimens side by side, by trial."""

from __future__ import annotations

from pathlib import Path

import click

from chemoplan.cli.shared import (
    EPILOG,
    format_option,
    knowledge_option,
    output_option,
    refusing,
    show,
    write,
    write_json,
)


@click.command(epilog=EPILOG)
@click.argument("regimens", metavar="REGIMEN REGIMEN ...", nargs=-1, required=True)
@click.option(
    "--event", metavar="TEXT", help="Only events with this text in their title or in the words of a trial: diarrhea."
)
@format_option("comparison", "text", "json", "html")
@output_option
@knowledge_option
@refusing
def compare(
    regimens: tuple[str, ...], event: str | None, form: str, output: Path | None, overlays: tuple[Path, ...]
) -> None:
    """Expected toxicity of two regimens or more, side by side.

    Each rate stands with its trial, the people it was counted in, and the grading; rates are never merged over trials. What one
    trial reports of two of the regimens comes first. A regimen is an id, or id@version (chemoplan knowledge list regimens).

    \b
    Examples:
      chemoplan compare folfox4 capox
      chemoplan compare folfoxiri-bevacizumab folfiri-bevacizumab --event neutropenia
      chemoplan compare trifluridine-tipiracil regorafenib fruquintinib --format html --output compare.html
    """
    from chemoplan.dosing.compare import compare as side_by_side
    from chemoplan.dosing.order import regimen_of
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    result = side_by_side([regimen_of(name, knowledge) for name in regimens], knowledge, event)
    if form == "text":
        from chemoplan.report.text import print_comparison

        show(lambda console: print_comparison(result, console), output)
    elif form == "json":
        write_json(result, output)
    else:
        from chemoplan.report.compare_html import compare_html

        write(compare_html(result), output)
