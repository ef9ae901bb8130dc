"""The kinds of knowledge entry about giving drugs: regimens, drugs, dose changes, tables, pumps, and expected toxicity.

Numbers that become a dose are `Decimal` from the text of the file on: 0.12 is twelve hundredths, not the nearest binary number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from chemoplan.criteria import Criterion
from chemoplan.knowledge.entries import Evidence, Status

Per = Literal["dose", "day", "total"]
"""What a published number is for: each administration, each day, or the whole infusion or course."""
Action = Literal["warn", "reduce", "omit", "hold", "delay", "decide", "stop", "avoid"]
"""What a dose change does, from the weakest to the strongest. `hold` and `stop` are about the drug, `delay` about the cycle."""


@dataclass(frozen=True)
class PublishedDose:
    """A dose as published: 85 mg/m2 a dose, 2400 mg/m2 in total, 0.12 mg/kg a day."""

    value: Decimal
    unit: str
    per: Per = "dose"
    times_per_day: int = 1


@dataclass(frozen=True)
class DoseChoice:
    """Another published dose of the same part, which a person has to choose by its id."""

    id: str
    title: str
    dose: PublishedDose
    drug: str = ""
    """Another form of the drug, where the choice is one of form (levoleucovorin for leucovorin)."""
    days: tuple[int, ...] = ()
    cycle_days: int | None = None
    loading: PublishedDose | None = None
    status: Status = "unverified"


@dataclass(frozen=True)
class RegimenPart:
    """One drug of a regimen by one route. `days` is empty when it is given every day of the cycle.

    `must_choose`: sources disagree, so no dose stands until one of `choices` is chosen.
    """

    id: str
    drug: str
    dose: PublishedDose
    route: str
    days: tuple[int, ...] = ()
    days_text: str = ""
    duration: str = ""
    hours: Decimal | None = None
    """Hours of one infusion, where one number is published."""
    nominal_days: int | None = None
    """Days over which a total is ordered per day."""
    evening_start: bool = False
    """The first dose is that of the evening of the first day, the last that of the morning after the last day."""
    fractions: int | None = None
    loading: PublishedDose | None = None
    later: PublishedDose | None = None
    """The dose from day `later_from` on."""
    later_from: int | None = None
    by_weight: tuple[tuple[Decimal | None, PublishedDose], ...] = ()
    """Doses below each body weight in kg; the last has no limit."""
    choices: tuple[DoseChoice, ...] = ()
    must_choose: bool = False
    status: Status = "unverified"
    note: str = ""


@dataclass(frozen=True)
class Regimen:
    """The drugs of one cycle as published. Id and version drive a dose, never the name."""

    id: str
    version: int
    title: str
    parts: tuple[RegimenPart, ...]
    cycle_days: int | None
    aliases: tuple[str, ...] = ()
    uses: Mapping[str, str] = field(default_factory=dict)
    """By setting, how long it is given."""
    uses_status: Status = "unverified"
    emetogenicity: str = ""
    emetogenicity_status: Status = "unverified"
    day1: tuple[str, ...] = ()
    """Ids of the dose changes that are its day-1 thresholds."""
    earlier: Mapping[str, str] = field(default_factory=dict)
    """Earlier versions, and what has changed since."""
    replaced_by: str = ""
    jurisdictions: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    status: Status = "unverified"
    notes: tuple[str, ...] = ()
    reviewed: str = ""
    review_due: str = ""
    signed_off_by: str | None = None


@dataclass(frozen=True)
class SequenceStep:
    """One step of a treatment sequence: what happens, by which regimens, for how many cycles, and the weeks that follow."""

    title: str
    kind: Literal["regimen", "radiation", "surgery", "restaging", "choice"]
    regimens: tuple[str, ...] = ()
    cycles: Mapping[str, int] = field(default_factory=dict)
    gap_weeks: tuple[int, int] | None = None
    """Weeks between the end of the step before and this one, at least and at most."""
    note: str = ""


@dataclass(frozen=True)
class Sequence:
    """A course in several steps: total neoadjuvant therapy, selective chemoradiation."""

    id: str
    version: int
    title: str
    steps: tuple[SequenceStep, ...]
    evidence: tuple[Evidence, ...]
    status: Status
    notes: tuple[str, ...] = ()
    reviewed: str = ""
    review_due: str = ""
    signed_off_by: str | None = None


@dataclass(frozen=True)
class DrugStatement:
    """One thing that is said of a drug: its topic, the text in our own words, where it holds and what it rests on."""

    topic: str
    text: str
    evidence: tuple[Evidence, ...]
    jurisdictions: tuple[str, ...] = ()


@dataclass(frozen=True)
class DoseLadder:
    """Published dose levels, highest first, for parts that start at the first of them. Below the last there is none."""

    steps: tuple[Decimal, ...]
    unit: str
    evidence: tuple[Evidence, ...]
    parts: tuple[str, ...] = ()
    """Ids of the regimen parts it is for; empty for any part of the drug."""
    below: str = ""
    """What the label names below the last step, given another number of times a day: a person decides on it."""


@dataclass(frozen=True)
class Premedication:
    """What has to be given before or with a drug; any one of `any_of` does."""

    id: str
    text: str
    any_of: tuple[str, ...]
    when: Literal["every", "first"]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Drug:
    """A drug: what it is, its strengths, dose levels, what goes before it, and statements by topic."""

    id: str
    title: str
    kind: Literal["cytotoxic", "antibody", "targeted", "immunotherapy", "modulator", "radiation"]
    components: tuple[str, ...] = ()
    """The components (classes) of the plan to which it belongs."""
    atc: str = ""
    routes: tuple[str, ...] = ()
    strengths: tuple[Decimal, ...] = ()
    """Milligrams of one tablet, or of one vial."""
    form: str = ""
    concentration: Decimal | None = None
    """mg/mL of the solution in the vial."""
    ladders: tuple[DoseLadder, ...] = ()
    premedication: tuple[Premedication, ...] = ()
    raises_again: bool = True
    """False when the label forbids raising a reduced dose."""
    statements: tuple[DrugStatement, ...] = ()


@dataclass(frozen=True)
class DoseChange:
    """A situation and what it does to the dose of drugs. `to`, `fraction`, `levels` say how far, one of them at most.

    `needs`: while `when` is unknown, the drug has no dose. `unasked` names facts that nobody is asked for: while one of them
    would settle `when`, the dose is not withheld. `settles` names safety entries whose words this puts in numbers.
    With `resume_fraction`, the dose after a hold.
    """

    id: str
    title: str
    topic: str
    drugs: tuple[str, ...]
    """Drugs or components; `*` for every drug of the regimen."""
    when: Criterion
    action: Action
    text: str
    evidence: tuple[Evidence, ...]
    parts: tuple[str, ...] = ()
    regimens: tuple[str, ...] = ()
    """Globs over regimen ids; empty for all."""
    to: PublishedDose | None = None
    fraction: Decimal | None = None
    levels: int | None = None
    needs: bool = True
    unasked: tuple[str, ...] = ()
    keeps: bool = False
    """The dose may not be raised again in later cycles."""
    settles: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    """Empty: everywhere."""
    reviewed: str = ""
    review_due: str = ""
    signed_off_by: str | None = None
    notes: str = ""


@dataclass(frozen=True)
class TabletRow:
    """One line of a label's tablet table: body surface area in m2 (both ends included), the dose in mg, tablets by strength."""

    low: Decimal
    high: Decimal
    dose: Decimal
    tablets: Mapping[str, int]
    status: Status


@dataclass(frozen=True)
class TabletTable:
    """A label's table from body surface area to tablets, for one published dose."""

    id: str
    title: str
    drug: str
    dose: PublishedDose
    rows: tuple[TabletRow, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class BandTable:
    """Dose bands. Without published limits the boundary between two bands is their geometric mean."""

    id: str
    title: str
    drugs: tuple[str, ...]
    unit: str
    bands: tuple[Decimal, ...]
    lower_limits: tuple[Decimal, ...] = ()
    """The published lower limit of each band; empty when none is published."""
    upper_limit: Decimal | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Pump:
    """A pump: implanted into the liver's artery, or an elastomeric or electronic one for a vein."""

    id: str
    title: str
    kind: Literal["hepatic", "infusion"]
    volume: Decimal
    """mL."""
    flows: tuple[Decimal, ...]
    """mL/d of a hepatic pump, mL/h of an infusion pump; read the one on the pump's own card."""
    hours: Decimal | None = None
    fill_volume: Decimal | None = None
    """mL to prepare, overfill included."""
    admixture: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A choice about arithmetic that a site may make otherwise: which formula, how to round, how reductions combine."""

    id: str
    title: str
    value: str
    choices: tuple[str, ...]
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class LadderBand:
    """From `at_least` times the reference on: the percentage of the last dose; None means hold."""

    at_least: Decimal
    percent: int | None


@dataclass(frozen=True)
class LiverLadder:
    """Liver tests and pump chemotherapy: by reference value, the share of the last dose. Shipped disabled."""

    id: str
    title: str
    test: str
    unit: str
    enabled: bool
    reference_at_most: Decimal | None
    """This table holds for references up to here; None for higher ones."""
    bands: tuple[LadderBand, ...]
    restart: str
    evidence: tuple[Evidence, ...]
    enabled_by: tuple[str, ...] = ()
    """The two clinicians who confirmed it against the site's protocol."""


@dataclass(frozen=True)
class ToxicityRate:
    """How often one trial saw one event with one regimen, as reported; never merged over trials."""

    id: str
    regimen: str
    arm: str
    trial: str
    n: int | None
    event: str
    grade: str
    grading: str
    percent: str
    number: Decimal | None
    status: Status
    source: str
    note: str = ""


@dataclass(frozen=True)
class ToxicityStudy:
    """What the arms of a `trial` of toxicity rates are to each other. `randomized`: people were assigned by chance to
    the regimens or doses that its rates compare."""

    id: str
    trial: str
    design: Literal["trial", "pooled trials", "meta-analysis", "label"]
    randomized: bool
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class EventName:
    """One event, and the words by which trials report it."""

    id: str
    title: str
    words: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class RemovedTerm:
    """A term that a version of CTCAE no longer holds, and the term that took its place, where that was read."""

    id: str
    term: str
    version: str
    replaced_by: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Grade:
    """One grade of a scale in words, and the criterion that holds when the values reach this grade or a worse one."""

    grade: int
    text: str
    when: Criterion | None = None


@dataclass(frozen=True)
class GradeScale:
    """How one version of CTCAE grades one term."""

    id: str
    term: str
    version: str
    grades: tuple[Grade, ...]
    evidence: tuple[Evidence, ...]
    fact: str = ""
    note: str = ""


@dataclass
class DosingShelves:
    """Everything known about giving drugs, by id, in file order."""

    regimens: dict[str, Regimen] = field(default_factory=dict)
    sequences: dict[str, Sequence] = field(default_factory=dict)
    drugs: dict[str, Drug] = field(default_factory=dict)
    dose_changes: dict[str, DoseChange] = field(default_factory=dict)
    tablet_tables: dict[str, TabletTable] = field(default_factory=dict)
    band_tables: dict[str, BandTable] = field(default_factory=dict)
    pumps: dict[str, Pump] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    liver_ladders: dict[str, LiverLadder] = field(default_factory=dict)
    toxicity_rates: dict[str, ToxicityRate] = field(default_factory=dict)
    toxicity_studies: dict[str, ToxicityStudy] = field(default_factory=dict)
    event_names: dict[str, EventName] = field(default_factory=dict)
    grade_scales: dict[str, GradeScale] = field(default_factory=dict)
    removed_terms: dict[str, RemovedTerm] = field(default_factory=dict)
