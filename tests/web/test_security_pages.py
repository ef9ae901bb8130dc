"""Every page of the router and every template, as an attacker sees them: strange addresses, typed scripts, looks that leave no line."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from sqlalchemy import select, update

from chemoplan.web.access import PUBLIC
from chemoplan.web.app import routes
from chemoplan.web.store.tables import metadata
from tests.browser.web_examples import paths_of
from tests.web.conftest import House, open_house

# Templates


TEMPLATES = sorted(Path("src/chemoplan/web/templates").rglob("*.j2"))
SAFE_FIELDS = re.compile(r"\{\{ ui\.field\(\w+, item\.name\)\|replace\('[^']*', '[^']*'\)\|safe \}\}")
"""A field that the macro escaped already, with a fixed piece put in."""


def test_no_template_takes_anything_but_fixed_words_for_safe() -> None:
    wrong = []
    for path in TEMPLATES:
        text = SAFE_FIELDS.sub("", path.read_text(encoding="utf-8"))
        fixed = re.sub(r"""(['"])(?:(?!\1).)*\1\s*\|\s*safe""", "", text)
        wrong += [
            f"{path.name}: {line.strip()}" for line in fixed.splitlines() if re.search(r"\|\s*safe\b|autoescape", line)
        ]
    assert len(TEMPLATES) > 50 and not wrong, "\n".join(wrong)


def test_no_template_carries_a_script_or_a_style_of_its_own() -> None:
    forbidden = re.compile(
        r"""\son[a-z]+\s*=\s*["']|\sstyle\s*=\s*["']|javascript:|<style|<script(?![^>]*\ssrc=)|hx-on|\shx-vals\s*=\s*["']js""",
        re.I,
    )
    wrong = [
        f"{path.name}: {found[0].strip()}"
        for path in TEMPLATES
        if not path.name.endswith("_paper.html.j2")  # goes into a PDF and to no browser
        for found in forbidden.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_form_that_is_sent_carries_the_token() -> None:
    wrong = []
    for path in TEMPLATES:
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(encoding="utf-8"), re.S | re.I):
            if "csrf()" not in form:
                wrong.append(f"{path.name}: {form[:80]}")
    assert not wrong, "\n".join(wrong)


# Every page of the router


STRANGE = ("²", "-1", "99999999999999999999", "<script>alert(1)</script>", "\0", "a" * 600, "//evil.example")
ASKED = (
    "page", "before", "from", "topic", "status", "kind", "subject", "order", "done", "q", "words", "code", "slot", "setting", "next",
    "case", "door", "sent", "service", "place", "mine", "name", "key", "language",
)  # fmt: skip


def opened(house: House, person: str) -> list[tuple[str, str]]:
    """The addresses of the pages that somebody may read: name and path. That every page has an example is tested elsewhere."""
    found = []
    for route in routes():
        if "GET" in route.methods and person in route.who:
            with contextlib.suppress(KeyError):
                found += [(route.name, path) for path in list(paths_of(route, "en", house.rows))[:1]]
    return found


@pytest.mark.parametrize("person", ["anonymous", "patient", "clinician", "administrator"])
def test_nothing_in_the_query_of_an_address_is_a_fault_or_comes_back_as_it_was(house: House, person: str) -> None:
    client, wrong = house.client(person), []
    for name, path in opened(house, person):
        if path.endswith((".pdf", ".css", ".ndjson")) or name == "bulk-publish":
            continue
        for value in STRANGE:
            answer = client.get(path, params=dict.fromkeys(ASKED, value))
            if answer.status_code >= 500 or "<script>alert" in answer.text:
                wrong.append(f"{path} with {value[:30]!r}: {answer.status_code}")
            if "evil.example" in answer.headers.get("location", "").split("?")[0]:
                wrong.append(f"{path} leads to {answer.headers['location']}")
    assert not wrong, "\n" + "\n".join(wrong)


KEEPS_COUNT = {"audit_log", "limits", "sessions"}


@pytest.mark.parametrize(
    "person", ["anonymous", "patient", "referrer", "navigator", "clinician", "pharmacist", "administrator"]
)
def test_looking_at_pages_changes_nothing(house: House, person: str) -> None:
    client = house.client(person)

    def everything() -> dict[str, list[tuple[object, ...]]]:
        names = [table.name for table in metadata.sorted_tables if table.name not in KEEPS_COUNT]
        return {name: house.rows(f'SELECT * FROM "{name}"') for name in names}  # noqa: S608 - our own tables

    before = everything()
    for _, path in opened(house, person):
        client.get(path)
    assert everything() == before


ABOUT_NOBODY = {
    "account",
    "second-factor",
    "second-factor-setup",
    "report-css",
    "board",
    "board-new",
    "case-new",
    "my-home",
}
"""Pages behind a sign-in that show nobody's data, or one's own name alone."""
WHERE_SOMETHING_IS = {"my-documents", "my-questions", "my-check-in", "my-visits", "my-referrals"}
"""Lists that write a line for what stands in them, and none where they are empty."""


@pytest.mark.parametrize("person", ["patient", "referrer", "clinician", "administrator"])
def test_every_look_at_the_data_of_a_person_is_in_the_log_and_in_no_cache(house: House, person: str) -> None:
    client, wrong = house.client(person), []
    closed = {route.name for route in routes() if route.who < PUBLIC}
    for name, path in opened(house, person):
        if name not in closed or name in ABOUT_NOBODY or name.startswith("library"):
            continue
        before = house.rows("SELECT MAX(number) FROM audit_log")
        answer = client.get(path)
        if answer.status_code != 200:
            continue
        if answer.headers["cache-control"] != "no-store":
            wrong.append(f"{path}: {answer.headers['cache-control']}")
        if house.rows("SELECT MAX(number) FROM audit_log") == before and name not in WHERE_SOMETHING_IS:
            wrong.append(f"{path} ({name}) leaves no line")
    assert not wrong, "\n" + "\n".join(wrong)


# What somebody typed stays words


SCRIPT = "<script>alert(7)</script>\"'><img src=x onerror=alert(7)>"
TYPED = {
    "cases": ("label",), "case_versions": ("change",), "overrides": ("reason",), "inbox": ("note",), "questions": ("text", "answer"),
    "releases": ("note", "released_by_name", "withdrawn_reason"), "check_ins": ("answer",), "uploads": ("name",),
    "board_meetings": ("title",), "board_items": ("question", "decision", "dissent", "owner"), "string_reviews": ("reviewer",),
    "accounts": ("name",),
}  # fmt: skip
"""Columns that hold what somebody typed."""
ANSWERS = {
    "referrals": ("answers", "events"), "appointments": ("answers",), "messages": ("answers",), "check_ins": ("answers",),
    "releases": ("plan",), "board_items": ("options",),
}  # fmt: skip
"""JSON of such, and the keys in it."""
TYPED_KEYS = {
    "name", "first", "last", "notes", "note", "question", "stage", "reason", "text", "message", "who", "patient_name", "clinician_name",
    "practice", "by", "place", "start", "rhythm", "title", "decision", "dissent", "owner", "other_language",
    "patient_other_language", "files",
}  # fmt: skip


def poisoned(value: object, key: str = "") -> object:
    if isinstance(value, dict):
        return {name: poisoned(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, key) for item in value]
    return SCRIPT if isinstance(value, str) and key in TYPED_KEYS else value


def test_a_script_that_somebody_typed_runs_on_no_page(tmp_path: Path) -> None:
    house = open_house(tmp_path)
    people = (
        "anonymous",
        "patient",
        "second patient",
        "referrer",
        "navigator",
        "clinician",
        "pharmacist",
        "administrator",
    )
    for person in people:
        house.client(person)
    with house.database.write() as connection:
        for name, columns in TYPED.items():
            connection.execute(update(metadata.tables[name]).values(dict.fromkeys(columns, SCRIPT)))
        for name, columns in ANSWERS.items():
            table = metadata.tables[name]
            for row in connection.execute(select(table)).mappings().all():
                values = {column: poisoned(row[column]) for column in columns if row[column] is not None}
                if values:
                    connection.execute(update(table).where(table.c.id == row["id"]).values(values))
    shown, wrong = 0, []
    for person in people:
        for _, path in opened(house, "patient" if person == "second patient" else person):
            answer = house.client(person).get(path)
            if "html" not in answer.headers.get("content-type", ""):
                continue
            shown += "&lt;script&gt;alert(7)" in answer.text
            if "<script>alert(7)" in answer.text or "<img src=x" in answer.text:
                wrong.append(f"{path} by {person}")
    for client in house.clients.values():
        client.close()
    house.database.close()
    house.app.state.building.database.close()
    assert not wrong, "\n" + "\n".join(wrong)
    assert shown > 15, f"only {shown} pages show what was typed"
