"""The calc commands: one number at a time, each step of its arithmetic shown. Body, kidney, liver and calcium."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import click

from chemoplan.cli.calc_dose import band, capecitabine, dose, trifluridine_tipiracil
from chemoplan.cli.calc_grade import grade
from chemoplan.cli.calc_options import ending, sex_of, sex_options, written_out
from chemoplan.cli.calc_pump import hai, pump_rate
from chemoplan.cli.measured import Amount, Measured
from chemoplan.cli.shared import EPILOG


@click.group(epilog=EPILOG)
def calc() -> None:
    """One number, with each step of its arithmetic.

    Numbers may carry a unit ("5 ft 7 in", "154 lb", "88 umol/L"); a plain number is in the unit that the option names.
    Exit status 1 when an input can hardly be true, such as height and weight swapped.

    \b
    Examples:
      chemoplan calc bsa --height 170 --weight 70
      chemoplan calc crcl --age 80 --weight 50 --creatinine 1.0 --sex female
      chemoplan calc capecitabine --bsa 1.73 --dose-per-administration 1000
      chemoplan calc dose mfolfox6 --bsa 1.82
    """


@calc.command(epilog=EPILOG)
@click.option("--height", type=Measured("height", "cm"), required=True, help="Body height.")
@click.option("--weight", type=Measured("weight", "kg"), required=True, help="Actual body weight.")
@ending
def bsa(height: Decimal, weight: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]) -> None:
    """Body surface area by four formulas, and the one that doses use.

    \b
    Examples:
      chemoplan calc bsa --height 170 --weight 70
      chemoplan calc bsa --height "5 ft 7 in" --weight "154 lb" --format json
    """
    from chemoplan.dosing.measures import surface
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    written_out(surface(height, weight, knowledge), knowledge, form, output)


@calc.command(epilog=EPILOG)
@click.option("--age", type=Measured("age", "a"), required=True, help="Age in completed years.")
@click.option("--weight", type=Measured("weight", "kg"), required=True, help="Actual body weight.")
@click.option("--creatinine", type=Measured("creatinine", "mg/dL"), required=True, help="Serum creatinine.")
@sex_options
@click.option("--height", type=Measured("height", "cm"), help="Height: shows ideal and adjusted weight as well.")
@click.option(
    "--weight-choice",
    type=click.Choice(["actual", "ideal", "adjusted"]),
    help="Weight in the formula; the policy's, actual, when left out.",
)
@ending
def crcl(
    age: Decimal, weight: Decimal, creatinine: Decimal, sex: str | None, female: bool | None, height: Decimal | None,
    weight_choice: str | None, form: str, output: Path | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Creatinine clearance by Cockcroft-Gault.

    \b
    Examples:
      chemoplan calc crcl --age 65 --weight 70 --creatinine 1.0 --sex male
      chemoplan calc crcl --age 65 --weight 110 --height 165 --creatinine "88 umol/L" --female --weight-choice adjusted
    """
    from chemoplan.dosing.kidney import clearance
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    found = clearance(age, weight, creatinine, sex_of(sex, female), height, weight_choice, knowledge)
    written_out(found, knowledge, form, output)


@calc.command(epilog=EPILOG)
@click.option("--age", type=Measured("age", "a"), required=True, help="Age in completed years.")
@click.option("--creatinine", type=Measured("creatinine", "mg/dL"), required=True, help="Serum creatinine.")
@sex_options
@click.option("--height", type=Measured("height", "cm"), help="Height; with the weight, the value for this body.")
@click.option("--weight", type=Measured("weight", "kg"), help="Actual body weight.")
@ending
def egfr(
    age: Decimal, creatinine: Decimal, sex: str | None, female: bool | None, height: Decimal | None, weight: Decimal | None,
    form: str, output: Path | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Estimated filtration rate (CKD-EPI 2021). It is no creatinine clearance.

    \b
    Examples:
      chemoplan calc egfr --age 50 --creatinine 1.0 --sex female
      chemoplan calc egfr --age 80 --creatinine 1.0 --sex male --height 165 --weight 50
    """
    from chemoplan.dosing.kidney import filtration
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    found = filtration(age, creatinine, sex_of(sex, female), height, weight, knowledge)
    written_out(found, knowledge, form, output)


@calc.command(name="child-pugh", epilog=EPILOG)
@click.option("--bilirubin", type=Measured("bilirubin", "mg/dL"), required=True, help="Total bilirubin.")
@click.option("--albumin", type=Measured("albumin", "g/dL"), required=True, help="Serum albumin.")
@click.option("--inr", type=Measured("inr", ""), required=True, help="International normalized ratio.")
@click.option(
    "--ascites",
    type=click.Choice(["none", "slight", "moderate", "1", "2", "3"]),
    required=True,
    help="Ascites: none, slight, moderate or more; or its points.",
)
@click.option(
    "--encephalopathy",
    type=click.Choice(["none", "grade_1_2", "grade_3_4", "1", "2", "3"]),
    required=True,
    help="Hepatic encephalopathy; or its points.",
)
@ending
def child_pugh(
    bilirubin: Decimal, albumin: Decimal, inr: Decimal, ascites: str, encephalopathy: str, form: str, output: Path | None,
    overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Child-Pugh score and class.

    \b
    Example:
      chemoplan calc child-pugh --bilirubin 1.2 --albumin 4.0 --inr 1.1 --ascites none --encephalopathy none
    """
    from chemoplan.dosing import liver
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    by_points = {str(count): name for name, count in liver.ASCITES.items()}
    also = {str(count): name for name, count in liver.ENCEPHALOPATHY.items()}
    found = liver.child_pugh(
        bilirubin, albumin, inr, by_points.get(ascites, ascites), also.get(encephalopathy, encephalopathy), knowledge
    )
    written_out(found, knowledge, form, output)


@calc.command(epilog=EPILOG)
@click.option("--calcium", required=True, metavar="mg/dL|mmol/L", help="Total calcium; a plain number is in mg/dL.")
@click.option("--albumin", type=Measured("albumin", "g/dL"), required=True, help="Serum albumin.")
@ending
def calcium(calcium: str, albumin: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]) -> None:
    """Calcium corrected for albumin, in the unit of the calcium that is given.

    \b
    Examples:
      chemoplan calc calcium --calcium 8.0 --albumin 2.5
      chemoplan calc calcium --calcium "2.0 mmol/L" --albumin "25 g/L"
    """
    from chemoplan.dosing.calcium import corrected
    from chemoplan.knowledge import load_knowledge
    from chemoplan.vocabulary.units import same_unit

    context = click.get_current_context()
    option = next(item for item in context.command.params if item.name == "calcium")
    value, unit = Measured("calcium", "mg/dL").convert(calcium, option, context), "mg/dL"
    written = re.fullmatch(r"\s*([+\d.,]+)\s*(\S+)\s*", calcium)
    if written and same_unit(written[2], "mmol/L"):
        value, unit = Amount("calcium", "mmol/L").convert(written[1], option, context), "mmol/L"
    knowledge = load_knowledge(overlays)
    written_out(corrected(value, unit, albumin, knowledge), knowledge, form, output)


for command in (capecitabine, trifluridine_tipiracil, band, dose, hai, pump_rate, grade):
    calc.add_command(command)
