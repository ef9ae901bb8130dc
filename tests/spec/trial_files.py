"""One invented study in each form of a registry record, for tests of the readers and of the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CRITERIA = "Inclusion Criteria:\n\n* Age >= 18 years\n* Adenocarcinoma of the rectum\n\nExclusion Criteria:\n\n* Prior pelvic radiotherapy"


def v2(nct_id: str = "NCT99000100", **changes: Any) -> dict[str, Any]:
    """The present form; `changes` takes `title`, `status`, `criteria`, `version`."""
    study: dict[str, Any] = {
        "protocolSection": {
            "identificationModule": {
                "nctId": nct_id,
                "briefTitle": changes.get("title", "Invented: chemoradiation"),
                "officialTitle": "An invented study of chemoradiation",
            },
            "statusModule": {
                "overallStatus": changes.get("status", "ACTIVE_NOT_RECRUITING"),
                "startDateStruct": {"date": "2024-03-01"},
                "completionDateStruct": {"date": "2029-03-31"},
                "lastUpdatePostDateStruct": {"date": "2026-10-05"},
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {"name": "Invented Hospital"},
                "collaborators": [{"name": "Invented Fund"}],
            },
            "descriptionModule": {"briefSummary": "Whether it helps."},
            "conditionsModule": {"conditions": ["Rectal Cancer"], "keywords": ["TNT"]},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE2", "PHASE3"],
                "enrollmentInfo": {"count": 120, "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "Capecitabine"}]},
            "eligibilityModule": {
                "eligibilityCriteria": changes.get("criteria", CRITERIA),
                "healthyVolunteers": False,
                "sex": "ALL",
                "minimumAge": "18 Years",
                "maximumAge": "80 Years",
            },
            "contactsLocationsModule": {
                "locations": [
                    {"facility": "Clinic", "city": "Ulm", "state": "BW", "country": "Germany", "status": "RECRUITING"}
                ]
            },
        }
    }
    if "version" in changes:
        study["derivedSection"] = {"miscInfoModule": {"versionHolder": changes["version"]}}
    return study


XML = """<?xml version="1.0" encoding="UTF-8"?>
<clinical_study>
  <required_header>
    <download_date>The registry processed this data on November 06, 2026</download_date>
    <url>https://registry.example/show/NCT99000100</url>
  </required_header>
  <id_info><org_study_id>X-1</org_study_id><nct_id>NCT99000100</nct_id></id_info>
  <brief_title>Invented: chemoradiation</brief_title>
  <official_title>An invented study of chemoradiation</official_title>
  <sponsors>
    <lead_sponsor><agency>Invented Hospital</agency></lead_sponsor>
    <collaborator><agency>Invented Fund</agency></collaborator>
  </sponsors>
  <brief_summary><textblock>
      Whether it
      helps.
    </textblock></brief_summary>
  <overall_status>Active, not recruiting</overall_status>
  <start_date>March 2024</start_date>
  <completion_date type="Anticipated">March 31, 2029</completion_date>
  <phase>Phase 2/Phase 3</phase>
  <study_type>Interventional</study_type>
  <enrollment type="Anticipated">120</enrollment>
  <condition>Rectal Cancer</condition>
  <intervention><intervention_type>Drug</intervention_type><intervention_name>Capecitabine</intervention_name></intervention>
  <eligibility>
    <criteria><textblock>
        Inclusion Criteria:

          -  Age &gt;= 18 years

          -  Adenocarcinoma of the
             rectum

        Exclusion Criteria:

          -  Prior pelvic radiotherapy
      </textblock></criteria>
    <gender>All</gender>
    <minimum_age>18 Years</minimum_age>
    <maximum_age>80 Years</maximum_age>
    <healthy_volunteers>No</healthy_volunteers>
  </eligibility>
  <location>
    <facility><name>Clinic</name>
      <address><city>Ulm</city><state>BW</state><country>Germany</country></address></facility>
    <status>Recruiting</status>
  </location>
  <last_update_posted type="Actual">October 5, 2026</last_update_posted>
  <keyword>TNT</keyword>
</clinical_study>
"""

AACT = {
    "studies.txt": (
        "nct_id|nlm_download_date_description|last_update_posted_date|start_date|completion_date|study_type|brief_title|"
        "official_title|overall_status|phase|enrollment\n"
        "NCT99000100||2026-10-05|2024-03-01|2029-03-31|INTERVENTIONAL|Invented: chemoradiation|An invented study of "
        "chemoradiation|ACTIVE_NOT_RECRUITING|PHASE2/PHASE3|120\n"
    ),
    "eligibilities.txt": (
        "id|nct_id|gender|minimum_age|maximum_age|healthy_volunteers|criteria\n"
        "1|NCT99000100|ALL|18 Years|80 Years|f|Inclusion Criteria:~* Age >= 18 years~* Adenocarcinoma of the rectum~Exclusion "
        "Criteria:~* Prior pelvic radiotherapy\n"
    ),
    "conditions.txt": "id|nct_id|name|downcase_name\n1|NCT99000100|Rectal Cancer|rectal cancer\n",
    "interventions.txt": "id|nct_id|intervention_type|name|description\n1|NCT99000100|DRUG|Capecitabine|\n",
    "keywords.txt": "id|nct_id|name|downcase_name\n1|NCT99000100|TNT|tnt\n",
    "sponsors.txt": (
        "id|nct_id|agency_class|lead_or_collaborator|name\n1|NCT99000100|OTHER|lead|Invented Hospital\n"
        "2|NCT99000100|OTHER|collaborator|Invented Fund\n"
    ),
    "facilities.txt": (
        "id|nct_id|status|name|city|state|zip|country\n1|NCT99000100|RECRUITING|Clinic|Ulm|BW|89073|Germany\n"
    ),
    "brief_summaries.txt": "id|nct_id|description\n1|NCT99000100|Whether it~helps.\n",
}

FLATTENED: dict[str, Any] = {
    "nct_id": "NCT99000100",
    "title": "Invented: chemoradiation",
    "phase": "Phase 2/Phase 3",
    "status": "Active, not recruiting",
    "study_type": "Interventional",
    "conditions": ["Rectal Cancer"],
    "interventions": ["Capecitabine"],
    "molecular_targets": None,
    "sponsor": "Invented Hospital",
    "collaborators": ["Invented Fund"],
    "enrollment_count": 120,
    "start_date": "2024-03-01",
    "completion_date": "2029-03-31",
    "locations": ["Germany"],
    "summary": "Whether it helps.",
    "source_url": "https://registry.example/study/NCT99000100",
    "eligibility": {
        "raw_text": CRITERIA,
        "minimum_age": "18 Years",
        "maximum_age": "80 Years",
        "sex": "All",
        "accepts_healthy_volunteers": False,
    },
}


def write_json(path: Path, data: Any) -> Path:
    """A JSON file."""
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def write_aact(folder: Path, **changed: str | None) -> Path:
    """A folder of AACT tables; `changed` replaces a table by its name, None leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in AACT.items():
        content = changed.get(name.removesuffix(".txt"), text)
        if content is not None:
            (folder / name).write_text(content, encoding="utf-8")
    return folder
