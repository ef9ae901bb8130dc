"""Two calculations about pumps: the fill of a hepatic artery pump, and the rate of an infusion pump."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.measured import Amount, Measured
from chemoplan.cli.shared import (
    EPILOG,
    Refused,
    format_option,
    knowledge_option,
    output_option,
    refusing,
    show,
    write_json,
)


def written(result: dict[str, Any], form: str, output: Path | None) -> None:
    """Print a calculation in the form that was asked for."""
    if form == "json":
        write_json(result, output)
        return
    from chemoplan.report.text import print_calculation

    show(lambda console: print_calculation(result, console), output)


def told(
    name: str, inputs: dict[str, str], result: dict[str, Any], units: dict[str, str], steps: Iterable[Any], warnings: list[str],
    policies: tuple[str, ...], knowledge: Any,
) -> dict[str, Any]:  # fmt: skip
    """A calculation as plain data, with the policies it follows as its evidence."""
    from chemoplan import __version__
    from chemoplan.plan.shape import evidence

    lines = [
        row for policy in policies for row in evidence(knowledge.dosing.policies[policy].evidence, policy, knowledge)
    ]
    return {
        "chemoplan": __version__, "calc": name, "inputs": {key: value for key, value in inputs.items() if value}, "result": result,
        "units": units, "steps": [step.as_json() for step in steps], "warnings": warnings, "evidence": lines,
    }  # fmt: skip


@click.command(epilog=EPILOG)
@click.option("--weight", type=Measured("weight", "kg"), required=True, help="Actual body weight.")
@click.option(
    "--height", type=Measured("height", "cm"), help="Height; with the sex it gives the ideal weight of the weight rule."
)
@click.option("--sex", type=click.Choice(["female", "male"]), help="Sex, for the ideal weight.")
@click.option(
    "--dose-per-day",
    type=Amount("dose per day", "mg/kg"),
    default="0.12",
    show_default=True,
    help="Floxuridine per kg and day.",
)
@click.option("--pump", metavar="ID", help="Pump from the knowledge; gives the volume (knowledge list pumps).")
@click.option("--volume", type=Measured("pump_volume", "mL"), help="Volume of the reservoir.")
@click.option(
    "--flow", type=Measured("pump_flow", "mL/d"), required=True, help="Flow of the pump, from its card or as measured."
)
@click.option("--residual", type=Amount("residual", "mL", lowest=0), help="Volume left at the refill: checks the flow.")
@click.option("--days", type=Amount("days", "d"), help="Days between filling and emptying, with --residual.")
@format_option("calculation", "text", "json")
@output_option
@knowledge_option
@refusing
def hai(
    weight: Decimal, height: Decimal | None, sex: str | None, dose_per_day: Decimal, pump: str | None, volume: Decimal | None,
    flow: Decimal, residual: Decimal | None, days: Decimal | None, form: str, output: Path | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """The fill of a hepatic artery pump with floxuridine.

    total = dose x weight x volume / flow. The daily dose does not depend on the volume.

    \b
    Examples:
      chemoplan calc hai --weight 70 --volume 30 --flow 1.3
      chemoplan calc hai --weight "190 lb" --height "170 cm" --sex male --pump intera-3000 --flow 1.2
      chemoplan calc hai --weight 70 --volume 30 --flow 1.3 --residual 11 --days 14
    """
    from chemoplan.dosing import hepatic
    from chemoplan.dosing.amounts import half_up, plain, shown
    from chemoplan.dosing.pumps_in_orders import pump_of
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    if pump is not None:
        held = pump_of(pump, "hepatic", knowledge).volume
        if volume is not None and volume != held:
            raise Refused(
                [f"--volume {shown(volume)} is not the volume of {pump}, {shown(held)} mL; give one of the two"]
            )
        volume = held
    if volume is None:
        raise Refused(["the volume of the reservoir is needed: --volume 30, or --pump ID"])
    steps, warnings, used = [], [], weight
    if height is not None and sex is not None:
        found = hepatic.dosing_weight(weight, height, sex, knowledge)
        used = found.value
        steps.append(found.step)
    else:
        warnings.append("Without height and sex the weight rule was not applied: the actual weight was used.")
    made = hepatic.fill(dose_per_day * used, volume, flow, knowledge)
    steps += made.steps
    numbers = made.as_json()
    result = {
        "total": numbers["total"], "total_rounded_5": numbers["total_rounded"], "concentration": numbers["concentration"],
        "dose_per_day": numbers["dose_per_day"], "delivered_14_days": numbers["delivered"], "residual": numbers["residual"],
        "dosing_weight": plain(used), "delivered_per_cycle": plain(half_up(dose_per_day * made.days)),
    }  # fmt: skip
    units = {
        "total": "mg", "total_rounded_5": "mg", "concentration": "mg/mL", "dose_per_day": "mg/d", "delivered_14_days": "mL",
        "residual": "mL", "dosing_weight": "kg", "delivered_per_cycle": "mg/kg",
    }  # fmt: skip
    if made.dry:
        warnings.append(f"The pump is empty before {made.days} days are over.")
    elif made.low:
        warnings.append(f"Only {shown(made.residual)} mL are left after {made.days} days.")
    if residual is not None or days is not None:
        if residual is None or days is None:
            raise Refused(["--residual and --days belong together: what was left, and after how many days"])
        check = hepatic.flow_check(volume, residual, days, flow, knowledge)
        steps += check.steps
        again = hepatic.fill(dose_per_day * used, volume, check.measured, knowledge) if check.measured > 0 else None
        result |= {
            "measured_flow": plain(half_up(check.measured, hepatic.THOUSANDTH)), "flow_deviation": plain(half_up(check.deviation)),
            "investigate_flow": check.investigate, "total_with_measured_flow": plain(again.rounded) if again else None,
        }  # fmt: skip
        units |= {"measured_flow": "mL/d", "flow_deviation": "%", "total_with_measured_flow": "mg"}
        if check.investigate:
            warnings.append(
                "The measured flow is far from the nominal one: look for an occlusion, a leak or a delivery too fast."
            )
    inputs = {
        "weight": f"{shown(weight)} kg", "height": f"{shown(height)} cm" if height else "", "sex": sex or "",
        "dose_per_day": f"{shown(dose_per_day)} mg/kg", "volume": f"{shown(volume)} mL", "flow": f"{shown(flow)} mL/d", "pump": pump or "",
        "residual": f"{shown(residual)} mL" if residual is not None else "", "days": f"{shown(days)} d" if days is not None else "",
    }  # fmt: skip
    policies = ("hepatic-weight", "hepatic-rounding", "hepatic-days", "hepatic-residual", "hepatic-flow-deviation")
    written(told("hai", inputs, result, units, steps, warnings, policies, knowledge), form, output)


def _entered(text: str) -> tuple[Decimal, str]:
    """A rate and its unit as entered into a pump; the unit is empty when there is none. Raises Refused."""
    found = re.fullmatch(r"\s*(\d{1,6}(?:[.,]\d{1,6})?)\s*([^\d\s.,].*?)?\s*", text)
    if found is None:
        raise Refused([f"--entered {text!r}: expected a number with its unit, such as '1.2 mL/h'"])
    return Decimal(found[1].replace(",", ".")), found[2] or ""


@click.command(name="pump-rate", epilog=EPILOG)
@click.option(
    "--total", "--dose", "total", type=Amount("total", "mg"), required=True, help="Total dose of the infusion."
)
@click.option("--hours", type=Amount("hours", "h"), help="Duration of the infusion.")
@click.option("--volume", type=Amount("volume", "mL"), help="Volume of the infusion.")
@click.option(
    "--concentration", type=Amount("concentration", "mg/mL"), help="Concentration in the pump, instead of the volume."
)
@click.option(
    "--pump", metavar="ID", help="Infusion pump from the knowledge: volume, hours and overfill (knowledge list pumps)."
)
@click.option(
    "--pump-volume",
    type=Amount("pump volume", "mL"),
    help="Volume that the pump delivers, with --volume-with-overfill.",
)
@click.option(
    "--volume-with-overfill", type=Amount("volume with overfill", "mL"), help="Volume that is prepared for it."
)
@click.option(
    "--stock",
    type=Amount("stock", "mg/mL"),
    help="Concentration of the drug in its vial; fluorouracil's when left out.",
)
@click.option(
    "--entered", type=str, metavar="RATE", help='A rate to check, such as "28.8 mL/h". Exit status 1 when it is wrong.'
)
@click.option("--per-day", type=Amount("per day", "mg"), help="Dose of each day, checked against the total.")
@click.option(
    "--ended-at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="End of the drug: until when the antidote has to begin."
)
@format_option("calculation", "text", "json")
@output_option
@knowledge_option
@refusing
def pump_rate(
    total: Decimal, hours: Decimal | None, volume: Decimal | None, concentration: Decimal | None, pump: str | None,
    pump_volume: Decimal | None, volume_with_overfill: Decimal | None, stock: Decimal | None, entered: str | None,
    per_day: Decimal | None, ended_at: datetime | None, form: str, output: Path | None, overlays: tuple[Path, ...],
) -> None:  # fmt: skip
    """The rate of an infusion pump in mL/h, and what would have gone wrong.

    \b
    Examples:
      chemoplan calc pump-rate --total 4368 --volume 92 --hours 46
      chemoplan calc pump-rate --total 4368 --pump elastomeric-92
      chemoplan calc pump-rate --total 5250 --concentration 45.57 --hours 96 --entered "28.8 mL/h"
    """
    import sys

    from chemoplan.cli.shared import NO
    from chemoplan.dosing import infusion
    from chemoplan.dosing.amounts import DoseRefused, half_up, plain, shown
    from chemoplan.dosing.antidote import window_end
    from chemoplan.dosing.pumps_in_orders import pump_of
    from chemoplan.knowledge import load_knowledge
    from chemoplan.knowledge.regimens import Pump
    from chemoplan.vocabulary.units import same_unit

    knowledge = load_knowledge(overlays)
    held: Pump | None = None
    if pump is not None:
        held = pump_of(pump, "infusion", knowledge)
        for option, own, its, unit in (("--volume", volume, held.volume, "mL"), ("--hours", hours, held.hours, "h")):
            if own is not None and its is not None and own != its:
                raise Refused(
                    [f"{option} {shown(own)} is not that of {pump}, {shown(its)} {unit}; give one of the two"]
                )
        volume, hours = held.volume, hours or held.hours
    elif pump_volume is not None or volume_with_overfill is not None:
        if pump_volume is None or volume_with_overfill is None:
            raise Refused(["--pump-volume and --volume-with-overfill belong together"])
        if volume_with_overfill < pump_volume:
            raise Refused(["--volume-with-overfill is less than --pump-volume; check which is which"])
        held = Pump("own", "as given", "infusion", pump_volume, (), fill_volume=volume_with_overfill)
    result: dict[str, Any] = {}
    units: dict[str, str] = {}
    steps: list[Any] = []
    warnings: list[str] = []
    wrong = False
    if hours is not None:
        found = infusion.pump_rate(total, hours, volume, concentration)
        steps += found.steps
        result |= {
            "rate": plain(half_up(found.rate)), "concentration": plain(half_up(found.concentration)),
            "dose_per_hour": plain(half_up(found.per_hour)), "volume": plain(half_up(found.volume)),
        }  # fmt: skip
        units |= {"rate": "mL/h", "concentration": "mg/mL", "dose_per_hour": "mg/h", "volume": "mL"}
        if entered is not None:
            number, unit = _entered(entered)
            try:
                infusion.check_rate(number, unit or "no unit", found.volume, hours, knowledge)
            except DoseRefused as refused:
                wrong = True
                warnings.append(f"Wrong rate: {refused}.")
            runs = found.volume / number if number > 0 and same_unit(unit, "mL/h") else None
            result |= {
                "entered_is_right": not wrong,
                "runs_for": plain(half_up(runs)) if runs is not None else None,
            }
            units["runs_for"] = "h"
        if per_day is not None:
            try:
                days = (hours / 24).to_integral_value(ROUND_CEILING)
                infusion.check_total(total, per_day, days, knowledge)
            except DoseRefused as refused:
                wrong = True
                warnings.append(f"Total and daily dose do not fit: {refused}.")
    elif entered is not None or per_day is not None or held is None:
        raise Refused(["the duration is needed: --hours 46, or --pump ID"])
    if held is not None and held.fill_volume is not None:
        vial = stock or knowledge.dosing.drugs["fluorouracil"].concentration
        if vial is None:
            raise Refused(["the concentration of the vial is needed: --stock 50"])
        more, added = infusion.overfilled(total, held, vial)
        result |= more
        steps += added
        units |= {"dose_with_overfill": "mg", "dose_rounded_50": "mg", "drug_volume": "mL"}
    if ended_at is not None:
        end = window_end(ended_at, knowledge)
        result["antidote_until"] = end.isoformat(timespec="minutes")
        warnings.append(f"Uridine triacetate has to begin before {end:%Y-%m-%d %H:%M}.")
    inputs = {
        "total": f"{shown(total)} mg", "hours": f"{shown(hours)} h" if hours is not None else "", "pump": pump or "",
        "volume": f"{shown(volume)} mL" if volume is not None else "",
        "concentration": f"{shown(concentration)} mg/mL" if concentration is not None else "",
        "entered": entered or "", "per_day": f"{shown(per_day)} mg" if per_day is not None else "",
        "ended_at": ended_at.isoformat(timespec="minutes") if ended_at else "",
    }  # fmt: skip
    policies = ("audit-rate-tolerance", *(("antidote-window",) if ended_at else ()))
    written(told("pump-rate", inputs, result, units, steps, warnings, policies, knowledge), form, output)
    if wrong:
        sys.exit(NO)
