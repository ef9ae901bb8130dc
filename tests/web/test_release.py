"""Order sheets and releases: two people for an order, a named clinician for a plan, and nothing of other options in it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from chemoplan.web.store.tables import accounts, cases, one_time_codes, order_sheets, releases
from tests.web.test_case_page import make
from tests.web.visitors import Site, empty_site, post, token

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


def sheet(site):
    with site.database.read() as connection:
        return connection.execute(select(order_sheets)).one_or_none()


def test_an_order_is_prepared_by_a_clinician_and_verified_by_a_pharmacist(site, clinician):
    address = make(clinician, "13-first-cycle.yaml")
    place = re.findall(rf'href="({address}/order/[^"]+)"', clinician.get(address).text)[0]
    assert post(clinician, place, version="1", act="prepare", level="0").status_code == 303
    made = sheet(site)
    assert made is not None
    assert all(row["agrees"] for row in made.order["double_check"])
    where = f"{address}/orders/{made.id}"
    assert post(clinician, f"{where}/verify", of=where, checked="yes").status_code == 403
    pharmacist = site.signed_in("pharmacist")
    assert post(pharmacist, f"{where}/verify", of=where).status_code == 422
    assert sheet(site).verified_at is None
    assert post(pharmacist, f"{where}/verify", of=where, checked="yes").status_code == 303
    assert sheet(site).verified_by == site.people["pharmacist"] != sheet(site).prepared_by
    assert "Phil Pharmacist" in clinician.get(where).text


def test_an_order_of_a_case_that_changed_is_not_verified(site, clinician):
    address = make(clinician, "13-first-cycle.yaml")
    page = clinician.get(address).text
    place = re.findall(rf'href="({address}/order/[^"]+)"', page)[0]
    post(clinician, place, version="1", act="prepare", level="0")
    clinician.post(f"{address}/answers", data={"csrf_token": token(page), "version": "1", "fact.weight": "70"})
    where = f"{address}/orders/{sheet(site).id}"
    refused = post(site.signed_in("pharmacist"), f"{where}/verify", of=where, checked="yes")
    assert refused.status_code == 422
    assert "prepare it again" in refused.text
    assert sheet(site).verified_at is None


def test_an_order_that_is_not_complete_is_not_prepared(site, clinician):
    address = make(clinician)
    place = f"{address}/order/mfolfox6"
    sent = post(clinician, place, version="1", act="prepare", level="0")
    if sent.status_code == 303:
        pytest.skip("the example gives every fact that the order needs")
    assert sent.status_code == 422
    assert "not complete" in sent.text
    assert sheet(site) is None


def test_a_regimen_of_no_offered_option_cannot_be_ordered(clinician):
    address = make(clinician)
    assert clinician.get(f"{address}/order/folfiri").status_code == 404
    assert clinician.get(f"{address}/order/no-such-regimen").status_code == 404
