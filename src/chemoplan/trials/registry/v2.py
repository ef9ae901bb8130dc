"""Records in the registry's present form: JSON with a `protocolSection`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from chemoplan.trials.record import Location, TrialRecord
from chemoplan.trials.registry.values import INVENTED, Node, content_hash, day, page_of, phase, study_id, word


def record_of(entry: Mapping[str, Any], source: str, retrieved: date | None) -> TrialRecord:
    """One study. Without `retrieved`, the record is as old as the registry's own data of that download say (`versionHolder`).

    Raises RecordRefused with the place of a value that does not fit.
    """
    study = Node(entry, "")
    part = study.at("protocolSection")
    names, status, design = part.at("identificationModule"), part.at("statusModule"), part.at("designModule")
    sponsors, conditions = part.at("sponsorCollaboratorsModule"), part.at("conditionsModule")
    who = part.at("eligibilityModule")
    title = names.at("briefTitle").text()
    nct_id = study_id(names.at("nctId"))
    return TrialRecord(
        nct_id=nct_id,
        title=title,
        eligibility=who.at("eligibilityCriteria").text(),
        retrieved=retrieved or day(study.at("derivedSection", "miscInfoModule", "versionHolder").text()),
        sha256=content_hash({name: value for name, value in entry.items() if name != "derivedSection"}),
        source=source,
        form="registry v2",
        official_title=names.at("officialTitle").text(),
        status=word(status.at("overallStatus").text()),
        phases=tuple(phase(item) for item in design.at("phases").texts()),
        study_type=word(design.at("studyType").text()),
        conditions=conditions.at("conditions").texts(),
        interventions=tuple(
            item.at("name").text() for item in part.at("armsInterventionsModule", "interventions").items()
        ),
        keywords=conditions.at("keywords").texts(),
        sponsor=sponsors.at("leadSponsor", "name").text(),
        collaborators=tuple(item.at("name").text() for item in sponsors.at("collaborators").items()),
        enrollment=design.at("enrollmentInfo", "count").count(),
        start_date=status.at("startDateStruct", "date").text(),
        completion_date=status.at("completionDateStruct", "date").text(),
        updated=day(status.at("lastUpdatePostDateStruct", "date").text()),
        locations=tuple(_location(item) for item in part.at("contactsLocationsModule", "locations").items()),
        summary=part.at("descriptionModule", "briefSummary").text(),
        url=page_of(nct_id, title),
        minimum_age=who.at("minimumAge").age(),
        maximum_age=who.at("maximumAge").age(),
        sex=word(who.at("sex").text()) or "ALL",
        healthy_volunteers=who.at("healthyVolunteers").flag(),
        invented=title.startswith(INVENTED),
    )


def _location(item: Node) -> Location:
    return Location(
        facility=item.at("facility").text(),
        city=item.at("city").text(),
        state=item.at("state").text(),
        country=item.at("country").text(),
        status=word(item.at("status").text()),
    )
