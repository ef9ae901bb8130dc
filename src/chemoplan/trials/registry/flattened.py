"""Records in the flattened JSON form: one object a study, with `eligibility.raw_text`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from chemoplan.trials.record import Location, TrialRecord
from chemoplan.trials.registry.values import INVENTED, Node, content_hash, day, phases, study_id, word, years

__all__ = ["record_of", "years"]


def record_of(entry: Mapping[str, Any], source: str, retrieved: date | None) -> TrialRecord:
    """One record of the flattened form. Raises RecordRefused with the place of a value that does not fit."""
    node = Node(entry, "")
    who = node.at("eligibility")
    title = node.at("title").text()
    return TrialRecord(
        nct_id=study_id(node.at("nct_id")),
        title=title,
        eligibility=who.at("raw_text").text(),
        retrieved=retrieved,
        sha256=content_hash(entry),
        source=source,
        form="flattened",
        official_title=node.at("official_title").text(),
        status=word(node.at("status").text()),
        phases=phases(node.at("phase").text()),
        study_type=word(node.at("study_type").text()),
        conditions=node.at("conditions").texts(),
        interventions=node.at("interventions").texts(),
        keywords=node.at("keywords").texts(),
        sponsor=node.at("sponsor").text(),
        collaborators=node.at("collaborators").texts(),
        enrollment=node.at("enrollment_count").count(),
        start_date=node.at("start_date").text(),
        completion_date=node.at("completion_date").text(),
        updated=day(node.at("last_updated").text()),
        locations=tuple(Location(country=country) for country in node.at("locations").texts()),
        summary=node.at("summary").text(),
        url=node.at("source_url").text(),
        minimum_age=who.at("minimum_age").age(),
        maximum_age=who.at("maximum_age").age(),
        sex=word(who.at("sex").text()) or "ALL",
        healthy_volunteers=who.at("accepts_healthy_volunteers").flag(),
        invented=title.startswith(INVENTED),
    )
