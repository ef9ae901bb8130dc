"""The calculation of CTCAE grades from measured values, in both versions that are held."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from chemoplan.cli.calc_options import ending, written_out
from chemoplan.cli.measured import Measured
from chemoplan.cli.shared import EPILOG, F

_VALUES = (
    ("neutrophils", "10*9/L", "Absolute neutrophil count."),
    ("platelets", "10*9/L", "Platelet count."),
    ("white_cells", "10*9/L", "White blood cell count."),
    ("hemoglobin", "g/dL", "Hemoglobin."),
    ("bilirubin_ratio", "{ULN}", "Total bilirubin, as a multiple of the upper limit of normal."),
    ("aminotransferase_ratio", "{ULN}", "The higher of AST and ALT, as a multiple of the upper limit of normal."),
    ("alkaline_phosphatase_ratio", "{ULN}", "Alkaline phosphatase, as a multiple of the upper limit of normal."),
    ("inr", "", "International normalized ratio, without anticoagulation."),
    ("magnesium", "mg/dL", "Magnesium in serum."),
    ("protein_24h", "g/d", "Protein in the urine of 24 hours."),
    ("systolic_pressure", "mm[Hg]", "Systolic blood pressure that lasts."),
    ("diastolic_pressure", "mm[Hg]", "Diastolic blood pressure that lasts."),
)
"""Facts that have scales, their units, and how the options are told."""


def value_options(command: F) -> F:
    """One option for each fact that has a scale."""
    command = click.option(
        "--febrile-neutropenia/--no-febrile-neutropenia", default=None, help="Febrile neutropenia since the last cycle."
    )(command)
    for name, unit, text in reversed(_VALUES):
        command = click.option(f"--{name.replace('_', '-')}", name, type=Measured(name, unit), help=text)(command)
    return command


@click.command(epilog=EPILOG)
@value_options
@click.option("--ctcae", type=click.Choice(["5", "6"]), help="Only this version of CTCAE; both when left out.")
@ending
def grade(
    ctcae: str | None,
    febrile_neutropenia: bool | None,
    form: str,
    output: Path | None,
    overlays: tuple[Path, ...],
    **values: Decimal | None,
) -> None:
    """CTCAE grade of measured values, in versions 5 and 6 side by side.

    With several values, the highest grade, and each by itself. A grade that begins at the laboratory's own limit stays
    unknown. Blood pressure needs both numbers unless one alone settles it.

    \b
    Examples:
      chemoplan calc grade --neutrophils 0.7
      chemoplan calc grade --platelets "20000 /uL" --ctcae 5
      chemoplan calc grade --systolic-pressure 130 --diastolic-pressure 70 --format json
    """
    from chemoplan.dosing.grades import VERSIONS, graded
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    given: dict[str, Decimal | bool] = {name: value for name, value in values.items() if value is not None}
    if febrile_neutropenia is not None:
        given["febrile_neutropenia"] = febrile_neutropenia
    written_out(graded(given, knowledge, (ctcae,) if ctcae else VERSIONS), knowledge, form, output)
