"""The patient's own pages: what a clinician released and nothing else, to the person it is for and to nobody else."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from chemoplan.case import resolve
from chemoplan.intake.read import read_document
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.recommend import recommend
from chemoplan.report.patient import PatientPlanRefused
from chemoplan.web.cases.releasing import FIELDS, prepare
from chemoplan.web.demo.invented import PASSWORD, SECOND_PATIENT
from chemoplan.web.people.accounts import add_account
from chemoplan.web.store.tables import appointments, audit_log, cases, questions, releases, slots
from tests.web.test_visits import booked
from tests.web.visitors import empty_site, post

EXAMPLE = Path(__file__).parents[2] / "src/chemoplan/examples/02-standard-risk-mid-rectum.yaml"
NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
PAGES = ("/my", "/my/plan", "/my/plan.pdf", "/my/documents", "/my/documents/questions", "/my/documents/none.pdf")


@cache
def _plan():
    knowledge = load_knowledge()
    return recommend(resolve(read_document(EXAMPLE), knowledge), knowledge)


def _prepared(*chosen, **fields):
    return prepare(_plan(), chosen or ["nac-selective-crt"], fields, by="Ana Rivera, MD", on=date(2026, 11, 27))


@pytest.fixture
def site(tmp_path):
    return empty_site(tmp_path)


def _second(site):
    with site.database.write() as connection:
        return add_account(connection, "patient", *SECOND_PATIENT, PASSWORD, NOW)


def _release(site, *, to="patient", plan=None, at=NOW, withdrawn_at=None):
    plan = plan or _prepared()
    with site.database.write() as connection:
        case = connection.execute(
            insert(cases).values(
                label="CASE-CANARY", created_by=site.people["clinician"], created_at=NOW, changed_at=NOW,
                patient_account_id=site.people[to],
            )
        ).inserted_primary_key[0]  # fmt: skip
        return connection.execute(
            insert(releases).values(
                case_id=case, patient_account_id=site.people[to], case_version=1, plan=plan, language=plan["language"], note="",
                released_by=site.people["clinician"], released_by_name="Ana Rivera, MD", released_at=at, withdrawn_at=withdrawn_at,
            )
        ).inserted_primary_key[0]  # fmt: skip


def test_a_patient_without_a_released_plan_is_told_so(site):
    visitor = site.signed_in("patient")
    assert "You have no plan yet." in visitor.get("/my").text
    assert "You have no plan yet." in visitor.get("/my/plan").text
    assert "There are no papers yet." in visitor.get("/my/documents").text
    assert visitor.get("/my/plan.pdf").status_code == 404


def test_a_case_alone_shows_the_patient_nothing(site):
    with site.database.write() as connection:
        connection.execute(
            insert(cases).values(
                label="CASE-CANARY", created_by=site.people["clinician"], created_at=NOW, changed_at=NOW,
                patient_account_id=site.people["patient"],
            )
        )  # fmt: skip
    visitor = site.signed_in("patient")
    for path in PAGES:
        assert "CANARY" not in visitor.get(path).text
    assert "You have no plan yet." in visitor.get("/my/plan").text


def test_a_released_plan_is_shown_with_who_gave_it_and_whom_to_call(site):
    _release(site)
    page = site.signed_in("patient").get("/my/plan").text
    for text in (
        "Chemo first, then surgery, with radiation only if it is needed", "Given to you by Ana Rivera, MD on November 27, 2026.",
        "Why this plan", "Who to call", "call-now", "911", "of 100 people", "Questions to ask",
    ):  # fmt: skip
        assert text in page, text


def test_a_released_plan_holds_nothing_of_the_options_that_were_not_chosen(site):
    _release(site, plan=_prepared("scrt-tme"))
    page = site.signed_in("patient").get("/my/plan").text
    assert "Short radiation, then surgery" in page
    assert "Chemo first" not in page
    assert "PROSPECT" not in page


@pytest.mark.parametrize("role", ["referrer", "navigator", "clinician", "pharmacist", "administrator"])
def test_no_other_role_opens_the_pages_of_a_patient(site, role):
    _release(site)
    visitor = site.signed_in(role)
    assert {visitor.get(path).status_code for path in PAGES} == {403}


def test_nobody_without_an_account_sees_a_plan(site):
    name = _release(site)
    for path in (*PAGES, f"/my/documents/{name}.pdf"):
        answer = site.visitor().get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


def test_another_patient_sees_nothing_of_it(site):
    name = _release(site)
    with site.database.write() as connection:
        add_account(connection, "patient", *SECOND_PATIENT, PASSWORD, NOW)
    visitor = site.visitor()
    assert post(visitor, "/sign-in", email=SECOND_PATIENT[1], password=PASSWORD).status_code == 303
    assert "You have no plan yet." in visitor.get("/my/plan").text
    assert visitor.get(f"/my/documents/{name}.pdf").status_code == 404
    assert visitor.get("/my/plan.pdf").status_code == 404


def test_a_withdrawn_plan_is_gone_and_the_patient_is_told(site):
    name = _release(site)
    visitor = site.signed_in("patient")
    assert "Chemo first" in visitor.get("/my/plan").text
    with site.database.write() as connection:
        connection.execute(update(releases).values(withdrawn_at=NOW, withdrawn_by="x", withdrawn_reason="changed"))
    for path in ("/my", "/my/plan"):
        page = visitor.get(path).text
        assert "took back an earlier plan on November 27, 2026" in page
        assert "Chemo first" not in page
    assert visitor.get("/my/plan.pdf").status_code == 404
    assert visitor.get(f"/my/documents/{name}.pdf").status_code == 404


def test_the_newest_plan_is_the_plan_and_older_ones_stay_in_the_papers(site):
    old = _release(site, plan=_prepared("scrt-tme"), at=NOW - timedelta(days=30))
    _release(site)
    visitor = site.signed_in("patient")
    assert "Chemo first" in visitor.get("/my/plan").text
    papers = visitor.get("/my/documents").text
    assert papers.index("your plan now") < papers.index("an older plan")
    assert visitor.get(f"/my/documents/{old}.pdf").content.startswith(b"%PDF")


def test_the_papers_lead_to_the_files_of_visits_to_come_and_to_nobody_elses(site):
    coming, over = booked(site, site.people["patient"]), booked(site, site.people["patient"], place=1)
    other = booked(site, _second(site), place=2)
    with site.database.write() as connection:
        slot = select(appointments.c.slot_id).where(appointments.c.id == over.id).scalar_subquery()
        gone = datetime.now(UTC) - timedelta(days=2)
        connection.execute(update(slots).where(slots.c.id == slot).values(starts_at=gone, ends_at=gone))
    visitor = site.signed_in("patient")
    papers = visitor.get("/my/documents").text
    address = f"/my/visits/{coming.id}/calendar"
    assert address in papers
    assert visitor.get(address).text.startswith("BEGIN:VCALENDAR")
    assert over.id not in papers
    assert other.id not in papers


def test_sent_questions_are_on_a_page_to_print_with_their_answers_and_drafts_are_not(site):
    me = site.people["patient"]
    for who, text, at in [
        (me, "Will I lose my hair?", NOW),
        (me, "Not sent yet", None),
        (_second(site), "Of another", NOW),
    ]:
        with site.database.write() as connection:
            connection.execute(
                insert(questions).values(
                    account_id=who, text=text, position=0, created_at=NOW, sent_at=at, addressed_at=at,
                    addressed_by=site.people["navigator"] if at else None, answer="Most people do not." if at else None,
                )
            )  # fmt: skip
    visitor = site.signed_in("patient")
    assert "/my/documents/questions" in visitor.get("/my/documents").text
    page = visitor.get("/my/documents/questions").text
    assert "Will I lose my hair?" in page and "Most people do not." in page
    assert "Not sent yet" not in page and "Of another" not in page


def test_the_pdf_is_a_pdf_whose_name_tells_nothing_about_the_person(site):
    _release(site)
    answer = site.signed_in("patient").get("/my/plan.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="treatment-plan.pdf"'
    assert answer.content.startswith(b"%PDF")
    assert b"Pat Example" not in answer.content


def test_without_the_printing_engine_the_patient_is_led_to_the_page(site, monkeypatch):
    _release(site)
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    answer = site.signed_in("patient").get("/my/plan.pdf")
    assert answer.status_code == 503
    assert "Open your plan and print the page." in answer.text


def test_every_view_of_a_plan_is_in_the_audit_log(site):
    name = _release(site)
    visitor = site.signed_in("patient")
    visitor.get("/my/plan")
    visitor.get("/my/plan.pdf")
    with site.database.read() as connection:
        rows = connection.execute(audit_log.select().where(audit_log.c.subject == name)).all()
    assert [row.action for row in rows] == ["viewed", "viewed"]
    assert {row.actor for row in rows} == {site.people["patient"]}


def test_the_spanish_page_of_an_english_plan_says_so_and_offers_help(site):
    _release(site, plan=_prepared(language="es"))
    page = site.signed_in("patient").get("/es/my/plan").text
    assert "Este plan está en inglés" in page
    assert 'lang="en"' in page
    assert "Chemo first" in page


def test_a_signed_spanish_plan_is_shown_in_spanish(site):
    plan = prepare(
        _plan(), ["nac-selective-crt"], {"language": "es"}, by="Ana Rivera, MD", on=date(2026, 11, 27),
        reviewed=lambda text, language: True,
    )  # fmt: skip
    _release(site, plan=plan)
    page = site.signed_in("patient").get("/es/my/plan").text
    assert "Primero quimio, luego cirugía" in page
    assert "27 de noviembre de 2026" in page
    assert "Este plan está en inglés" not in page


def test_what_the_clinician_typed_stands_in_the_plan_as_it_was_typed(site):
    _release(site, plan=_prepared(start="Monday, December 7", place="<Main> building", note="Bring a friend."))
    page = site.signed_in("patient").get("/my/plan").text
    assert "Monday, December 7" in page
    assert "&lt;Main&gt; building" in page
    assert "Bring a friend." in page
    assert "Your team will tell you." in page, "the rhythm was left open"


def test_prepare_refuses_an_option_that_the_plan_does_not_offer():
    with pytest.raises(PatientPlanRefused, match="not an option that this plan offers"):
        _prepared("aspirin-160-3y")


def test_the_fields_of_a_release_are_what_prepare_reads():
    assert {field.name for field in FIELDS} == {"start", "rhythm", "place", "note", "language"}


@pytest.mark.parametrize("path", ["/my", "/my/plan", "/my/documents", "/my/documents/questions"])
def test_pages_are_there_in_spanish_and_open_one_heading_of_the_first_level(site, path):
    _release(site)
    visitor = site.signed_in("patient")
    for before in ("", "/es"):
        page = visitor.get(before + path)
        assert page.status_code == 200
        assert page.text.count("<h1") == 1
        assert f'<html lang="{"es" if before else "en"}"' in page.text
