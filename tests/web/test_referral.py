"""Referring a patient: a form that loses nothing, a code that opens the status, and steps that follow one another."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from chemoplan.web.center.file import load_center
from chemoplan.web.referrals import referral_fhir, referring
from chemoplan.web.referrals.referral_form import RECORDS, npi_problem
from chemoplan.web.referrals.referring import NEEDS_REASON, STEPS, StepRefused
from chemoplan.web.store.tables import drafts, inbox, referrals, uploads
from tests.web.visitors import SECRET, Site, empty_site, post, token

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "clinician_name": "Dana Sample, MD", "practice": "Sample Family Practice", "npi": "1234567893", "clinician_phone": "800-555-0123",
    "clinician_email": "dana@example-practice.example", "patient_name": "Alex Invented", "patient_born": "04/02/1961",
    "patient_phone": "800-555-0134", "patient_email": "", "patient_language": "es", "patient_other_language": "", "interpreter": "yes",
    "reason": "diagnosis", "urgency": "week", "question": "Chemotherapy first?", "proof": "proven", "stage": "cT3 cN1 cM0",
    "treated": "none", "notes": "", "consent": "yes", **{f"record_{name}": "have" for name in RECORDS}, "record_mri": "to_follow",
}  # fmt: skip
PDF = ("report.pdf", b"%PDF-1.7 invented", "application/pdf")
PROGRAM = ("tool.exe", b"MZ\x00\x01", "application/octet-stream")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


@pytest.fixture
def still(tmp_path: Path) -> Site:
    """A site whose clock stands still until a test moves it."""
    return empty_site(tmp_path, now=NOW)


def send(visitor: TestClient, *files: tuple[str, bytes, str], path: str = "/refer", **changes: Any) -> Any:
    data = {**ANSWERS, **changes, "csrf_token": token(visitor.get(path).text)}
    return visitor.post(path, data=data, files=[("files", file) for file in files])


def code_of(visitor: TestClient) -> str:
    found = re.search(r'id="code">([^<]+)<', visitor.get("/refer/sent").text)
    assert found
    return found[1]


def rows(site: Site, table: Any) -> list[Any]:
    with site.database.read() as connection:
        return list(connection.execute(select(table)).all())


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("1234567893", True),
        ("1245319599", True),
        ("123-456-7893", True),
        ("1234567890", False),
        ("2134567893", False),
        ("123456789", False),
        ("12345678930", False),
        ("0234567893", False),
        ("١٢٣٤٥٦٧٨٩٣", False),
        ("12345O7893", False),
    ],
)
def test_an_npi_is_ten_digits_with_a_check_digit_over_its_prefix(number: str, valid: bool) -> None:
    assert (npi_problem(number) is None) is valid


def test_a_referral_is_kept_with_its_files_and_lands_in_the_inbox(site: Site) -> None:
    visitor = site.visitor()
    answer = send(visitor, PDF)
    assert (answer.status_code, answer.headers["location"]) == (303, "/refer/sent")
    (row,) = rows(site, referrals)
    assert row.status == "requested" and row.answers["patient_born"] == "1961-04-02" and row.account_id is None
    (file,) = rows(site, uploads)
    assert (file.owner_kind, file.owner_id, file.content) == ("referral", row.id, PDF[1])
    (line,) = rows(site, inbox)
    assert (line.kind, line.subject_id, line.urgency, line.status) == ("referral", row.id, "soon", "new")


def test_the_code_is_shown_to_its_sender_and_kept_nowhere(site: Site) -> None:
    visitor = site.visitor()
    assert send(visitor).status_code == 303
    code = code_of(visitor)
    assert re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", code)
    stored = Path(str(site.database.url.database)).read_bytes()
    assert code.encode() not in stored and code.replace("-", "").encode() not in stored


def test_a_form_with_mistakes_comes_back_with_every_word_and_keeps_the_good_files(site: Site) -> None:
    visitor = site.visitor()
    answer = send(visitor, PDF, PROGRAM, npi="1234567890", consent="")
    assert answer.status_code == 422
    page = answer.text
    assert 'value="Alex Invented"' in page and "Chemotherapy first?" in page and 'value="1234567890"' in page
    assert "Take away report.pdf" in page, "the good file is kept"
    assert "<strong>tool.exe</strong>: We cannot take this kind of file" in page, (
        "the other one is named, with the reason"
    )
    assert 'href="#f-npi"' in page and 'href="#f-consent"' in page and not rows(site, referrals)
    again = send(visitor)
    assert again.status_code == 303, "the kept file need not be chosen again"
    (file,) = rows(site, uploads)
    assert file.owner_kind == "referral" and file.name == "report.pdf" and not rows(site, drafts)


def test_what_was_typed_waits_for_somebody_who_went_away_and_only_for_them(still: Site) -> None:
    visitor = still.visitor()
    send(visitor, consent="")
    assert 'value="Alex Invented"' in visitor.get("/refer").text
    assert "Alex Invented" not in still.visitor().get("/refer").text
    still.clock[0] = NOW + timedelta(hours=3)
    assert "Alex Invented" not in visitor.get("/refer").text


def test_a_kept_file_can_be_taken_away(site: Site) -> None:
    visitor = site.visitor()
    send(visitor, PDF, consent="")
    (file,) = rows(site, uploads)
    assert send(visitor, drop=file.id).status_code == 303
    assert not rows(site, uploads)


def test_another_visitor_cannot_take_files_from_a_draft(site: Site) -> None:
    send(site.visitor(), PDF, consent="")
    (file,) = rows(site, uploads)
    other = site.visitor()
    send(other, consent="")
    send(other, drop=file.id, consent="")
    assert len(rows(site, uploads)) == 1


def test_too_many_files_are_refused_and_nothing_is_sent(site: Site) -> None:
    visitor = site.visitor()
    send(visitor, *[(f"{number}.pdf", PDF[1], PDF[2]) for number in range(10)], consent="")
    answer = send(visitor, *[(f"more-{number}.pdf", PDF[1], PDF[2]) for number in range(3)])
    assert answer.status_code == 422 and "Too many files" in answer.text and not rows(site, referrals)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("patient_born", "02/30/1961", "Write a real date"),
        ("patient_born", "2027-01-01", "cannot be a birth date"),
        ("patient_born", "1880-01-01", "cannot be a birth date"),
        ("clinician_email", "nobody", "Write an email address"),
        ("record_ct", "", "Choose one"),
        ("urgency", "never", "Choose one of the answers"),
        ("patient_language", "other", "Write which language"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field(site: Site, field: str, value: str, said: str) -> None:
    answer = send(site.visitor(), **{field: value})
    assert answer.status_code == 422 and said in answer.text


def test_the_code_opens_the_status_and_the_status_names_no_patient(still: Site) -> None:
    sender = still.visitor()
    send(sender, PDF)
    code = code_of(sender)
    other = still.visitor()
    answer = post(other, "/refer/track", code=code.lower().replace("-", " "))
    assert (answer.status_code, answer.headers["location"]) == (303, "/refer/status")
    page = other.get("/refer/status").text
    assert "Sent" in page and "report.pdf" in page and "November 29, 2026, 10:00 am" in page, (
        "48 hours later, in local time"
    )
    assert "Alex" not in page and "1961" not in page


def test_a_wrong_code_opens_nothing_and_tells_nothing(site: Site) -> None:
    visitor = site.visitor()
    answer = post(visitor, "/refer/track", code="AAAAA-AAAAA")
    assert answer.status_code == 422 and "We know no referral with this code" in answer.text
    assert visitor.get("/refer/status").headers["location"] == "/refer/track"


def test_guessing_codes_is_slowed_down(site: Site) -> None:
    visitor = site.visitor()
    answers = [post(visitor, "/refer/track", code=f"AAAAA-{number:05}").status_code for number in range(21)]
    assert answers == [422] * 20 + [429]


@pytest.mark.parametrize("change", ["id", "time", "signature", "whole"])
def test_a_ticket_that_was_changed_opens_nothing(change: str) -> None:
    good = referring.ticket("an-id", SECRET, NOW)
    identity, until, signature = good.split(".")
    forged = {
        "id": f"other.{until}.{signature}", "time": f"{identity}.{int(until) + 9}.{signature}",
        "signature": f"{identity}.{until}.{'0' * 64}", "whole": "é..²",
    }  # fmt: skip
    assert referring.admitted(good, SECRET, NOW) == "an-id"
    assert referring.admitted(forged[change], SECRET, NOW) is None


def test_a_ticket_ends_by_itself_and_when_the_sender_leaves(still: Site) -> None:
    visitor = still.visitor()
    send(visitor)
    assert visitor.get("/refer/status").status_code == 200
    still.clock[0] = NOW + timedelta(minutes=31)
    assert visitor.get("/refer/status").status_code == 303
    still.clock[0] = NOW
    post(visitor, "/refer/status", do="leave")
    assert visitor.get("/refer/status").status_code == 303


def test_a_sender_can_add_files_and_write_and_both_go_to_the_inbox_again(site: Site) -> None:
    visitor = site.visitor()
    send(visitor)
    with site.database.write() as connection:
        connection.execute(inbox.update().values(status="done"))
    data = {"csrf_token": token(visitor.get("/refer/status").text), "do": "files"}
    answer = visitor.post("/refer/status", data=data, files=[("files", PDF)])
    assert answer.headers["location"] == "/refer/status?done=files"
    assert rows(site, inbox)[0].status == "new" and rows(site, uploads)[0].name == "report.pdf"
    assert post(visitor, "/refer/status", do="message", message="The MRI comes Monday.").status_code == 303
    page = visitor.get("/refer/status?done=message").text
    assert "The MRI comes Monday." in page and "Your message is with the team" in page
    assert post(visitor, "/refer/status", do="message", message="").status_code == 422


def test_a_bad_file_on_the_status_page_is_refused_by_name(site: Site) -> None:
    visitor = site.visitor()
    send(visitor)
    data = {"csrf_token": token(visitor.get("/refer/status").text), "do": "files"}
    answer = visitor.post("/refer/status", data=data, files=[("files", PROGRAM)])
    assert answer.status_code == 422 and "tool.exe" in answer.text and not rows(site, uploads)


def test_a_sender_can_call_a_referral_off_with_a_reason_and_then_it_is_over(site: Site) -> None:
    visitor = site.visitor()
    send(visitor)
    assert post(visitor, "/refer/status", do="cancel", reason="").status_code == 422
    assert post(visitor, "/refer/status", do="cancel", reason="The patient chose another place.").status_code == 303
    (row,) = rows(site, referrals)
    assert (row.status, row.task["status"], row.service_request["status"]) == ("cancelled", "cancelled", "revoked")
    assert "This referral is closed" in visitor.get("/refer/status").text
    assert post(visitor, "/refer/status", do="message", message="Hello?").status_code == 422


@pytest.mark.parametrize(("before", "after"), [(a, b) for a, b in product(STEPS, STEPS) if b not in STEPS[a]])
def test_a_step_that_the_table_does_not_name_is_refused_and_changes_nothing(
    site: Site, before: str, after: str
) -> None:
    with site.database.write() as connection:
        sent = referring.send(connection, {**ANSWERS, "patient_born": "1961-04-02"}, load_center(), SECRET, NOW)
        connection.execute(referrals.update().values(status=before))
    with pytest.raises(StepRefused), site.database.write() as connection:
        referring.move(connection, sent.id, after, NOW, by="team", reason="so")
    (row,) = rows(site, referrals)
    assert row.status == before and len(row.events) == 1


@pytest.mark.parametrize(("before", "after"), [(a, b) for a, found in STEPS.items() for b in found])
def test_a_step_that_the_table_names_is_taken_with_its_reason_alone(site: Site, before: str, after: str) -> None:
    with site.database.write() as connection:
        sent = referring.send(connection, {**ANSWERS, "patient_born": "1961-04-02"}, load_center(), SECRET, NOW)
        connection.execute(referrals.update().values(status=before))
    if after in NEEDS_REASON:
        with pytest.raises(StepRefused), site.database.write() as connection:
            referring.move(connection, sent.id, after, NOW, by="team", reason="  ")
    with site.database.write() as connection:
        referring.move(connection, sent.id, after, NOW, by="team", reason="because")
    (row,) = rows(site, referrals)
    assert (row.status, row.task["status"], row.events[-1]["state"]) == (after, after, after)
    assert row.task["statusReason"] == {"text": "because"}


def test_the_care_team_sees_the_whole_referral_and_moves_it_and_the_sender_reads_why(site: Site) -> None:
    sender = site.visitor()
    send(sender, PDF)
    (row,) = rows(site, referrals)
    navigator, address = site.signed_in("navigator"), f"/referrals/{row.id}"
    page = navigator.get(address).text
    assert "Alex Invented" in page and "1234567893" in page and "report.pdf" in page
    assert post(navigator, address, do="move", to="on-hold").status_code == 422, "why does it wait?"
    assert post(navigator, address, do="move", to="on-hold", missing="mri").status_code == 303
    (row,) = rows(site, referrals)
    assert row.task["statusReason"] == {"text": "records missing: mri"}
    assert post(navigator, address, do="reply", message="Please send the MRI.").status_code == 303
    shown = sender.get("/refer/status").text
    assert "We still need" in shown and "MRI of the pelvis" in shown and "Please send the MRI." in shown
    assert "Noor" not in shown, "the sender hears from the team, not from a person by name"
    assert post(navigator, address, do="move", to="completed").status_code == 422, "it cannot be done while it waits"


def test_a_file_goes_to_the_care_team_alone_and_under_our_name(site: Site) -> None:
    sender = site.visitor()
    send(sender, ("Alex_Invented_scan.pdf", PDF[1], PDF[2]))
    (row,), (file,) = rows(site, referrals), rows(site, uploads)
    address = f"/referrals/{row.id}/files/{file.id}"
    answer = site.signed_in("clinician").get(address)
    assert answer.content == PDF[1] and "attachment" in answer.headers["content-disposition"]
    assert "Alex" not in answer.headers["content-disposition"]
    assert sender.get(address).status_code == 303
    assert site.signed_in("referrer").get(address).status_code == 403
    assert site.signed_in("clinician").get(f"/referrals/other/files/{file.id}").status_code == 404


def test_every_look_at_a_referral_is_in_the_audit_log_without_a_word_of_it(site: Site) -> None:
    from chemoplan.web.store.tables import audit_log

    send(site.visitor())
    (row,) = rows(site, referrals)
    clinician = site.signed_in("clinician")
    for path in ("", "/fhir"):
        assert clinician.get(f"/referrals/{row.id}{path}").status_code == 200
    lines = [line for line in rows(site, audit_log) if line.subject == row.id]
    assert [line.action for line in lines] == ["sent", "viewed", "viewed"]
    assert not any("Alex" in str(line) for line in rows(site, audit_log))


def test_a_referrer_with_an_account_sees_own_referrals_and_no_others(site: Site) -> None:
    referrer = site.signed_in("referrer")
    assert 'value="Dana Sample, MD"' in referrer.get("/refer").text, "nothing known is typed twice"
    send(referrer)
    send(site.visitor(), patient_name="Somebody Else")
    mine, other = sorted(rows(site, referrals), key=lambda row: row.account_id is None)
    page = referrer.get("/my/referrals").text
    assert "Alex Invented" in page and "Somebody Else" not in page
    assert referrer.get(f"/my/referrals/{mine.id}").status_code == 200
    assert referrer.get(f"/my/referrals/{other.id}").status_code == 404
    assert post(referrer, f"/my/referrals/{mine.id}", do="message", message="Hello").status_code == 303


def test_a_referral_as_fhir_refers_only_to_what_is_in_it(site: Site) -> None:
    send(site.visitor(), PDF)
    (row,) = rows(site, referrals)
    bundle = site.signed_in("pharmacist").get(f"/referrals/{row.id}/fhir").json()
    found = {
        f"{item['resource']['resourceType']}/{item['resource']['id']}": item["resource"] for item in bundle["entry"]
    }
    kinds = sorted(resource["resourceType"] for resource in found.values())
    assert kinds == ["DocumentReference", "Patient", "Practitioner", "PractitionerRole", "ServiceRequest", "Task"]
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", name.split("/")[1]) for name in found), "ids as FHIR allows them"
    named = re.findall(r'"reference": "([^"]+)"', site.signed_in("pharmacist").get(f"/referrals/{row.id}/fhir").text)
    assert len(named) >= 6 and set(named) <= set(found)
    request = next(item for item in found.values() if item["resourceType"] == "ServiceRequest")
    assert (request["status"], request["intent"], request["priority"]) == ("active", "order", "urgent")
    task = next(item for item in found.values() if item["resourceType"] == "Task")
    promised = datetime.fromisoformat(task["restriction"]["period"]["end"])
    assert promised - datetime.fromisoformat(task["authoredOn"]) == timedelta(hours=48)
    assert {part["type"]["text"]: part["valueString"] for part in task["input"]}["mri"] == "to_follow"
    assert found["Patient/patient"]["communication"][0]["language"]["coding"][0]["code"] == "es"


def test_every_state_has_words_and_every_urgency_a_place_in_the_inbox(site: Site) -> None:
    from chemoplan.web.say import find

    assert set(find("referral.states")) == set(STEPS) and set(STEPS) < set(find("referral.events"))
    assert set(referring.URGENCY) == set(referral_fhir.PRIORITY)
    assert all(following in STEPS for steps in STEPS.values() for following in steps)


def test_ids_that_differ_in_base64_signs_stay_different_in_fhir() -> None:
    assert len({referral_fhir.resource_id(name) for name in ("a_b", "a-b", "ab")}) == 3


def test_a_referral_that_fails_halfway_leaves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(referring, "keep_file", broken)
    assert send(site.visitor(), PDF).status_code == 500
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(referrals)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(inbox)).scalar_one() == 0
