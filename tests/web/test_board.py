"""The tumor board: agenda, decisions on a version of a case, minutes. Clinicians write, the care team reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from chemoplan.web.cases import board_store, case_store
from chemoplan.web.cases.board_minutes import when
from chemoplan.web.store.tables import audit_log, board_items, board_meetings, cases, new_id, sessions
from tests.web.visitors import Site, empty_site, post, token

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo("America/New_York")).date()
"""At the center that ships."""
EXAMPLE = "02-standard-risk-mid-rectum.yaml"


@pytest.fixture
def site(tmp_path) -> Site:
    return empty_site(tmp_path)


def case(site: Site, label: str = "Case A") -> str:
    content = (resources.files("chemoplan") / "examples" / EXAMPLE).read_bytes()
    identity = new_id()
    with site.database.write() as connection:
        file_id = case_store.keep_file(connection, identity, EXAMPLE, "application/yaml", content, NOW)
        document = case_store.Document(EXAMPLE, "case", file_id)
        return case_store.new_case(
            connection, label, [document], {}, None, "made", site.people["clinician"], NOW, identity=identity
        )


def meeting(site: Site, *case_ids: str) -> tuple[str, list[str]]:
    with site.database.write() as connection:
        identity = board_store.call(connection, "Monday board", NOW + timedelta(days=3), site.people["clinician"], NOW)
        items = [
            board_store.add(connection, identity, found, f"Question {number}") for number, found in enumerate(case_ids)
        ]
    return f"/board/{identity}", [f"/board/{identity}/{item}" for item in items]


def written_on(page: str) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf_token", "version", "before")}  # type: ignore[index]


def test_a_meeting_begins_on_the_clock_of_the_center(site: Site) -> None:
    doctor = site.signed_in("clinician")
    answer = post(doctor, "/board/new", title="Monday board", date=f"07/06/{NOW.year}", time="7:30")
    assert answer.status_code == 303
    with site.database.read() as connection:
        assert connection.execute(select(board_meetings.c.starts_at)).scalar_one() == datetime(
            NOW.year, 7, 6, 11, 30, tzinfo=UTC
        )
    assert f"{NOW.year}-07-06 07:30 EDT" in doctor.get(answer.headers["location"]).text
    odd = post(doctor, "/board/new", title="Named board", date="2026-02-30", time="25:00")
    assert odd.status_code == 422
    assert "Write a time like 07:30" in odd.text
    assert 'value="Named board"' in odd.text


@pytest.mark.parametrize("day", ["01/05/0202", "0202-01-05", "12/31/9999", "2001-01-01", "2199-12-31"])
def test_a_slip_of_the_pen_in_the_year_is_refused_at_the_field_and_harms_no_list(site: Site, day: str) -> None:
    doctor = site.signed_in("clinician")
    answer = post(doctor, "/board/new", title="Named board", date=day, time="07:30")
    assert answer.status_code == 422
    assert "Write a day from one year ago to two years from now" in answer.text
    assert 'value="Named board"' in answer.text
    assert doctor.get("/board").status_code == 200
    with site.database.read() as connection:
        assert connection.execute(select(board_meetings)).all() == []


@pytest.mark.parametrize(("days", "status"), [(-365, 303), (-368, 422), (730, 303), (733, 422)])
def test_a_meeting_lies_between_a_year_ago_and_two_years_ahead(site: Site, days: int, status: int) -> None:
    day = TODAY + timedelta(days=days)
    answer = post(site.signed_in("clinician"), "/board/new", title="Board", date=day.isoformat(), time="07:30")
    assert answer.status_code == status


def test_a_second_press_calls_one_meeting_and_puts_a_case_there_once(site: Site) -> None:
    identity, doctor = case(site), site.signed_in("clinician")
    form = {"csrf_token": token(doctor.get("/board/new").text), "title": "Board", "date": f"{TODAY}", "time": "07:30"}
    first, second = (doctor.post("/board/new", data=form).headers["location"] for _ in range(2))
    assert first == second
    form = {"csrf_token": token(doctor.get(f"{first}/add").text), "case": identity, "question": "What first?"}
    items = [doctor.post(f"{first}/add", data=form).headers["location"] for _ in range(2)]
    assert items[0] == items[1]
    assert doctor.get(items[0]).status_code == 200
    with site.database.read() as connection:
        assert len(connection.execute(select(board_meetings)).all()) == 1
        assert len(connection.execute(select(board_items)).all()) == 1


@pytest.mark.parametrize(("hour", "coming"), [(20, True), (23, True), (25, False)])
def test_a_meeting_of_this_morning_is_past_when_the_day_of_the_center_is_over(
    tmp_path: Path, hour: int, coming: bool
) -> None:
    site = empty_site(tmp_path, now=datetime.now(UTC))
    doctor = site.signed_in("clinician")
    midnight = datetime.combine(TODAY, time(), ZoneInfo("America/New_York"))
    with site.database.write() as connection:
        board_store.call(connection, "Monday board", midnight + timedelta(hours=8), "somebody", NOW)
        # The clock of this site is moved by up to a day; the doctor stays signed in.
        late = midnight + timedelta(hours=hour)
        connection.execute(update(sessions).values(seen_at=late, expires_at=late + timedelta(hours=1)))
    site.clock[0] = late.astimezone(UTC)
    page = doctor.get("/board").text
    assert ("No meeting is called." not in page) == coming
    assert ("Past meetings" in page) != coming


def test_older_meetings_stand_on_a_second_page(site: Site) -> None:
    with site.database.write() as connection:
        for number in range(board_store.PAGE + 3):
            board_store.call(connection, f"Board no. {number:03}", NOW - timedelta(days=1 + number), "somebody", NOW)
    doctor = site.signed_in("clinician")
    first, second = doctor.get("/board").text, doctor.get("/board?page=2").text
    named = re.compile(r"Board no\. (\d+)")
    assert (len(named.findall(first)), named.findall(second)) == (board_store.PAGE, ["100", "101", "102"])
    assert 'href="/board?page=2"' in first
    assert 'href="/board"' in second and 'rel="next"' not in second


def test_a_case_asked_for_is_taken_whatever_the_list_holds(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_store, "CANDIDATES", 1)
    case(site, "A"), case(site, "B")
    asked, (where, _) = case(site, "Z"), meeting(site)
    doctor = site.signed_in("clinician")
    plain = doctor.get(f"{where}/add").text
    assert asked not in plain
    assert "The first 1 cases by name." in plain
    assert f'value="{asked}" selected' in doctor.get(f"{where}/add?case={asked}").text
    assert post(doctor, f"{where}/add", case=asked, question="What first?").status_code == 303
    with site.database.write() as connection:
        connection.execute(update(cases).where(cases.c.label == "B").values(status="closed"))
        closed = connection.execute(select(cases.c.id).where(cases.c.label == "B")).scalar_one()
    assert post(doctor, f"{where}/add", case=closed, question="Closed?").status_code == 422
    assert post(doctor, f"{where}/add", case="nothing", question="None?").status_code == 422


def test_of_two_who_add_a_case_at_once_the_second_is_told_that_it_is_there(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, (where, _) = case(site), meeting(site)
    doctor, found = site.signed_in("clinician"), board_store.candidates

    def meanwhile(connection: Connection, meeting_id: str, *more: str) -> Any:
        read = found(connection, meeting_id, *more)
        with site.database.write() as other:
            board_store.add(other, meeting_id, identity, "First")
        return read

    form = {"csrf_token": token(doctor.get(f"{where}/add").text), "case": identity, "question": "Second"}
    monkeypatch.setattr(board_store, "candidates", meanwhile)
    answer = doctor.post(f"{where}/add", data=form)
    assert answer.status_code == 422
    assert "This case is already on the agenda" in answer.text
    assert ">Second</textarea>" in answer.text


def test_a_meeting_that_is_closed_while_somebody_writes_takes_no_case(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, (where, _) = case(site), meeting(site)
    doctor, found = site.signed_in("clinician"), board_store.candidates
    form = {"csrf_token": token(doctor.get(f"{where}/add").text), "case": identity, "question": "Late"}

    def meanwhile(connection: Connection, meeting_id: str, *more: str) -> Any:
        read = found(connection, meeting_id, *more)
        with site.database.write() as other:
            board_store.close(other, meeting_id, closed=True)
        return read

    monkeypatch.setattr(board_store, "candidates", meanwhile)
    answer = doctor.post(f"{where}/add", data=form)
    assert answer.status_code == 422
    assert "The meeting is closed" in answer.text
    with site.database.read() as connection:
        assert connection.execute(select(board_items)).all() == []


def test_a_case_stands_on_an_agenda_once(site: Site) -> None:
    identity = case(site)
    where, _ = meeting(site)
    doctor = site.signed_in("clinician")
    assert post(doctor, f"{where}/add", case=identity, question="").status_code == 422
    assert post(doctor, f"{where}/add", case=identity, question="What first?").status_code == 303
    again = post(doctor, f"{where}/add", case=identity, question="Twice?")
    assert again.status_code == 422
    with site.database.read() as connection:
        assert len(connection.execute(select(board_items)).all()) == 1


def test_the_agenda_is_put_in_order_and_an_undecided_case_taken_off(site: Site) -> None:
    where, items = meeting(site, case(site, "A"), case(site, "B"))
    first, second = (item.rsplit("/", 1)[1] for item in items)
    doctor = site.signed_in("clinician")
    order = lambda: re.findall(r"\d\. ([AB])</a>", doctor.get(where).text)  # noqa: E731
    assert order() == ["A", "B"]
    post(doctor, f"{where}/change", of=where, act=f"up.{second}")
    assert order() == ["B", "A"]
    post(doctor, f"{where}/change", of=where, act=f"remove.{first}")
    assert order() == ["B"]
    assert post(doctor, f"{where}/change", of=where, act="remove.nothing").status_code == 422
    assert post(doctor, f"{where}/change", of=where, act="burn").status_code == 422


def test_one_screen_shows_the_question_the_options_and_their_sources(site: Site) -> None:
    _, (item,) = meeting(site, case(site))
    page = site.signed_in("navigator").get(item).text
    assert "Question 0" in page
    options = page[page.index("Options, best rank first") : page.index("</table>")]
    rows = options.split("<tr>")[2:]
    assert len(rows) > 3
    for row in rows:
        assert 'class="ribbon"' in row, "every option names a source and its status"
    assert "Keep the decision" not in page, "a navigator reads"


def test_a_decision_is_kept_with_the_version_it_was_made_on(site: Site) -> None:
    identity = case(site)
    where, (item,) = meeting(site, identity)
    doctor = site.signed_in("clinician")
    page = doctor.get(item).text
    option = re.search(r'name="options" value="([^"]+)"', page)[1]  # type: ignore[index]
    words = {"decision": "Treat first.", "dissent": "One doubts.", "owner": "Ana Rivera, MD", "options": option}
    answer = doctor.post(f"{item}/decision", data={**written_on(page), **words})
    assert answer.status_code == 303
    shown = doctor.get(item).text
    assert "One doubts." in shown
    assert "the case is now version" not in shown
    with site.database.write() as connection:
        connection.execute(update(cases).where(cases.c.id == identity).values(version=2))
    assert "Decided on version 1; the case is now version 2" in doctor.get(item).text
    assert "case changed since" in doctor.get(where).text
    text = doctor.get(f"{where}/minutes.txt").text
    assert "Note: the case has changed since: it is now version 2" in text
    with site.database.read() as connection:
        line = connection.execute(select(audit_log).where(audit_log.c.action == "decided")).one()
    assert (line.kind, line.subject) == ("case", identity)
    assert "Treat first" not in line.detail


def test_who_wrote_on_an_older_state_is_told_and_loses_nothing(site: Site) -> None:
    identity = case(site)
    _, (item,) = meeting(site, identity)
    doctor = site.signed_in("clinician")
    old = written_on(doctor.get(item).text)
    with site.database.write() as connection:
        seen = case_store.case_of(connection, identity)
        assert seen
        case_store.change_case(connection, identity, seen.version, "answered", site.people["clinician"], NOW)
    words = {"decision": "My words", "owner": "Ana"}
    stale = doctor.post(f"{item}/decision", data={**old, **words})
    assert stale.status_code == 422
    assert "The case changed while you wrote" in stale.text
    assert ">My words</textarea>" in stale.text
    again = doctor.post(f"{item}/decision", data={**written_on(stale.text), **words})
    assert again.status_code == 303
    late = doctor.post(f"{item}/decision", data={**written_on(stale.text), **words, "decision": "Others"})
    assert late.status_code == 422
    assert "Somebody else wrote a decision in the meantime" in late.text
    assert (
        doctor.post(f"{item}/decision", data={**written_on(late.text), **words, "decision": "Others"}).status_code
        == 303
    )
    page = doctor.get(item).text
    assert "Earlier decisions (1)" in page
    assert "My words" in page


def test_a_missing_word_hides_no_change_of_the_case(site: Site) -> None:
    identity = case(site)
    _, (item,) = meeting(site, identity)
    doctor = site.signed_in("clinician")
    old = written_on(doctor.get(item).text)
    with site.database.write() as connection:
        connection.execute(update(cases).where(cases.c.id == identity).values(version=2))
    answer = doctor.post(f"{item}/decision", data={**old, "decision": "Words", "owner": ""})
    assert answer.status_code == 422
    assert "The case changed while you wrote" in answer.text


def test_a_closed_meeting_takes_no_decision(site: Site) -> None:
    where, (item,) = meeting(site, case(site))
    doctor = site.signed_in("clinician")
    form = written_on(doctor.get(item).text)
    assert post(doctor, f"{where}/change", of=where, act="close").status_code == 303
    answer = doctor.post(f"{item}/decision", data={**form, "decision": "Late", "owner": "Ana"})
    assert answer.status_code == 422
    assert "The meeting is closed" in answer.text
    assert post(doctor, f"{where}/change", of=where, act=f"up.{item.rsplit('/', 1)[1]}").status_code == 422
    assert post(doctor, f"{where}/change", of=where, act="reopen").status_code == 303


def test_the_minutes_say_the_same_on_the_page_in_text_and_in_pdf(site: Site) -> None:
    where, items = meeting(site, case(site, "A"), case(site, "B"))
    doctor = site.signed_in("clinician")
    doctor.post(
        f"{items[0]}/decision",
        data={**written_on(doctor.get(items[0]).text), "decision": "Treat first.", "owner": "Ana Rivera, MD"},
    )
    page, text = doctor.get(f"{where}/minutes").text, doctor.get(f"{where}/minutes.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    for words in ("Treat first.", "Ana Rivera, MD", "Question 1", "Monday board"):
        assert words in page
        assert words in text.text
    assert "2. B\n   Question: Question 1\n   Decision: none was written down" in text.text
    pdf = doctor.get(f"{where}/minutes.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert doctor.get(f"{where}/minutes.pdf").content == pdf.content, "the same minutes give the same bytes"


def test_only_clinicians_write_and_only_the_care_team_reads(site: Site) -> None:
    where, (item,) = meeting(site, case(site))
    nurse = site.signed_in("navigator")
    assert nurse.get("/board").status_code == 200
    assert nurse.get(f"{where}/minutes").status_code == 200
    form = {"csrf_token": token(nurse.get(where).text)}
    for path in ("/board/new", f"{where}/add", f"{where}/change", f"{item}/decision"):
        assert nurse.post(path, data=form).status_code == 403, path
    for role in ("patient", "referrer", "administrator"):
        assert site.signed_in(role).get(item).status_code == 403, role
    for path in ("/board/nothing", "/board/nothing/minutes", f"{where}/nothing"):
        assert nurse.get(path).status_code == 404, path


def test_a_look_at_a_case_through_the_board_is_noted(site: Site) -> None:
    identity = case(site)
    _, (item,) = meeting(site, identity)
    site.signed_in("pharmacist").get(item)
    with site.database.read() as connection:
        assert (
            connection.execute(select(audit_log).where(audit_log.c.action == "viewed", audit_log.c.subject == identity))
            .one()
            .role
            == "pharmacist"
        )


def test_a_moment_is_told_with_its_zone() -> None:
    assert when(datetime(2026, 12, 1, 12, 30, tzinfo=UTC), "America/New_York") == "2026-12-01 07:30 EST"
