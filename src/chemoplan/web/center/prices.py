"""The list of standard charges: a CSV file in the federal "tall" template, version 3.0.0, read and checked before it is shown.

Template and rules: Hospital Price Transparency, CSV data dictionary v3.0 (45 CFR 180.50), with its eight conditional requirements.
The attestation is prescribed word for word, so it is known here by its hash alone; it stands in the file.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import StringIO
from pathlib import Path

from chemoplan.web.center.center import Center

VERSION = "3.0.0"
GENERAL = (
    "hospital_name", "last_updated_on", "version", "location_name", "hospital_address", "license_number", "type_2_npi", "attestation",
    "attester_name",
)  # fmt: skip
"""The general elements in the order of the template: first row their names, second row their values."""
ATTESTATION = "cf5deb5cb356e448b2fe8d0378633bccc84eb35ffb925dbdd849a2916a303c5b"
"""SHA-256 of the prescribed statement, in lower case and with single spaces."""
COLUMNS = (
    "modifiers", "setting", "drug_unit_of_measurement", "drug_type_of_measurement", "standard_charge|gross",
    "standard_charge|discounted_cash", "payer_name", "plan_name", "standard_charge|negotiated_dollar",
    "standard_charge|negotiated_percentage", "standard_charge|negotiated_algorithm", "median_amount", "10th_percentile",
    "90th_percentile", "count", "standard_charge|methodology", "standard_charge|min", "standard_charge|max", "additional_generic_notes",
)  # fmt: skip
"""The columns after the description and the codes."""
NUMBERS = (
    "drug_unit_of_measurement", "standard_charge|gross", "standard_charge|discounted_cash", "standard_charge|negotiated_dollar",
    "standard_charge|negotiated_percentage", "median_amount", "10th_percentile", "90th_percentile", "standard_charge|min",
    "standard_charge|max",
)  # fmt: skip
SETTINGS = ("inpatient", "outpatient", "both")
METHODS = ("case rate", "fee schedule", "percent of total billed charges", "per diem", "other")
DRUG_TYPES = ("gr", "me", "ml", "un", "f2", "ea", "gm")
CODE_TYPES = (
    "cpt", "ndc", "hcpcs", "rc", "icd", "drg", "ms-drg", "r-drg", "s-drg", "aps-drg", "ap-drg", "apr-drg", "apc", "local", "eapg",
    "hipps", "cdt", "cdm", "tris-drg", "cmg", "ms-ltc-drg",
)  # fmt: skip
CHARGES = (
    "standard_charge|gross", "standard_charge|discounted_cash", "standard_charge|negotiated_dollar",
    "standard_charge|negotiated_percentage", "standard_charge|negotiated_algorithm",
)  # fmt: skip
NEGOTIATED, BY_RULE = CHARGES[2:], CHARGES[3:]
ALLOWED = ("median_amount", "10th_percentile", "90th_percentile")

Row = Mapping[str, str]


class PricesRefused(ValueError):
    """A list of charges that does not follow the template; the message names the row, the column and what would be right."""


@dataclass(frozen=True)
class Charge:
    """One plan's charge for an item: in dollars, or by a percentage or a rule with the usual amount beside it."""

    payer: str
    plan: str
    dollars: float | None
    percentage: float | None
    usual: float | None


@dataclass(frozen=True)
class Item:
    """One item or service in one setting."""

    description: str
    code: str
    setting: str
    gross: float | None
    cash: float | None
    lowest: float | None
    highest: float | None
    charges: tuple[Charge, ...]


@dataclass(frozen=True)
class Prices:
    """A checked list: its general elements, its items in file order, and the file as it is."""

    general: Row
    items: tuple[Item, ...]
    content: bytes


def prices_of(center: Center) -> Prices | None:
    """The list of a center, None when it publishes none. Raises PricesRefused."""
    name = center.data.get("legal", {}).get("prices")
    if not name:
        return None
    path = center.folder / str(name)
    try:
        return _kept(path, path.stat().st_mtime_ns)
    except OSError:
        raise PricesRefused(f"{path.name}: not found beside center.yaml, which names it under legal, prices") from None


@lru_cache(maxsize=4)
def _kept(path: Path, changed: int) -> Prices:
    return read_prices(path.read_bytes(), path.name)


def read_prices(content: bytes, name: str = "prices.csv") -> Prices:
    """A list of charges, checked. Raises PricesRefused at the first thing that is wrong."""
    try:
        rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PricesRefused(f"{name}: no CSV in UTF-8 ({error})") from None
    if len(rows) < 4:
        raise PricesRefused(
            f"{name}: {len(rows)} rows; expected two of general elements, the headings, and one for each charge"
        )
    general = _general(rows[0], rows[1], name)
    heads = [_plain(head) for head in rows[2]]
    codes = _check_heads(heads, name)
    lines = []
    for number, row in enumerate(rows[3:], start=4):
        if not any(cell.strip() for cell in row):
            continue
        line = dict(zip(heads, (cell.strip() for cell in row), strict=False))
        if len(row) != len(heads):
            raise PricesRefused(f"{name}, row {number}: {len(row)} cells; expected {len(heads)}, as many as headings")
        for problem in _problems(line, codes):
            raise PricesRefused(f"{name}, row {number}: {problem}")
        lines.append(line)
    return Prices(general, tuple(_items(lines)), content)


def _general(names: Sequence[str], values: Sequence[str], name: str) -> dict[str, str]:
    found = dict(zip((_plain(head) for head in names), (value.strip() for value in values), strict=False))
    general: dict[str, str] = {}
    for key, value in found.items():
        digest = hashlib.sha256(" ".join(key.split()).encode()).hexdigest()
        known = (
            "attestation"
            if digest == ATTESTATION
            else "license_number"
            if re.fullmatch(r"license_number\|[a-z]{2}", key)
            else key
        )
        if known:
            general[known] = value
    for key in GENERAL:
        if not general.get(key) and not (key == "license_number" and key in general):
            raise PricesRefused(f"{name}, rows 1 and 2: {key} is missing; the template has {', '.join(GENERAL)}")
    if general["version"] != VERSION:
        raise PricesRefused(f"{name}, row 2: version {general['version']}; expected {VERSION}")
    if general["attestation"].lower() != "true":
        raise PricesRefused(f"{name}, row 2: the attestation is {general['attestation']}; expected TRUE")
    if not _is_date(general["last_updated_on"]):
        raise PricesRefused(
            f"{name}, row 2: last_updated_on {general['last_updated_on']}; expected a date such as 2026-11-27"
        )
    places, addresses = (general[key].split("|") for key in ("location_name", "hospital_address"))
    if len(places) != len(addresses):
        raise PricesRefused(
            f"{name}, row 2: {len(places)} places and {len(addresses)} addresses; expected one for each"
        )
    return general


def _check_heads(heads: Sequence[str], name: str) -> list[str]:
    """The columns of codes. Raises PricesRefused for a column that is missing or there twice."""
    codes = [head for head in heads if re.fullmatch(r"code\|\d+", head)]
    needed = ["description", "code|1", *(f"{code}|type" for code in codes), *COLUMNS]
    for head in needed:
        if heads.count(head) != 1:
            raise PricesRefused(f"{name}, row 3: {head} stands there {heads.count(head)} times; expected it once")
    return codes


def _problems(line: Row, codes: Sequence[str]) -> Iterator[str]:
    """What is wrong with one row, in words."""
    if not line["description"]:
        yield "description is empty; expected what the charge is for"
    if line["setting"].lower() not in SETTINGS:
        yield f"setting {line['setting']!r}; expected one of {', '.join(SETTINGS)}"
    for head in NUMBERS:
        if line[head] and not _is_positive(line[head]):
            yield f"{head} {line[head]!r}; expected a number above 0, without signs such as $ or a comma"
    for code in codes:
        if bool(line[code]) != bool(line[f"{code}|type"]):
            yield f"{code} and its type belong together; one of them is empty"
        elif line[code] and line[f"{code}|type"].lower() not in CODE_TYPES:
            yield f"{code}|type {line[f'{code}|type']!r}; expected one of {', '.join(kind.upper() for kind in CODE_TYPES)}"
    if not any(line[code] for code in codes) and not line["modifiers"]:
        yield "no code; expected at least one, or a modifier"
    if line["drug_type_of_measurement"] and line["drug_type_of_measurement"].lower() not in DRUG_TYPES:
        yield f"drug_type_of_measurement {line['drug_type_of_measurement']!r}; expected one of {', '.join(DRUG_TYPES).upper()}"
    if line["standard_charge|methodology"] and line["standard_charge|methodology"].lower() not in METHODS:
        yield f"methodology {line['standard_charge|methodology']!r}; expected one of {', '.join(METHODS)}"
    yield from _conditions(line, codes)


def _conditions(line: Row, codes: Sequence[str]) -> Iterator[str]:
    """The conditional requirements of the dictionary."""
    notes, count = line["additional_generic_notes"], line["count"]
    by_rule = any(line[head] for head in BY_RULE) and not line["modifiers"]
    if line["standard_charge|methodology"].lower() == "other" and not notes:
        yield "methodology is other; expected an explanation in additional_generic_notes"
    if not any(line[head] for head in CHARGES):
        yield "no charge; expected at least one of gross, discounted_cash, negotiated_dollar, _percentage or _algorithm"
    if bool(line["payer_name"]) != bool(line["plan_name"]):
        yield "payer_name and plan_name belong together; one of them is empty"
    if line["payer_name"] and not any(line[head] for head in NEGOTIATED):
        yield "a payer without a negotiated charge; expected one in dollars, as a percentage or as an algorithm"
    if any(line[head] for head in NEGOTIATED) and not line["payer_name"]:
        yield "a negotiated charge without a payer; expected payer_name and plan_name"
    if any(line[head] for head in NEGOTIATED) and not line["standard_charge|methodology"] and not line["modifiers"]:
        yield "a negotiated charge without its methodology"
    if line["standard_charge|negotiated_dollar"] and not (line["standard_charge|min"] and line["standard_charge|max"]):
        yield "negotiated_dollar needs standard_charge|min and standard_charge|max"
    if by_rule and not count:
        yield "a percentage or algorithm needs count: 0, 1 through 10, or a whole number from 11"
    if count and not (count in ("0", "1 through 10") or (count.isdigit() and int(count) >= 11)):
        yield f"count {count!r}; expected 0, 1 through 10, or a whole number from 11 without a comma"
    if by_rule and count != "0" and not all(line[head] for head in ALLOWED):
        yield f"a percentage or algorithm needs {', '.join(ALLOWED)}"
    if count == "0" and not notes:
        yield "count is 0; expected an explanation in additional_generic_notes"
    is_ndc = any(line[f"{code}|type"].lower() == "ndc" for code in codes)
    if is_ndc and not (line["drug_unit_of_measurement"] and line["drug_type_of_measurement"]):
        yield "an NDC code needs drug_unit_of_measurement and drug_type_of_measurement"


def _items(lines: Sequence[Row]) -> Iterator[Item]:
    """The rows joined by what they charge for."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for line in lines:
        groups.setdefault((line["description"], line["code|1"], line["setting"].lower()), []).append(line)
    for (description, code, setting), found in groups.items():
        charges = tuple(
            Charge(
                line["payer_name"], line["plan_name"], _number(line["standard_charge|negotiated_dollar"]),
                _number(line["standard_charge|negotiated_percentage"]), _number(line["median_amount"]),
            )
            for line in found if line["payer_name"]
        )  # fmt: skip
        first = found[0]
        gross, cash = _number(first["standard_charge|gross"]), _number(first["standard_charge|discounted_cash"])
        lowest, highest = _number(first["standard_charge|min"]), _number(first["standard_charge|max"])
        yield Item(description, code, setting, gross, cash, lowest, highest, charges)


def search(items: Sequence[Item], words: str) -> list[Item]:
    """The items whose description or code holds every word."""
    wanted = words.casefold().split()
    return [item for item in items if all(word in f"{item.description} {item.code}".casefold() for word in wanted)]


def locator(prices: Prices, page: str, file: str, name: str, email: str) -> str:
    """The file cms-hpt.txt at the root of the site: for each place, where the list is and whom to ask."""
    entries = [
        f"location-name: {place.strip()}\nsource-page-url: {page}\nmrf-url: {file}\ncontact-name: {name}\ncontact-email: {email}\n"
        for place in prices.general["location_name"].split("|")
    ]
    return "\n".join(entries)


def _plain(head: str) -> str:
    """A heading as it is compared: lower case, no spaces around bars."""
    return re.sub(r"\s*\|\s*", "|", head.strip().lower())


def _number(text: str) -> float | None:
    return float(text) if text else None


def _is_positive(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None and float(text) > 0


def _is_date(text: str) -> bool:
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            datetime.strptime(text, pattern)
        except ValueError:
            continue
        return True
    return False
