"""The calc commands about doses: whole tablets, dose bands, and the published doses of a regimen for a body size."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chemoplan.cli.calc_options import ending, written_out
from chemoplan.cli.measured import Measured
from chemoplan.cli.order import pairs
from chemoplan.cli.quantity import Quantity
from chemoplan.cli.shared import EPILOG, Refused

if TYPE_CHECKING:
    from chemoplan.knowledge.regimens import PublishedDose

AREA = Measured("body_surface_area", "m2")


def above_zero(value: Decimal, option: str) -> Decimal:
    """The value. Raises Refused when it is zero or less."""
    if value <= 0:
        raise Refused([f"{option} {value}: expected a number above zero"])
    return value


@click.command(epilog=EPILOG)
@click.option("--bsa", type=AREA, required=True, help="Body surface area.")
@click.option(
    "--dose-per-administration",
    type=Quantity("mg/m2"),
    required=True,
    help="One of the two doses of a day, such as 1000.",
)
@ending
def capecitabine(
    bsa: Decimal, dose_per_administration: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]
) -> None:
    """Whole tablets for one dose of capecitabine: the label's table at 1250 mg/m2, else the nearest dose.

    \b
    Examples:
      chemoplan calc capecitabine --bsa 1.73 --dose-per-administration 1000
      chemoplan calc capecitabine --bsa 1.85 --dose-per-administration 1250
    """
    from chemoplan.dosing import tablets
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    dose = above_zero(dose_per_administration, "--dose-per-administration")
    written_out(tablets.capecitabine(bsa, dose, knowledge), knowledge, form, output)


@click.command(name="trifluridine-tipiracil", epilog=EPILOG)
@click.option("--bsa", type=AREA, required=True, help="Body surface area.")
@click.option(
    "--dose-per-administration",
    type=Quantity("mg/m2"),
    default="35",
    show_default=True,
    help="One of the two doses of a day.",
)
@ending
def trifluridine_tipiracil(
    bsa: Decimal, dose_per_administration: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]
) -> None:
    """Whole tablets for one dose of trifluridine-tipiracil (mg of trifluridine): the label's table at 35 mg/m2, else the nearest.

    \b
    Examples:
      chemoplan calc trifluridine-tipiracil --bsa 2.1
      chemoplan calc trifluridine-tipiracil --bsa 1.8 --dose-per-administration 30
    """
    from chemoplan.dosing import tablets
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    dose = above_zero(dose_per_administration, "--dose-per-administration")
    written_out(tablets.trifluridine_tipiracil(bsa, dose, knowledge), knowledge, form, output)


@click.command(epilog=EPILOG)
@click.option("--calculated-dose", type=Quantity("mg"), required=True, help="The dose before it is rounded.")
@click.option("--table", metavar="ID", help="Table of dose bands (knowledge list bands).")
@click.option("--bands", metavar="MG,MG,...", help="Bands of your own instead of a table, such as 100,150,200.")
@click.option("--drug", metavar="ID", help="The drug: an antibody may lie further from its dose.")
@ending
def band(
    calculated_dose: Decimal, table: str | None, bands: str | None, drug: str | None, form: str, output: Path | None,
    overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """The dose band of a calculated dose. A dose on a boundary belongs to the band above.

    \b
    Examples:
      chemoplan calc band --calculated-dose 8.59 --table nhs-1mgml-single
      chemoplan calc band --calculated-dose 415 --bands 300,400,500 --drug bevacizumab
    """
    from chemoplan.dosing import banding
    from chemoplan.dosing.tablets import drug_of
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    if (table is None) == (bands is None):
        raise Refused([f"one of --table and --bands is needed; tables: {', '.join(knowledge.dosing.band_tables)}"])
    held = banding.table_of(table, knowledge) if table is not None else banding.own_table(bands or "")
    found = drug_of(drug, knowledge) if drug is not None else None
    dose = above_zero(calculated_dose, "--calculated-dose")
    written_out(banding.band(dose, held, found, knowledge), knowledge, form, output)


@click.command(epilog=EPILOG)
@click.argument("regimen", required=False)
@click.option("--bsa", type=AREA, help="Body surface area, instead of height and weight.")
@click.option("--height", type=Measured("height", "cm"), help="Body height.")
@click.option("--weight", type=Measured("weight", "kg"), help="Actual body weight.")
@click.option(
    "--level", type=click.IntRange(-3, 0), default=0, show_default=True, help="Dose level below the full dose."
)
@click.option(
    "--choose", multiple=True, metavar="PART=CHOICE", help="One of the published choices of a part. Repeatable."
)
@click.option("--drug", metavar="ID", help="One drug: of the regimen, or alone with --dose-per-administration.")
@click.option(
    "--dose-per-administration",
    metavar="DOSE",
    help='Dose of the drug with its unit, such as "5 mg/kg" or "400 mg/m2".',
)
@click.option("--vials", metavar="MG,MG,...", help="Vials to round one drug to, such as 100,400.")
@ending
def dose(
    regimen: str | None, bsa: Decimal | None, height: Decimal | None, weight: Decimal | None, level: int, choose: tuple[str, ...],
    drug: str | None, dose_per_administration: str | None, vials: str | None, form: str, output: Path | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """The published doses of REGIMEN for a body size, or of one drug. No order: nothing about a person is looked at.

    \b
    Examples:
      chemoplan calc dose mfolfox6 --bsa 1.82
      chemoplan calc dose folfiri --height 170 --weight 70 --level -1
      chemoplan calc dose folfoxiri --bsa 1.9 --choose leucovorin=racemic
      chemoplan calc dose --drug bevacizumab --dose-per-administration "5 mg/kg" --weight 83 --vials 100,400
    """
    from chemoplan.dosing import published
    from chemoplan.dosing.amounts import half_up, shown
    from chemoplan.dosing.order import regimen_of
    from chemoplan.dosing.parts import Body
    from chemoplan.dosing.plausibility import implausible
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    if bsa is not None and height is not None:
        raise Refused(["--bsa and --height: give the body surface area, or height and weight"])
    steps, area, doubts = [], None, []
    if bsa is not None:
        area = half_up(bsa)
    elif height is not None and weight is not None:
        from chemoplan.dosing.measures import area_of

        area, step = area_of(height, weight, knowledge)
        steps.append(step)
        doubts = implausible({"height": height, "weight": weight}, knowledge)
    elif height is not None:
        raise Refused(["--height alone gives no body surface area: add --weight, or give --bsa"])
    body = Body(area, weight, tuple(steps), () if area is not None else ("body_surface_area",))
    inputs = {
        "bsa": f"{shown(area)} m2" if area is not None else "", "height": f"{shown(height)} cm" if height is not None else "",
        "weight": f"{shown(weight)} kg" if weight is not None else "", "level": str(level) if level else "",
        "choices": ", ".join(choose), "dose_per_administration": dose_per_administration or "", "vials": vials or "",
    }  # fmt: skip
    sizes = vial_sizes(vials)
    if sizes and drug is None:
        raise Refused(["--vials is about one drug: add --drug, such as --drug bevacizumab"])
    if regimen is not None:
        if dose_per_administration is not None:
            raise Refused(["the regimen has its published doses: leave out REGIMEN or --dose-per-administration"])
        choices = pairs(choose, "--choose", "PART=CHOICE, such as leucovorin=racemic")
        held = regimen_of(regimen, knowledge)
        found = published.of_regimen(
            held, body, inputs, knowledge, level=level, choices=choices, drug=drug, vials=sizes
        )
    else:
        if drug is None or dose_per_administration is None:
            raise Refused(["REGIMEN is needed, or --drug with --dose-per-administration"])
        if level or choose:
            raise Refused(["--level and --choose belong to a REGIMEN"])
        found = published.of_drug(drug, dose_of(dose_per_administration), body, inputs, knowledge, sizes)
    if doubts:
        from dataclasses import replace

        found = replace(found, doubts=tuple(doubts))
    written_out(found, knowledge, form, output)


def vial_sizes(text: str | None) -> tuple[Decimal, ...]:
    """Vials in mg from 100,400. Raises Refused with what would be right."""
    try:
        sizes = tuple(Decimal(word) for word in (text or "").replace(",", " ").split())
    except ArithmeticError:
        sizes = (Decimal(0),)
    if any(not size.is_finite() or size < 1 for size in sizes):
        raise Refused([f"--vials {text!r}: expected mg of each vial, such as 100,400"])
    return sizes


def dose_of(text: str) -> PublishedDose:
    """A published dose from text such as "5 mg/kg". Raises Refused with what would be right."""
    from chemoplan.knowledge.regimens import PublishedDose

    number, _, unit = text.strip().partition(" ")
    unit = unit.strip()
    try:
        value = Decimal(number)
    except ArithmeticError:
        value = Decimal(0)
    if unit not in ("mg", "mg/m2", "mg/kg") or not value.is_finite() or value <= 0:
        raise Refused(
            [
                f"--dose-per-administration {text!r}: expected a number above zero in mg, mg/m2 or mg/kg, such as '5 mg/kg'"
            ]
        )
    return PublishedDose(value, unit)
