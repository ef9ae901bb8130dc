"""Records in the registry's former form: XML, one `<clinical_study>` a study."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from datetime import date

from chemoplan.trials.record import Location, RecordRefused, TrialRecord
from chemoplan.trials.registry.values import INVENTED, Node, day, day_within, phases, study_id, word
from chemoplan.trials.registry.wrapped import unwrapped

STUDY = "clinical_study"


def studies_of(raw: bytes) -> list[ET.Element]:
    """The studies of a document: its root, or the ones below it. Raises RecordRefused for XML that is none."""
    if b"<!ENTITY" in raw or b"<!DOCTYPE" in raw:
        raise RecordRefused(
            "declares entities, which no registry record does; expected plain <clinical_study> elements"
        )
    try:
        root = ET.fromstring(raw)  # noqa: S314 - declared entities were refused above
    except (ET.ParseError, LookupError, ValueError) as fault:  # an unknown encoding is no ParseError
        raise RecordRefused(f"is no whole XML ({fault}); expected <clinical_study> elements") from None
    found = [root] if root.tag == STUDY else list(root.iter(STUDY))
    if not found:
        raise RecordRefused(f"holds <{root.tag}> and no <{STUDY}>")
    return found


def record_of(study: ET.Element, source: str, retrieved: date | None) -> TrialRecord:
    """One study. The day of its download is that of its header; `retrieved` serves where it has none.

    The eligibility text comes without the line breaks of this form (see `wrapped`). Raises RecordRefused.
    """
    title = _text(study, "brief_title").text()
    nct_id = study_id(_text(study, "id_info/nct_id"))
    return TrialRecord(
        nct_id=nct_id,
        title=title,
        eligibility=unwrapped(study.findtext("eligibility/criteria/textblock") or ""),
        retrieved=day_within(_text(study, "required_header/download_date").text()) or retrieved,
        sha256=_hash(study),
        source=source,
        form="legacy XML",
        official_title=_text(study, "official_title").text(),
        status=word(_text(study, "overall_status").text()),
        phases=phases(_text(study, "phase").text()),
        study_type=word(_text(study, "study_type").text()),
        conditions=_texts(study, "condition"),
        interventions=_texts(study, "intervention/intervention_name"),
        keywords=_texts(study, "keyword"),
        sponsor=_text(study, "sponsors/lead_sponsor/agency").text(),
        collaborators=_texts(study, "sponsors/collaborator/agency"),
        enrollment=_text(study, "enrollment").count(),
        start_date=_text(study, "start_date").text(),
        completion_date=_text(study, "completion_date").text(),
        updated=day(_text(study, "last_update_posted").text()) or day(_text(study, "lastchanged_date").text()),
        locations=_locations(study),
        summary=" ".join(_text(study, "brief_summary/textblock").text().split()),
        url=_text(study, "required_header/url").text(),
        minimum_age=_text(study, "eligibility/minimum_age").age(),
        maximum_age=_text(study, "eligibility/maximum_age").age(),
        sex=word(_text(study, "eligibility/gender").text()) or "ALL",
        healthy_volunteers=_text(study, "eligibility/healthy_volunteers").flag(),
        invented=title.startswith(INVENTED),
    )


def _text(element: ET.Element, path: str) -> Node:
    return Node((element.findtext(path) or "").strip(), path.replace("/", "."))


def _texts(element: ET.Element, path: str) -> tuple[str, ...]:
    return tuple(text for item in element.iterfind(path) if (text := (item.text or "").strip()))


def _locations(study: ET.Element) -> tuple[Location, ...]:
    found = tuple(
        Location(
            facility=_text(item, "facility/name").text(),
            city=_text(item, "facility/address/city").text(),
            state=_text(item, "facility/address/state").text(),
            country=_text(item, "facility/address/country").text(),
            status=word(_text(item, "status").text()),
        )
        for item in study.iterfind("location")
    )
    return found or tuple(Location(country=name) for name in _texts(study, "location_countries/country"))


def _hash(study: ET.Element) -> str:
    """Over the study without its header, which changes with every download."""
    bare = ET.Element(study.tag, study.attrib)
    bare.extend(child for child in study if child.tag != "required_header")
    text = ET.canonicalize(ET.tostring(bare, encoding="unicode"), strip_text=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
