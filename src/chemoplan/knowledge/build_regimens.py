"""From one YAML mapping to one typed entry about giving drugs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from chemoplan.knowledge.builder import Builder
from chemoplan.knowledge.regimens import (
    BandTable,
    DoseChange,
    DoseChoice,
    DoseLadder,
    Drug,
    DrugStatement,
    EventName,
    Grade,
    GradeScale,
    LadderBand,
    LiverLadder,
    Policy,
    Premedication,
    PublishedDose,
    Pump,
    Regimen,
    RegimenPart,
    RemovedTerm,
    Sequence,
    SequenceStep,
    TabletRow,
    TabletTable,
    ToxicityRate,
    ToxicityStudy,
)  # fmt: skip


def number(raw: Any) -> Decimal:
    """A number of a knowledge file, exactly as written. Raises ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"expected a number, found {raw!r}")
    try:
        value = Decimal(repr(raw) if isinstance(raw, float) else str(raw))
    except InvalidOperation:
        raise ValueError(f"expected a number, found {raw!r}") from None
    if not value.is_finite():
        raise ValueError(f"expected a finite number, found {raw!r}")
    return value


def _maybe(raw: Any) -> Decimal | None:
    return None if raw is None else number(raw)


def _dose(raw: Any) -> PublishedDose:
    return PublishedDose(number(raw["value"]), raw["unit"], raw.get("per", "dose"), int(raw.get("times_per_day", 1)))


def _maybe_dose(raw: Any) -> PublishedDose | None:
    return None if raw is None else _dose(raw)


def _days(raw: Any) -> tuple[int, ...]:
    """Days as a list, or as text such as 1-14."""
    if isinstance(raw, str):
        low, _, high = raw.partition("-")
        return tuple(range(int(low), int(high or low) + 1))
    return tuple(int(day) for day in raw or ())


def _choice(raw: dict[str, Any]) -> DoseChoice:
    return DoseChoice(
        id=raw["id"], title=raw["title"], dose=_dose(raw["dose"]), drug=raw.get("drug", ""), days=_days(raw.get("days")),
        cycle_days=raw.get("cycle_days"), loading=_maybe_dose(raw.get("loading")), status=raw["status"],
    )  # fmt: skip


def _part(raw: dict[str, Any]) -> RegimenPart:
    later = raw.get("later")
    return RegimenPart(
        id=raw.get("id", raw["drug"]), drug=raw["drug"], dose=_dose(raw["dose"]), route=raw["route"], days=_days(raw.get("days")),
        days_text=raw.get("days_text", ""), duration=raw.get("duration", ""), hours=_maybe(raw.get("hours")),
        nominal_days=raw.get("nominal_days"), evening_start=bool(raw.get("evening_start", False)), fractions=raw.get("fractions"),
        loading=_maybe_dose(raw.get("loading")),
        later=_maybe_dose(later), later_from=int(later["from_day"]) if later else None,
        by_weight=tuple((_maybe(row.get("below_kg")), _dose(row)) for row in raw.get("by_weight") or ()),
        choices=tuple(_choice(row) for row in raw.get("choices") or ()), must_choose=bool(raw.get("must_choose", False)),
        status=raw["status"], note=raw.get("note", ""),
    )  # fmt: skip


def _reviewed(b: Builder) -> dict[str, Any]:
    return {
        "reviewed": str(b.raw.get("reviewed") or b.defaults["reviewed"]),
        "review_due": str(b.raw.get("review_due") or b.defaults["review_due"]),
    }


def _regimen(b: Builder) -> Regimen:
    raw = b.raw
    return Regimen(
        id=b.label, version=int(raw["version"]), title=raw["title"], parts=tuple(_part(row) for row in raw["parts"]),
        cycle_days=raw.get("cycle_days"), aliases=b.texts("aliases"),
        uses={str(key): str(text) for key, text in (raw.get("uses") or {}).items()}, uses_status=raw.get("uses_status", "unverified"),
        emetogenicity=raw.get("emetogenicity", ""), emetogenicity_status=raw.get("emetogenicity_status", "unverified"),
        day1=b.texts("day1"), earlier={str(key): str(text) for key, text in (raw.get("earlier") or {}).items()},
        replaced_by=raw.get("replaced_by", ""), jurisdictions=b.texts("jurisdictions"), evidence=b.evidence(raw["evidence"]),
        status=raw["status"], notes=b.texts("notes"), signed_off_by=raw.get("signed_off_by") or b.defaults.get("signed_off_by"),
        **_reviewed(b),
    )  # fmt: skip


def _step(raw: dict[str, Any]) -> SequenceStep:
    gap = raw.get("gap_weeks")
    return SequenceStep(
        title=raw["title"], kind=raw["kind"], regimens=tuple(raw.get("regimens") or ()),
        cycles={str(key): int(value) for key, value in (raw.get("cycles") or {}).items()},
        gap_weeks=(int(gap[0]), int(gap[1])) if gap else None, note=raw.get("note", ""),
    )  # fmt: skip


def _sequence(b: Builder) -> Sequence:
    raw = b.raw
    return Sequence(
        id=b.label, version=int(raw["version"]), title=raw["title"], steps=tuple(_step(row) for row in raw["steps"]),
        evidence=b.evidence(raw["evidence"]), status=raw["status"], notes=b.texts("notes"),
        signed_off_by=raw.get("signed_off_by") or b.defaults.get("signed_off_by"), **_reviewed(b),
    )  # fmt: skip


def _drug(b: Builder) -> Drug:
    raw = b.raw
    return Drug(
        id=b.label, title=raw["title"], kind=raw["kind"], components=b.texts("components"), atc=raw.get("atc") or "",
        routes=b.texts("routes"), strengths=tuple(number(item) for item in raw.get("strengths") or ()), form=raw.get("form", ""),
        concentration=_maybe(raw.get("concentration")),
        ladders=tuple(
            DoseLadder(
                tuple(number(item) for item in row["steps"]), row["unit"], b.evidence(row["evidence"]), tuple(row.get("parts") or ()),
                row.get("below", ""),
            )
            for row in raw.get("ladders") or ()
        ),
        premedication=tuple(
            Premedication(row["id"], row["text"], tuple(row["any_of"]), row["when"], b.evidence(row["evidence"]))
            for row in raw.get("premedication") or ()
        ),
        raises_again=bool(raw.get("raises_again", True)),
        statements=tuple(
            DrugStatement(row["topic"], row["text"], b.evidence(row["evidence"]), tuple(row.get("jurisdictions") or ()))
            for row in raw.get("statements") or ()
        ),
    )  # fmt: skip


def _dose_change(b: Builder) -> DoseChange:
    raw = b.raw
    return DoseChange(
        id=b.label, title=raw["title"], topic=raw["topic"], drugs=b.texts("drugs"), when=b.criterion(raw["when"]), action=raw["action"],
        text=raw["text"], evidence=b.evidence(raw["evidence"]), parts=b.texts("parts"), regimens=b.texts("regimens"),
        to=_maybe_dose(raw.get("to")), fraction=_maybe(raw.get("fraction")), levels=raw.get("levels"), needs=bool(raw.get("needs", True)),
        unasked=b.texts("unasked"), keeps=bool(raw.get("keeps", False)), settles=b.texts("settles"), jurisdictions=b.texts("jurisdictions"),
        notes=raw.get("notes", ""), signed_off_by=raw.get("signed_off_by") or b.defaults.get("signed_off_by"), **_reviewed(b),
    )  # fmt: skip


def _tablets(b: Builder) -> TabletTable:
    rows = tuple(
        TabletRow(number(row["bsa"][0]), number(row["bsa"][1]), number(row["dose"]),
                  {str(k): int(v) for k, v in row["tablets"].items()}, row["status"])
        for row in b.raw["rows"]
    )  # fmt: skip
    return TabletTable(
        b.label, b.raw["title"], b.raw["drug"], _dose(b.raw["dose"]), rows, b.evidence(b.raw["evidence"])
    )


def _bands(b: Builder) -> BandTable:
    raw = b.raw
    return BandTable(
        id=b.label, title=raw["title"], drugs=b.texts("drugs"), unit=raw["unit"], bands=tuple(number(item) for item in raw["bands"]),
        lower_limits=tuple(number(item) for item in raw.get("lower_limits") or ()), upper_limit=_maybe(raw.get("upper_limit")),
        evidence=b.evidence(raw["evidence"]),
    )  # fmt: skip


def _pump(b: Builder) -> Pump:
    raw = b.raw
    return Pump(
        id=b.label, title=raw["title"], kind=raw["kind"], volume=number(raw["volume"]),
        flows=tuple(number(item) for item in raw.get("flows") or ()), hours=_maybe(raw.get("hours")),
        fill_volume=_maybe(raw.get("fill_volume")),
        admixture={str(key): str(value) for key, value in (raw.get("admixture") or {}).items()}, notes=b.texts("notes"),
        evidence=b.evidence(raw["evidence"]),
    )  # fmt: skip


def _policy(b: Builder) -> Policy:
    raw = b.raw
    return Policy(
        b.label, raw["title"], str(raw["value"]), b.texts("choices"), raw["text"], b.evidence(raw["evidence"])
    )


def _liver_ladder(b: Builder) -> LiverLadder:
    raw = b.raw
    bands = tuple(LadderBand(number(row["at_least"]), row.get("percent")) for row in raw["bands"])
    return LiverLadder(
        id=b.label, title=raw["title"], test=raw["test"], unit=raw["unit"], enabled=bool(raw["enabled"]),
        reference_at_most=_maybe(raw.get("reference_at_most")), bands=bands, restart=raw["restart"], evidence=b.evidence(raw["evidence"]),
        enabled_by=b.texts("enabled_by"),
    )  # fmt: skip


def _rate(b: Builder) -> ToxicityRate:
    raw = b.raw
    return ToxicityRate(
        id=b.label, regimen=raw.get("regimen") or "", arm=raw["arm"], trial=raw["trial"], n=raw.get("n"), event=raw["event"],
        grade=str(raw["grade"]), grading=raw["grading"], percent=str(raw["percent"]), number=_maybe(raw.get("number")),
        status=raw["status"], source=raw["source"], note=raw.get("note", ""),
    )  # fmt: skip


def _study(b: Builder) -> ToxicityStudy:
    raw = b.raw
    return ToxicityStudy(
        b.label, raw["trial"], raw["design"], bool(raw["randomized"]), raw["text"], b.evidence(raw["evidence"])
    )


def _event_name(b: Builder) -> EventName:
    return EventName(b.label, b.raw["title"], b.texts("words"), b.raw.get("note", ""))


def _removed_term(b: Builder) -> RemovedTerm:
    raw = b.raw
    return RemovedTerm(
        b.label, raw["term"], str(raw["version"]), raw.get("replaced_by", ""), b.evidence(raw["evidence"])
    )


def _scale(b: Builder) -> GradeScale:
    raw = b.raw
    grades = tuple(
        Grade(int(row["grade"]), row["text"], b.criterion(row["when"]) if "when" in row else None)
        for row in raw["grades"]
    )
    return GradeScale(
        b.label,
        raw["term"],
        str(raw["version"]),
        grades,
        b.evidence(raw["evidence"]),
        raw.get("fact", ""),
        raw.get("note", ""),
    )


DOSING: dict[str, Callable[[Builder], Any]] = {
    "regimens": _regimen,
    "sequences": _sequence,
    "drugs": _drug,
    "dose_changes": _dose_change,
    "tablet_tables": _tablets,
    "band_tables": _bands,
    "pumps": _pump,
    "policies": _policy,
    "liver_ladders": _liver_ladder,
    "toxicity_rates": _rate,
    "toxicity_studies": _study,
    "event_names": _event_name,
    "grade_scales": _scale,
    "removed_terms": _removed_term,
}
