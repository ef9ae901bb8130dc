"""Nothing that anybody is shown carries the mark, the font, the site or the phone number of a real organization."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from chemoplan.web.app import routes
from chemoplan.web.building import STATIC
from tests.web.conftest import House
from tests.web.test_access_matrix import PEOPLE, addresses, role_of

PHONE = re.compile(r"(?<![\d.,/-])(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\d-])")
INVENTED = re.compile(r"555-?01\d\d$")
"""The numbers that are set aside for fiction end like this."""
HOSTS = re.compile(r"https?://([^/\s\"'<>)]+)")
NO_ADDRESS_OF_A_PLACE = {
    "www.w3.org",
    "hl7.org",
    "doi.org",
    "unitsofmeasure.org",
    "snomed.info",
    "loinc.org",
    "www.nlm.nih.gov",
    "127.0.0.1",
}
"""Names of standards and of papers, which nothing loads: see the policy in web/guards/headers.py."""
MARKS = re.compile(r"frutiger|\bnhs\b|nhsuk|mskcc|sloan kettering|md anderson|mayo clinic|govuk|uswds", re.IGNORECASE)
CITED = re.compile(r"NHS England|nhs\.yaml|nhs-", re.IGNORECASE)
"""A source that the knowledge cites by its name is a citation and not a mark."""


def shown(house: House, person: str) -> list[tuple[str, str]]:
    """Every page that a person can open, by address."""
    client, found = house.client(person), []
    for route in routes():
        if "GET" not in route.methods or role_of(person) not in route.who:
            continue
        for _, address in addresses(route, house, 2):
            answer = client.get(address)
            if (
                answer.headers.get("content-type", "").startswith(("text/", "application/"))
                and answer.content[:4] != b"%PDF"
            ):
                found.append((address, unescape(answer.text)))
    return found


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_carries_what_belongs_to_a_real_organization(person: str, house: House) -> None:
    pages = shown(house, person)
    assert len(pages) > 10
    for address, text in pages:
        phones = [
            number for number in PHONE.findall(text) if not INVENTED.search(number.replace(" ", "-").replace(".", "-"))
        ]
        assert phones == [], address
        assert MARKS.findall(CITED.sub("", text)) == [], address
        assert "Example Cancer Center" in text or "<html" not in text, address


def test_the_files_that_pages_load_carry_no_mark_either() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js", ".svg", ".txt"}]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert MARKS.findall(text) == [], path.name
        assert PHONE.findall(text) == [], path.name


def test_the_only_font_is_the_open_one_that_comes_with_its_license() -> None:
    fonts = sorted(path.name for path in STATIC.rglob("*.woff2"))
    assert fonts and all(name.startswith("atkinson-") for name in fonts)
    assert any("OFL" in path.name.upper() or "LICENSE" in path.name.upper() for path in (STATIC / "fonts").iterdir())
    css = "".join(path.read_text(encoding="utf-8") for path in Path(STATIC).glob("*.css"))
    faces = set(re.findall(r"@font-face\s*\{[^}]*font-family:\s*[\"']([^\"']+)", css))
    assert faces == {"Atkinson Hyperlegible Next"}


@pytest.mark.parametrize("person", ["anonymous", "patient"])
def test_public_and_patient_pages_name_no_outside_address(person: str, house: House) -> None:
    for address, text in shown(house, person):
        if "<html" not in text:
            continue
        outside = {
            host
            for host in HOSTS.findall(text)
            if not host.endswith(".example") and not host.startswith(("127.0.0.1", "testserver"))
        }
        assert outside <= NO_ADDRESS_OF_A_PLACE, address


@pytest.mark.parametrize("number", ["800-867-5309", "(800) 867-5309", "+1 800 867 5309", "800.867.5309"])
def test_a_number_that_somebody_may_have_is_found(number: str) -> None:
    assert PHONE.findall(f"Call {number} now")
    assert not INVENTED.search(number.replace(" ", "-").replace(".", "-"))
