"""Dose bands, and whole vials: the prepared dose that is nearest to a calculated one, and how far apart the two are."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from chemoplan.dosing.amounts import DoseRefused, Step, half_up, shown
from chemoplan.dosing.calc import Calculation, limit, policy
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import BandTable, Drug
from chemoplan.vocabulary.nearest import nearest

TENTH = Decimal("0.1")
BIOLOGICS = ("antibody", "immunotherapy")
BOUNDARY = "banding-boundary"
SMALLEST, LARGEST = Decimal("0.001"), Decimal(100_000)
"""Milligrams beyond which no band lies."""
SMALLEST_VIAL, LARGEST_VIAL, MOST_VIALS = Decimal(1), Decimal(2000), 4
"""Milligrams beyond which no vial lies, and how many sizes are combined."""


def boundary(below: Decimal, above: Decimal, rule: str = "geometric") -> Decimal:
    """Where one band ends and the next begins, to hundredths: the geometric mean of the two, or the arithmetic one."""
    return half_up((below * above).sqrt() if rule == "geometric" else (below + above) / 2)


def bands_of(name: str | None, drug: str | None, knowledge: Knowledge) -> BandTable:
    """The table of an id, or the only one there is for the drug. Raises DoseRefused with the ids that there are."""
    held = knowledge.dosing.band_tables
    if name is not None:
        if name not in held:
            raise DoseRefused(f"there is no table of bands {name!r}; expected one of {', '.join(held)}")
        table = held[name]
        if drug is not None and table.drugs and drug not in table.drugs:
            raise DoseRefused(f"{name} is a table for {', '.join(table.drugs)}, not for {drug}")
        return table
    fitting = [table for table in held.values() if drug is None or not table.drugs or drug in table.drugs]
    own = [table for table in fitting if drug is not None and drug in table.drugs]
    found = own or fitting
    if len(found) != 1:
        ids = " or ".join(table.id for table in found) or "ID (the knowledge has none for it)"
        raise DoseRefused(f"name the table of bands: --table {ids}")
    return found[0]


def drug_of(name: str, knowledge: Knowledge) -> Drug:
    """A drug by id. Raises DoseRefused when the knowledge has none."""
    drug = knowledge.dosing.drugs.get(name.strip().lower().replace("-", "_"))
    if drug is None:
        close = nearest(name, knowledge.dosing.drugs)
        raise DoseRefused(
            f"no drug {name!r}" + (f"; did you mean {close}?" if close else " (all: chemoplan knowledge list drugs)")
        )
    return drug


def own_table(bands: str) -> BandTable:
    """Bands that a person names, in mg, such as 100,150,200. Raises DoseRefused with what would be right."""
    try:
        values = tuple(sorted({Decimal(word) for word in bands.replace(",", " ").split()}))
    except ArithmeticError:
        values = ()
    if len(values) < 2 or any(not value.is_finite() or value <= 0 for value in values):
        raise DoseRefused(f"bands {bands!r}: expected two or more numbers of mg, such as 100,150,200")
    return BandTable("own-bands", "Bands as given", (), "mg", values)


def variance_limit(drug: Drug | None) -> str:
    """The policy that says how far a band may lie from the calculated dose: wider for antibodies."""
    return "audit-tolerance-antibody" if drug is not None and drug.kind in BIOLOGICS else "audit-tolerance-banded"


def band_index(
    calculated: Decimal, table: BandTable, knowledge: Knowledge
) -> tuple[int, Decimal | None, Decimal | None]:
    """Which band a dose belongs to, with its lower and upper limit where they are known; a dose on a limit goes to the band above.

    Raises DoseRefused outside the table.
    """
    rule = policy(BOUNDARY, knowledge).value
    bands = table.bands
    if table.lower_limits:
        starts: list[Decimal | None] = list(table.lower_limits)
    else:
        starts = [None, *(boundary(below, above, rule) for below, above in pairwise(bands))]
    ends = [*starts[1:], table.upper_limit]
    for index, (low, high) in enumerate(zip(starts, ends, strict=True)):
        if (low is None or calculated >= low) and (high is None or calculated < high):
            return index, low, high
    low, high = starts[0], table.upper_limit
    reach = f"from {shown(low)}" if low is not None else ""
    reach += f" to below {shown(high)}" if high is not None else ""
    raise DoseRefused(
        f"{shown(calculated)} {table.unit} lies outside {table.id}, which holds doses {reach.strip()} {table.unit}"
    )


def banded(calculated: Decimal, table: BandTable, drug: Drug | None, knowledge: Knowledge) -> Calculation:
    """The band of a calculated dose (in the table's unit), its limits, and how far it lies from the dose in percent."""
    if calculated <= 0:
        raise DoseRefused("the calculated dose has to be above zero")
    index, low, high = band_index(calculated, table, knowledge)
    band, unit = table.bands[index], table.unit
    apart = (band - calculated) / calculated * 100
    limited_by = variance_limit(drug)
    most = limit(limited_by, knowledge)
    within = abs(apart) <= most
    if not within and not (table.lower_limits and table.upper_limit):
        ends = f"{shown(table.bands[0])} to {shown(table.bands[-1])} {unit}"
        raise DoseRefused(
            f"{shown(calculated)} {unit} is more than {shown(most)}% from the nearest band of {table.id} ({ends})"
        )
    inputs = {"calculated_dose": f"{shown(calculated)} {unit}", "table": table.id, "drug": drug.id if drug else ""}
    reach = f"{shown(low) if low is not None else '-'} up to, not including, {shown(high) if high is not None else '-'} {unit}"
    limits_from = (
        "published limits" if table.lower_limits else f"{policy(BOUNDARY, knowledge).value} mean of neighboring bands"
    )
    steps = [Step("band", f"limits: {reach}", f"{shown(band)} {unit}", {"calculated dose": inputs["calculated_dose"]},
                  f"{limits_from}; a dose on a limit belongs to the band above")]  # fmt: skip
    if table.lower_limits:
        steps += _means(index, table)
    steps.append(Step("variance", "(band - dose) / dose", f"{shown(half_up(apart, TENTH))}%", {},
                      f"{'within' if within else 'beyond'} {shown(most)}% (policy {limited_by})"))  # fmt: skip
    result = {
        "band": band, "lower_limit": low, "upper_limit": high, "variance": half_up(apart, TENTH), "variance_limit": most,
        "within_limit": within,
    }  # fmt: skip
    units = {"band": unit, "lower_limit": unit, "upper_limit": unit, "variance": "%", "variance_limit": "%"}
    notes = () if within else (f"The band lies more than {shown(most)}% from the dose.",)
    return Calculation(
        "band",
        inputs,
        result,
        units,
        tuple(steps),
        notes,
        (),
        (BOUNDARY, limited_by),
        {table.id: table.evidence} if table.evidence else {},
    )


def _means(index: int, table: BandTable) -> list[Step]:
    """What the mean of neighboring bands would have given, where it differs from the published limit."""
    found = []
    for at in (index, index + 1):
        if 0 < at < len(table.bands):
            mean = boundary(table.bands[at - 1], table.bands[at])
            published = table.lower_limits[at]
            if mean != published:
                pair = f"{shown(table.bands[at - 1])} and {shown(table.bands[at])} {table.unit}"
                found.append(Step("geometric mean beside it", f"mean of {pair}", f"{shown(mean)} {table.unit}", {},
                                  f"published {shown(published)}: the published limit counts"))  # fmt: skip
    return found


def vials_of(drug: Drug | None) -> tuple[Decimal, ...]:
    """Milligrams of the drug's vials, smallest first; empty when the knowledge names none."""
    return tuple(sorted(drug.strengths)) if drug is not None and drug.form == "vial" else ()


def numbers_of(text: str, option: str) -> tuple[Decimal, ...]:
    """Numbers above zero from text such as 100,400, in rising order. Raises DoseRefused with what would be right."""
    try:
        found = sorted({Decimal(word) for word in text.replace(",", " ").split()})
    except ArithmeticError:
        found = []
    if not found or any(not number.is_finite() or not SMALLEST <= number <= LARGEST for number in found):
        raise DoseRefused(f"{option} {text!r}: expected numbers in mg, such as 100,400")
    return tuple(found)


def own_bands(text: str) -> BandTable:
    """Bands in mg that somebody names, without published limits."""
    bands = numbers_of(text, "--bands")
    return BandTable("own", "Bands as given", (), "mg", bands)


def own_vials(text: str) -> tuple[Decimal, ...]:
    """Vials in mg that somebody names, smallest first. Raises DoseRefused with what would be right."""
    vials = numbers_of(text, "--vials")
    if len(vials) > MOST_VIALS or vials[0] < SMALLEST_VIAL or vials[-1] > LARGEST_VIAL:
        limits = f"{shown(SMALLEST_VIAL)} to {shown(LARGEST_VIAL)} mg"
        raise DoseRefused(f"--vials {text!r}: expected up to {MOST_VIALS} sizes of {limits}, such as 100,400")
    return vials


def in_vials(
    dose: Decimal, vials: tuple[Decimal, ...], knowledge: Knowledge
) -> tuple[Decimal | None, Decimal | None, Step]:
    """The nearest dose of whole vials within the policy's limit, and how far it lies from the calculated one in percent.

    None and None when no such dose lies within the limit.
    """
    most = limit("vial-rounding", knowledge)
    near = _whole_vials(dose, vials)
    apart = (near - dose) / dose * 100
    sizes = " and ".join(shown(vial) for vial in vials)
    formula = f"nearest sum of whole vials of {sizes} mg"
    if near <= 0 or abs(apart) > most:
        rule = f"more than {shown(most)}% away: the calculated dose stays"
        return None, None, Step("whole vials", formula, "none", {"dose": f"{shown(dose)} mg"}, rule)
    delta = half_up(apart, TENTH)
    rule = f"{shown(delta)}%, within {shown(most)}% (policy vial-rounding)"
    return near, delta, Step("whole vials", formula, f"{shown(near)} mg", {"dose": f"{shown(dose)} mg"}, rule)


def _whole_vials(dose: Decimal, vials: tuple[Decimal, ...]) -> Decimal:
    """The sum of whole vials nearest to the dose; of two equally near, the lower."""
    *smaller, largest = vials
    sums = {Decimal(0)}
    for vial in smaller:
        # More of a smaller vial than make up the largest would be a larger one.
        sums = {total + vial * count for total in sums for count in range(int(largest / vial) + 1)}
    reach = [total + largest * max(int((dose - total) / largest) + more, 0) for total in sums for more in (0, 1)]
    return min(reach, key=lambda total: (abs(total - dose), total))
