"""Order sheets of a case: two people for each, the team's reason on it, and marks where a stop forbids a drug."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from chemoplan.web.store.tables import order_sheets
from tests.web.test_case_page import EXAMPLES, make
from tests.web.visitors import Site, empty_site, post, token


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


@pytest.fixture
def clinician(site):
    return site.signed_in("clinician")


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


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


def excluded_case(client, **facts: str) -> str:
    """An example in which an option with regimens is excluded, for what is changed in it; its address."""
    text = (EXAMPLES / "13-first-cycle.yaml").read_text()
    for name, value in facts.items():
        text = re.sub(rf"^  {name}: .*$", f"  {name}: {value}", text, flags=re.MULTILINE)
    sent = post(client, "/cases/new", door="paste", pasted=text, label="Excluded")
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


def test_an_excluded_option_that_the_team_decided_on_is_ordered_with_its_reason_on_the_sheet(site, clinician):
    address = excluded_case(clinician, ecog="3")
    option, order = "adj-ox-3-6mo", f"{address}/order/mfolfox6"
    assert option in [item["id"] for item in clinician.get(f"{address}/plan.json").json()["excluded"]]
    assert clinician.get(order).status_code == 404
    unread = post(clinician, f"{address}/override/{option}", decision="accepted_risk", reason="Told and agreed.")
    assert unread.status_code == 422
    assert "The program says that this must not be done here" in unread.text
    assert "Tick that you have read why the program excludes it" in unread.text
    assert "Told and agreed." in unread.text
    agreed = {"decision": "accepted_risk", "reason": "Told and agreed.", "read": "yes"}
    post(clinician, f"{address}/override/{option}", **agreed)
    assert f'href="{order}"' in clinician.get(address).text
    page = clinician.get(order)
    assert "The program says excluded of adj-ox-3-6mo" in page.text
    assert "Told and agreed." in page.text
    sent = post(clinician, order, version="1", act="prepare", level="0")
    assert sent.status_code == 303, sent.text
    post(clinician, f"{address}/override/{option}", decision="declined", reason="No.")
    assert clinician.get(order).status_code == 404
    where = sent.headers["location"]
    pharmacist = site.signed_in("pharmacist")
    shown = words(pharmacist.get(where).text)
    assert "The program says excluded of adj-ox-3-6mo" in shown
    assert "Risk accepted by the team: Told and agreed. by Ana Rivera, MD" in shown
    assert post(pharmacist, f"{where}/verify", of=where, checked="yes").status_code == 303


def test_a_decision_of_the_team_does_not_make_an_order_that_the_rules_of_orders_refuse(site, clinician):
    address = excluded_case(clinician, neuropathy_grade="3")
    order = f"{address}/order/mfolfox6"
    agreed = {"decision": "accepted_risk", "reason": "Told and agreed.", "read": "yes"}
    post(clinician, f"{address}/override/adj-ox-3-6mo", **agreed)
    assert clinician.get(order).status_code == 200
    sent = post(clinician, order, version="1", act="prepare", level="0")
    assert sent.status_code == 422
    assert "The order cannot be prepared" in sent.text
    assert "The order is not complete: do not give" in sent.text
    assert sheet(site) is None


def test_a_pharmacist_works_an_order_out_and_does_not_prepare_it(site, clinician):
    address = make(clinician, "13-first-cycle.yaml")
    pharmacist = site.signed_in("pharmacist")
    place = f"{address}/order/mfolfox6"
    assert f'href="{place}"' in pharmacist.get(address).text
    page = pharmacist.get(place)
    assert page.status_code == 200 and "154.7" in page.text
    assert 'value="prepare"' in clinician.get(place).text and 'value="prepare"' not in page.text
    assert post(pharmacist, place, version="1", act="prepare", level="0").status_code == 403
    assert sheet(site) is None


def test_a_regimen_with_a_drug_that_a_stop_forbids_is_marked_on_the_card_and_on_its_order(site, clinician):
    address = make(clinician, "11-first-line-ras-mutated.fhir.json")
    seal = token(clinician.get(address).text)
    answers = {"csrf_token": seal, "version": "1", "fact.creatinine_clearance": "28", "fact.dpyd_activity_score": "2"}
    assert clinician.post(f"{address}/answers", data=answers).status_code == 303
    page = clinician.get(address).text
    marked = re.findall(rf'href="{address}/order/([\w-]+)">[^<]*</a> <span class="badge bad">', page)
    assert "capox-bevacizumab" in marked and "mfolfox6-bevacizumab" not in marked
    order = clinician.get(f"{address}/order/capox-bevacizumab").text
    assert "A drug of this regimen must not be given here" in order
    assert "A drug of this regimen" not in clinician.get(f"{address}/order/mfolfox6-bevacizumab").text
    assert "Order although" in order and "Order although height" not in order


def test_the_places_to_sign_are_not_drawn_as_signs_of_a_figure():
    templates = EXAMPLES.parent / "report/templates"
    signs = set(re.findall(r"\.(sign[\w-]*)", (templates / "figures.css").read_text(encoding="utf-8")))
    tables = set(re.findall(r'<table class="([\w -]+)"', (templates / "order.html.j2").read_text(encoding="utf-8")))
    assert signs and not {name for names in tables for name in names.split()} & signs
