"""The calc commands that end in something to give: tablets, bands, and published doses for one body."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.calc_options import ending, written_out
from chemoplan.cli.measured import Amount, Measured
from chemoplan.cli.order import pairs
from chemoplan.cli.shared import EPILOG, Refused

_DOSE = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*mg(?:\s*/\s*(m2|m²|kg))?\s*", re.IGNORECASE)
AREA = Measured("body_surface_area", "m2")


def _in_tablets(
    name: str, drug: str, bsa: Decimal, per_dose: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]
) -> None:
    from chemoplan.dosing.tablets import tablet_dose
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    written_out(tablet_dose(name, drug, per_dose, bsa, knowledge), knowledge, form, output)


@click.command(epilog=EPILOG)
@click.option("--bsa", type=AREA, required=True, help="Body surface area; rounded to two decimals.")
@click.option(
    "--dose-per-administration",
    type=Amount("dose per administration", "mg/m2"),
    required=True,
    help="One of the two doses of a day, such as 1000.",
)
@ending
def capecitabine(
    bsa: Decimal, dose_per_administration: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]
) -> None:
    """One dose of capecitabine in tablets of 150 and 500 mg.

    The label's table at 1250 mg/m2; else the nearest dose that whole tablets make.

    \b
    Examples:
      chemoplan calc capecitabine --bsa 1.73 --dose-per-administration 1000
      chemoplan calc capecitabine --bsa 1.85 --dose-per-administration 1250
    """
    _in_tablets("capecitabine", "capecitabine", bsa, dose_per_administration, form, output, overlays)


@click.command(name="trifluridine-tipiracil", epilog=EPILOG)
@click.option("--bsa", type=AREA, required=True, help="Body surface area; rounded to two decimals.")
@click.option(
    "--dose-per-administration",
    type=Amount("dose per administration", "mg/m2"),
    default="35",
    show_default=True,
    help="One of the two doses of a day.",
)
@ending
def trifluridine_tipiracil(
    bsa: Decimal, dose_per_administration: Decimal, form: str, output: Path | None, overlays: tuple[Path, ...]
) -> None:
    """One dose of trifluridine-tipiracil in tablets of 15 and 20 mg (of trifluridine).

    The label's table at 35 mg/m2; else the nearest dose that whole tablets make, at most 80 mg.

    \b
    Examples:
      chemoplan calc trifluridine-tipiracil --bsa 2.25
      chemoplan calc trifluridine-tipiracil --bsa 1.7 --dose-per-administration 30
    """
    name = "trifluridine-tipiracil"
    _in_tablets(name, "trifluridine_tipiracil", bsa, dose_per_administration, form, output, overlays)


@click.command(epilog=EPILOG)
@click.option("--calculated-dose", type=Amount("calculated dose", "mg"), required=True, help="The dose as calculated.")
@click.option(
    "--table", metavar="ID", help="Table of bands (knowledge list band_tables); not needed where there is only one."
)
@click.option("--bands", metavar="MG", help="Bands of your own instead of a table, such as 100,150,200.")
@click.option("--drug", metavar="ID", help="Drug: picks its table, and the wider limit of antibodies.")
@ending
def band(
    calculated_dose: Decimal, table: str | None, bands: str | None, drug: str | None, form: str, output: Path | None,
    overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """The dose band of a calculated dose. A dose on a boundary belongs to the band above.

    \b
    Examples:
      chemoplan calc band --calculated-dose 8.59
      chemoplan calc band --calculated-dose 415 --bands 350,400,450 --drug bevacizumab
    """
    from chemoplan.dosing.banding import banded, bands_of, drug_of, own_bands
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    known = drug_of(drug, knowledge) if drug is not None else None
    if table is not None and bands is not None:
        raise Refused(["--table and --bands: name one of the two"])
    held = bands_of(table, drug, knowledge) if bands is None else own_bands(bands)
    written_out(banded(calculated_dose, held, known, knowledge), knowledge, form, output)


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
@click.option(
    "--drug", metavar="ID", help="Only this drug of the regimen; or, without a regimen, the drug of the dose below."
)
@click.option(
    "--dose-per-administration", metavar="DOSE", help='A dose of --drug with its unit, instead of a regimen: "5 mg/kg".'
)
@click.option("--vials", metavar="MG", help="Vials to round to, in mg: 100,400; those of the knowledge when left out.")
@ending
def dose(
    regimen: str | None, bsa: Decimal | None, height: Decimal | None, weight: Decimal | None, level: int, choose: tuple[str, ...],
    drug: str | None, dose_per_administration: str | None, vials: str | None, form: str, output: Path | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """Published doses of REGIMEN, or of one drug, for one body: arithmetic, no order.

    \b
    Examples:
      chemoplan calc dose mfolfox6 --bsa 1.82
      chemoplan calc dose folfiri --height 170 --weight 70 --level -1
      chemoplan calc dose --drug bevacizumab --dose-per-administration "5 mg/kg" --weight 83
    """
    from chemoplan.dosing.amounts import shown
    from chemoplan.dosing.banding import drug_of, own_vials
    from chemoplan.dosing.order import regimen_of
    from chemoplan.dosing.published import body_of, drug_dose, regimen_doses
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    known = drug_of(drug, knowledge) if drug is not None else None
    body, doubts = body_of(bsa, height, weight, knowledge)
    given = {"bsa": (bsa, "m2"), "height": (height, "cm"), "weight": (weight, "kg")}
    inputs = {name: f"{shown(value)} {unit}" for name, (value, unit) in given.items() if value is not None}
    if regimen is not None:
        if dose_per_administration is not None or vials is not None:
            raise Refused(["a regimen brings its own doses: leave out --dose-per-administration and --vials"])
        choices = pairs(choose, "--choose", "PART=CHOICE, such as leucovorin=racemic")
        inputs = {"regimen": regimen, "level": str(level) if level else "", "drug": drug or "", **inputs}
        inputs |= {"choose": ", ".join(choose)}
        held = regimen_of(regimen, knowledge)
        written_out(regimen_doses(held, body, level, choices, drug, inputs, doubts, knowledge), knowledge, form, output)
        return
    if known is None or dose_per_administration is None:
        raise Refused(
            ["name a regimen, or a drug and its dose: --drug bevacizumab --dose-per-administration '5 mg/kg'"]
        )
    if level or choose:
        raise Refused(["--level and --choose belong to a regimen"])
    published = _published(dose_per_administration)
    packs = own_vials(vials) if vials is not None else ()
    inputs = {
        "drug": known.id,
        "dose_per_administration": f"{shown(published.value)} {published.unit}",
        **inputs,
        "vials": vials or "",
    }
    written_out(drug_dose(known, published, body, packs, inputs, doubts, knowledge), knowledge, form, output)


def _published(text: str) -> Any:
    """A dose with its unit. Raises Refused without one: mg/m2 and mg/kg are too far apart to guess."""
    from chemoplan.knowledge.regimens import PublishedDose

    match = _DOSE.fullmatch(text)
    if match is None or not 0 < Decimal(match[1]) <= 10**7:
        raise Refused(
            [
                f"--dose-per-administration {text!r}: expected a dose with its unit, such as '400 mg/m2', '5 mg/kg' or '240 mg'"
            ]
        )
    size = (match[2] or "").lower().replace("²", "2")
    return PublishedDose(Decimal(match[1]), f"mg/{size}" if size else "mg")
