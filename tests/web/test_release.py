"""Releases: a named clinician gives a plan, nothing of other options is in it, and what the team decided goes along."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from sqlalchemy import select

from chemoplan.web.cases import case_store
from chemoplan.web.demo.invented import PASSWORD, PEOPLE, code_now
from chemoplan.web.pages.release import MOST_PEOPLE
from chemoplan.web.store.tables import accounts, audit_log, cases, one_time_codes, releases
from tests.web.test_case_page import EXAMPLES, make
from tests.web.visitors import Site, empty_site, post, token

EVENING = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
"""21:30 in New York, where it is still November 23."""
SCHEMA = EXAMPLES.parent / "report/schema/plan.schema.json"

WORDS = {
    "start": "the first Monday in May",
    "rhythm": "every two weeks",
    "place": "Room of the test",
    "note": "",
    "language": "en",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


@pytest.fixture
def clinician(site):
    return site.signed_in("clinician")


def send(client, address, act, **more):
    page = client.get(f"{address}/release").text
    return client.post(
        f"{address}/release", data={"csrf_token": token(page), "version": "1", "act": act, **WORDS, **more}
    )


def released(site):
    with site.database.read() as connection:
        return connection.execute(select(releases).order_by(releases.c.released_at)).all()


def test_the_preview_says_what_the_patient_then_reads_and_releases_nothing_itself(site, clinician):
    address = make(clinician)
    preview = send(clinician, address, "preview", options="tnt-lccrt-consol", patient=site.people["patient"])
    assert preview.status_code == 200
    assert "the first Monday in May" in preview.text
    assert released(site) == []
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', preview.text))
    sent = clinician.post(f"{address}/release", data={**fields, "act": "confirm", "sure": "yes"})
    assert sent.status_code == 303
    mine = site.signed_in("patient").get("/my/plan").text
    shown = re.search(r'<div class="preview"[^>]*>(.*?)</div>\s*<form', preview.text, re.DOTALL)
    assert shown
    assert words(shown[1]) in words(mine)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_snapshot_holds_nothing_of_other_options(site, clinician):
    address = make(clinician)
    plan = clinician.get(f"{address}/plan.json").json()
    send(clinician, address, "confirm", options="tnt-lccrt-consol", patient=site.people["patient"], sure="yes")
    (row,) = released(site)
    kept = json.dumps(row.plan)
    others = [item for key in ("options", "excluded") for item in plan[key] if item["id"] != "tnt-lccrt-consol"]
    assert others
    assert not [item["id"] for item in others if f'"{item["id"]}"' in kept or item["title"] in kept]
    assert (row.released_by_name, row.case_version) == ("Ana Rivera, MD", 1)
    assert date.fromisoformat(row.released_at.date().isoformat())


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"patient": "x"}, "form"),
        ({"options": "not-an-option"}, ""),
        ({"options": "tnt-lccrt-consol"}, "Choose an account"),
        (
            {"options": "tnt-lccrt-consol", "new_name": "New Person", "new_email": "pat@example-cancer.example"},
            "exists already",
        ),
    ],
)
def test_a_release_without_an_option_or_a_person_is_refused(site, clinician, more, told):
    address = make(clinician)
    sent = send(clinician, address, "confirm", sure="yes", **more)
    assert sent.status_code == 422
    assert told in sent.text
    assert released(site) == []
    assert "the first Monday in May" in sent.text


def test_without_the_tick_nothing_is_released(site, clinician):
    address = make(clinician)
    sent = send(clinician, address, "confirm", options="tnt-lccrt-consol", patient=site.people["patient"])
    assert sent.status_code == 422
    assert released(site) == []


def test_a_conditional_option_goes_out_only_with_a_decision_of_the_team(site, clinician):
    address = make(clinician, "05-missing-biomarkers.yaml")
    plan = clinician.get(f"{address}/plan.json").json()
    option = next(
        item["id"] for item in plan["options"] if item["verdict"] == "conditional" and item["kind"] == "treatment"
    )
    assert f'value="{option}"' not in clinician.get(f"{address}/release").text
    assert (
        send(clinician, address, "confirm", options=option, patient=site.people["patient"], sure="yes").status_code
        == 422
    )
    post(clinician, f"{address}/override/{option}", decision="accepted_risk", reason="No time to wait.")
    page = clinician.get(f"{address}/release").text
    assert "the program says conditional" in page
    assert (
        send(clinician, address, "confirm", options=option, patient=site.people["patient"], sure="yes").status_code
        == 303
    )
    assert len(released(site)) == 1


def test_a_decision_that_only_declines_lets_nothing_out(site, clinician):
    address = make(clinician, "05-missing-biomarkers.yaml")
    plan = clinician.get(f"{address}/plan.json").json()
    option = next(
        item["id"] for item in plan["options"] if item["verdict"] == "conditional" and item["kind"] == "treatment"
    )
    post(clinician, f"{address}/override/{option}", decision="declined", reason="No.")
    assert f'value="{option}"' not in clinician.get(f"{address}/release").text


def test_a_new_patient_gets_a_code_that_is_shown_once(site, clinician):
    address = make(clinician)
    sent = send(
        clinician,
        address,
        "confirm",
        options="tnt-lccrt-consol",
        sure="yes",
        patient="",
        new_name="New Person",
        new_email="new@example-cancer.example",
    )
    assert sent.status_code == 200
    (code,) = re.findall(r'class="reference">([^<]+)<', sent.text)
    assert code not in clinician.get(address).text
    with site.database.read() as connection:
        person = connection.execute(select(accounts).where(accounts.c.email == "new@example-cancer.example")).one()
        assert connection.execute(select(one_time_codes.c.account_id)).scalar_one() == person.id
        assert connection.execute(select(cases.c.patient_account_id)).scalar_one() == person.id
    visitor = site.visitor()
    assert post(visitor, "/sign-in/code", code=code).status_code == 303


def test_a_plan_is_taken_back_with_a_reason_and_the_patient_does_not_see_it_any_more(site, clinician):
    address = make(clinician)
    send(clinician, address, "confirm", options="tnt-lccrt-consol", patient=site.people["patient"], sure="yes")
    (row,) = released(site)
    place = f"{address}/releases/{row.id}/withdraw"
    assert post(clinician, place, reason="").status_code == 422
    assert post(clinician, place, reason="New result.").status_code == 303
    mine = site.signed_in("patient").get("/my/plan").text
    assert "the first Monday in May" not in mine
    assert "New result." not in mine
    assert "New result." in clinician.get(address).text


def test_a_newer_release_stands_instead_of_the_older_one(site, clinician):
    address = make(clinician)
    send(clinician, address, "confirm", options="tnt-lccrt-consol", patient=site.people["patient"], sure="yes")
    send(clinician, address, "confirm", options="tnt-scrt-consol", sure="yes")
    first, second = released(site)
    assert first.withdrawn_at is not None
    assert second.withdrawn_at is None


def test_a_case_that_changed_since_it_was_looked_at_is_not_released(site, clinician):
    address = make(clinician)
    page = clinician.get(address).text
    clinician.post(f"{address}/answers", data={"csrf_token": token(page), "version": "1", "fact.ugt1a1": "normal"})
    sent = send(clinician, address, "confirm", options="tnt-lccrt-consol", patient=site.people["patient"], sure="yes")
    assert sent.status_code == 422
    assert "version 2" in sent.text
    assert released(site) == []


def test_unreviewed_spanish_is_never_released_as_spanish(site, clinician):
    address = make(clinician)
    sent = send(
        clinician,
        address,
        "confirm",
        options="tnt-lccrt-consol",
        patient=site.people["patient"],
        sure="yes",
        language="es",
    )
    assert sent.status_code == 303
    (row,) = released(site)
    assert row.language == row.plan["language"] == "en"


def in_the_evening(site: Site, role: str):
    """A browser signed in by the clock of the site."""
    visitor = site.visitor()
    answer = post(visitor, "/sign-in", email=PEOPLE[role][1], password=PASSWORD)
    if answer.headers["location"].startswith("/sign-in/second"):
        code = code_now(site.database, site.people[role], EVENING)
        assert post(visitor, "/sign-in/second", code=code or "").status_code == 303
    return visitor


def test_in_the_evening_plan_home_and_paper_name_the_day_of_the_center(tmp_path):
    site = empty_site(tmp_path, now=EVENING)
    clinician = in_the_evening(site, "clinician")
    address = make(clinician)
    sent = send(clinician, address, "confirm", options="tnt-lccrt-consol", patient=site.people["patient"], sure="yes")
    assert sent.status_code == 303, sent.text
    patient = in_the_evening(site, "patient")
    places = [
        (patient, "/my"),
        (patient, "/my/plan"),
        (patient, "/my/documents"),
        (clinician, sent.headers["location"]),
    ]
    for client, place in places:
        page = words(client.get(place).text)
        assert "November 23, 2026" in page, place
        assert "November 24, 2026" not in page, place
    assert "2026-11-23" in clinician.get(f"{address}/note.txt").text
    if shutil.which("pdftotext"):
        (tmp_path / "plan.pdf").write_bytes(patient.get("/my/plan.pdf").content)
        made = subprocess.run(["pdftotext", tmp_path / "plan.pdf", "-"], capture_output=True, text=True, check=True)
        assert "November 23, 2026" in made.stdout
        assert "November 24, 2026" not in made.stdout


def test_what_is_stated_in_the_evening_bears_the_day_of_the_center(tmp_path):
    site = empty_site(tmp_path, now=EVENING)
    clinician = in_the_evening(site, "clinician")
    address = make(clinician)
    page = clinician.get(address).text
    clinician.post(f"{address}/answers", data={"csrf_token": token(page), "version": "1", "fact.ugt1a1": "normal"})
    assert "stated on the case page by Ana Rivera, MD, 2026-11-23" in clinician.get(f"{address}/facts").text
    assert "November 24, 2026" not in clinician.get(address).text


def decided(target: str, decision: str, *, withdrawn: bool = False):
    return SimpleNamespace(target=target, decision=decision, withdrawn_at=EVENING if withdrawn else None)


def test_of_each_target_the_newest_decision_that_nobody_withdrew_is_in_force():
    rows = [
        decided("a", "chosen"),
        decided("b", "declined"),
        decided("a", "declined"),
        decided("b", "accepted_risk", withdrawn=True),
    ]
    assert [(row.target, row.decision) for row in case_store.in_force(rows)] == [("b", "declined"), ("a", "declined")]


def test_a_later_no_of_the_team_ends_what_an_earlier_yes_let_out(clinician):
    address = make(clinician, "04-deficient-mismatch-repair.yaml")
    place, order = f"{address}/override/fp-free-local", f"{address}/order/scrt"

    def let_out() -> tuple[int, bool, bool]:
        listed = order in clinician.get(f"{address}/options/fp-free-local").text + clinician.get(address).text
        return (
            clinician.get(order).status_code,
            listed,
            'value="fp-free-local"' in clinician.get(f"{address}/release").text,
        )

    assert let_out() == (404, False, False)
    for decision, expected in (
        ("chosen", (200, True, True)),
        ("declined", (404, False, False)),
        ("accepted_risk", (200, True, True)),
        ("declined", (404, False, False)),
    ):
        post(clinician, place, decision=decision, reason=f"It is {decision} now.")
        assert let_out() == expected, decision


def many_people(site: Site, count: int) -> None:
    rows = [
        {
            "id": f"invented-{at}",
            "role": "patient",
            "name": f"Invented Person {at}",
            "email": f"p{at}@example-cancer.example",
            "language": "en",
            "active": True,
            "created_at": EVENING,
        }
        for at in range(count)
    ]
    with site.database.write() as connection:
        connection.execute(accounts.insert(), rows)


def choices(page: str) -> list[str]:
    found = re.search(r'<select[^>]* name="patient".*?</select>', page, re.DOTALL)
    assert found
    return [value for value in re.findall(r'<option value="([^"]*)"', found[0]) if value]


def test_few_patients_are_listed_and_many_are_looked_for_by_name(site, clinician):
    address = make(clinician)
    many_people(site, MOST_PEOPLE - 1)
    page = clinician.get(f"{address}/release").text
    assert len(choices(page)) == MOST_PEOPLE
    assert 'name="find"' not in page
    with site.database.write() as connection:
        connection.execute(accounts.update().where(accounts.c.id == "invented-0").values(id="invented-zero"))
        connection.execute(
            accounts.insert().values(
                id="last", role="patient", name="Kim Sought", email="kim@example-cancer.example", created_at=EVENING
            )
        )
    page = clinician.get(f"{address}/release").text
    assert choices(page) == []
    assert 'name="find"' in page
    found = send(clinician, address, "find", find="sought KIM", options="tnt-lccrt-consol")
    assert found.status_code == 200
    assert choices(found.text) == ["last"]
    assert "the first Monday in May" in found.text
    assert 'value="tnt-lccrt-consol" checked' in found.text
    assert choices(send(clinician, address, "find", find="%").text) == []
    assert released(site) == []
    preview = send(clinician, address, "preview", find="sought", options="tnt-lccrt-consol", patient="last")
    assert "What Kim Sought will see" in words(preview.text)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', preview.text))
    assert clinician.post(f"{address}/release", data={**fields, "act": "confirm", "sure": "yes"}).status_code == 303
    assert released(site)[0].patient_account_id == "last"
    with site.database.read() as connection:
        assert not [row for row in connection.execute(select(audit_log.c.detail)).scalars() if "Sought" in row]


def test_of_several_options_the_clinician_says_whether_they_are_choices_and_the_patient_reads_it(site, clinician):
    address = make(clinician)
    both = ["tnt-lccrt-consol", "tnt-scrt-consol"]
    unsaid = send(clinician, address, "preview", options=both, patient=site.people["patient"])
    assert unsaid.status_code == 422
    assert "Say whether the treatments that you ticked are choices or belong together" in unsaid.text
    told = send(clinician, address, "preview", options=both, several="one", patient=site.people["patient"])
    assert "You get one of them, not all." in told.text
    assert told.text.index("Choice 1: ") < told.text.index("Choice 2: ")
    unsure = send(clinician, address, "confirm", options=both, several="one", patient=site.people["patient"])
    assert unsure.status_code == 422 and "{name}" not in unsure.text
    done = send(clinician, address, "confirm", options=both, several="one", patient=site.people["patient"], sure="yes")
    assert done.status_code == 303
    assert "You get one of them, not all." in site.signed_in("patient").get("/my/plan").text


def test_a_plan_that_comes_out_in_english_although_spanish_was_asked_for_says_why_to_the_clinician(site, clinician):
    address = make(clinician)
    wanted = {"options": "tnt-lccrt-consol", "patient": site.people["patient"]}
    spanish = send(clinician, address, "preview", **{**wanted, "language": "es"})
    assert "Somebody has to sign every Spanish sentence of it first" in spanish.text
    assert "This plan will be in English" not in send(clinician, address, "preview", **wanted).text


def test_what_the_team_decided_leaves_with_every_file_of_the_plan(site, clinician):
    address = make(clinician)
    post(clinician, f"{address}/override/tnt-scrt-consol", decision="declined", reason="He lives too far away.")
    plan = clinician.get(f"{address}/plan.json").json()
    (decided,) = plan["decisions"]
    assert (decided["target"], decided["decision"], decided["by"]) == ("tnt-scrt-consol", "declined", "Ana Rivera, MD")
    jsonschema.validate(plan, json.loads(SCHEMA.read_text(encoding="utf-8")))
    bundle = clinician.get(f"{address}/plan.fhir.json").json()
    notes = [note["text"] for item in bundle["entry"] for note in item["resource"].get("note", ())]
    assert any(note.startswith("Decided by the team (declined)") and "too far away" in note for note in notes)
    assert "He lives too far away." in clinician.get(f"{address}/note.txt").text
    if shutil.which("pdftotext"):
        pdf = clinician.get(f"{address}/plan.pdf").content
        text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
        assert "Decided by the team" in text and "He lives too far away." in text
