"""The order command: one cycle of a regimen for one person."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from chemoplan.cli.shared import (
    DONE,
    EPILOG,
    NO,
    Refused,
    case_options,
    format_option,
    knowledge_option,
    output_option,
    read_case,
    refusing,
    show,
    write,
    write_bytes,
    write_json,
)


def pairs(values: tuple[str, ...], option: str, right: str) -> dict[str, str]:
    """NAME=VALUE options as a mapping. Raises Refused with what would be right, and when a name has two values."""
    found: dict[str, str] = {}
    for item in values:
        name, sign, value = item.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise Refused([f"{option} {item!r}: expected {right}"])
        if found.setdefault(name.strip(), value.strip()) != value.strip():
            raise Refused(
                [f"{option} {name.strip()} has two values, {found[name.strip()]} and {value.strip()}; name one"]
            )
    return found


@click.command(epilog=EPILOG)
@click.argument("regimen")
@click.argument("case", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--level", type=click.IntRange(-3, 0), default=0, show_default=True, help="Dose level below the full dose."
)
@click.option(
    "--choose", multiple=True, metavar="PART=CHOICE", help="One of the published choices of a part. Repeatable."
)
@click.option(
    "--without",
    multiple=True,
    metavar="FACT=REASON",
    help="Order although this fact is unknown; the reason is kept in the order. Repeatable.",
)
@click.option(
    "--infusion-pump",
    metavar="ID",
    help="Pump for continuous infusions: gives the rate in mL/h (knowledge list pumps).",
)
@format_option("order", "text", "json", "html", "pdf")
@output_option
@case_options
@knowledge_option
@refusing
def order(
    regimen: str,
    case: Path,
    level: int,
    choose: tuple[str, ...],
    without: tuple[str, ...],
    infusion_pump: str | None,
    form: str,
    output: Path | None,
    row: str | None,
    decided_on: date | None,
    overlays: tuple[Path, ...],
) -> None:
    """Doses of one cycle of REGIMEN for CASE, each step of the arithmetic shown.

    REGIMEN is an id, or id@version (chemoplan knowledge list regimens). A name gives no dose.
    Exit status 1 when the order is not complete: a fact is missing, the cycle waits, or a drug must not be given.

    \b
    Examples:
      chemoplan order mfolfox6 case.yaml
      chemoplan order folfoxiri case.yaml --choose leucovorin=racemic
      chemoplan order folfiri case.yaml --level -1 --format json
      chemoplan order mfolfox6 case.yaml --infusion-pump elastomeric-92
      chemoplan order capox case.yaml --format pdf --output sheet.pdf
      chemoplan order folfiri case.yaml --without ugt1a1="not tested at this site"
    """
    from chemoplan.dosing.order import OrderRequest, regimen_of
    from chemoplan.dosing.order import order as make_order
    from chemoplan.dosing.recheck import recheck

    choices = pairs(choose, "--choose", "PART=CHOICE, such as leucovorin=racemic")
    reasons = pairs(without, "--without", "FACT=REASON, such as ugt1a1='not tested here'")
    knowledge, _, resolved = read_case(case, row, decided_on, overlays)
    for name in reasons:
        if name not in knowledge.vocabulary:
            close = knowledge.vocabulary.nearest(name)
            raise Refused([f"--without {name}: no such fact" + (f"; did you mean {close}?" if close else "")])
    result = make_order(
        regimen_of(regimen, knowledge),
        resolved,
        knowledge,
        OrderRequest(choices, level, reasons, infusion_pump=infusion_pump),
    )
    result["double_check"] = recheck(result, resolved.facts, knowledge)
    if form == "text":
        from chemoplan.report.text import print_order

        show(lambda console: print_order(result, console), output)
    elif form == "json":
        write_json(result, output)
    elif form == "html":
        from chemoplan.report.order_html import order_html

        write(order_html(result), output)
    else:
        from chemoplan.report.pdf import order_pdf

        write_bytes(order_pdf(result), output)
    sys.exit(DONE if result["verdict"] == "to give" else NO)
