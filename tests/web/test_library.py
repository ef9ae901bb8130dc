"""Signing texts: each signature is its signer's own; a page that somebody left open takes back nothing that was not on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from chemoplan.web.store.tables import string_reviews
from tests.web.visitors import Site, empty_site, token

PAGE = "/library/texts/screens/board"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path)


def marks(page: str) -> list[str]:
    return re.findall(r'name="signed" value="([^"]+)"', page)


def sent(client: Any, page: str, *ticked: str) -> int:
    """Send a page with these ticks and what it hides; the status."""
    hidden = re.findall(r'name="shown" value="([^"]+)"', page)
    data = {"csrf_token": token(page), "language": "es", "shown": hidden, "signed": list(ticked)}
    return int(client.post(PAGE, data=data).status_code)


def signed(site: Site) -> dict[str, str]:
    """Who signed what."""
    with site.database.read() as connection:
        rows = connection.execute(select(string_reviews.c.key, string_reviews.c.reviewer)).all()
    return {row.key: row.reviewer for row in rows}


def key(mark: str) -> str:
    return mark.rsplit(" ", 1)[0]


def test_what_is_ticked_is_signed_and_what_is_unticked_is_taken_back(site: Site) -> None:
    doctor = site.signed_in("clinician")
    page = doctor.get(PAGE).text
    one, two, *_ = marks(page)
    assert sent(doctor, page, one, two) == 303
    assert signed(site) == dict.fromkeys((key(one), key(two)), "Ana Rivera, MD")
    page = doctor.get(PAGE).text
    assert len(re.findall(r'name="signed" value="[^"]+" checked', page)) == 2
    assert sent(doctor, page, one) == 303
    assert list(signed(site)) == [key(one)]


def test_an_older_page_of_somebody_else_takes_no_signature_back(site: Site) -> None:
    doctor, head = site.signed_in("clinician"), site.signed_in("administrator")
    old = head.get(PAGE).text
    one, two, *_ = marks(old)
    sent(doctor, doctor.get(PAGE).text, one)
    assert sent(head, old, two) == 303
    assert signed(site) == {key(one): "Ana Rivera, MD", key(two): "Ada Admin"}


def test_an_older_page_does_not_sign_again_what_somebody_took_back(site: Site) -> None:
    doctor, head = site.signed_in("clinician"), site.signed_in("administrator")
    one, two, *_ = marks(doctor.get(PAGE).text)
    sent(doctor, doctor.get(PAGE).text, one)
    old = head.get(PAGE).text
    sent(doctor, doctor.get(PAGE).text)
    assert signed(site) == {}
    sent(head, old, one, two)
    assert signed(site) == {key(two): "Ada Admin"}
