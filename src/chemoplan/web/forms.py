"""Forms as data: fields with their labels and checks, what a person typed, and what is wrong with it. Nothing typed is lost."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
PHONE = re.compile(r"[+()\-.\s\dxX]{7,30}")
MAX_LENGTH = 200

Choice = tuple[str, str]


@dataclass(frozen=True)
class Field:
    """One field. `label`, `hint` and the second half of each choice are keys of texts, or ready words when `words` is set.

    `check` takes the value and gives the key of what is wrong with it, or None.
    """

    name: str
    kind: str = "text"
    label: str = ""
    hint: str | None = None
    required: bool = True
    choices: tuple[Choice, ...] = ()
    max_length: int = MAX_LENGTH
    autocomplete: str | None = None
    check: Callable[[Any], str | None] | None = None
    words: bool = False
    start: Any = None

    @property
    def many(self) -> bool:
        """Whether the value is a list."""
        return self.kind == "checkboxes"


@dataclass
class Form:
    """A form with what was typed (`values`) and what is wrong (`errors`: field name and key of the message, in field order)."""

    fields: Sequence[Field]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for item in self.fields:
            self.values.setdefault(item.name, item.start if item.start is not None else [] if item.many else "")

    @classmethod
    def read(cls, fields: Sequence[Field], data: Any, files: Mapping[str, Any] | None = None) -> Form:
        """The form as it was sent. `data` is the form data of a visit, `files` its uploads by field."""
        form = cls(fields)
        for item in fields:
            if item.kind == "file":
                form.values[item.name] = list((files or {}).get(item.name, ()))
            elif item.many:
                form.values[item.name] = [str(value) for value in data.getlist(item.name)]
            else:
                form.values[item.name] = str(data.get(item.name, "")).strip()
            problem = problem_of(item, form.values[item.name])
            if problem:
                form.errors.append((item.name, problem))
        return form

    def error(self, name: str) -> str | None:
        """The key of what is wrong with a field."""
        return next((message for key, message in self.errors if key == name), None)

    def add_error(self, name: str, message: str) -> None:
        """Say that something is wrong with a field."""
        self.errors.append((name, message))

    def field_of(self, name: str) -> Field:
        """A field by name."""
        return next(item for item in self.fields if item.name == name)


def problem_of(item: Field, value: Any) -> str | None:
    """The key of the first thing that is wrong with a value, or None."""
    if not value:
        return f"form.needed_{item.kind}" if item.required else None
    values = value if isinstance(value, list) else [value]
    if item.kind == "file":
        return item.check(value) if item.check else None
    if any(len(text) > item.max_length for text in values):
        return "form.too_long"
    if any(_has_control_signs(text) for text in values):
        return "form.control_signs"
    if item.choices and not set(values) <= {choice for choice, _ in item.choices}:
        return "form.no_choice"
    if (kind := _KINDS.get(item.kind)) and (problem := kind(str(values[0]))):
        return problem
    return item.check(value) if item.check else None


def _has_control_signs(value: str) -> bool:
    return any((ord(sign) < 32 and sign not in "\r\n\t") or ord(sign) == 127 for sign in value)


def _email(value: str) -> str | None:
    return None if EMAIL.fullmatch(value) else "form.no_email"


def _phone(value: str) -> str | None:
    digits = sum(sign.isdigit() for sign in value)
    return None if PHONE.fullmatch(value) and 7 <= digits <= 15 else "form.no_phone"


def _date(value: str) -> str | None:
    return None if read_date(value) else "form.no_date"


def _number(value: str) -> str | None:
    try:
        return None if math.isfinite(float(value)) else "form.no_number"
    except ValueError:
        return "form.no_number"


def read_date(value: str) -> date | None:
    """A date as browsers send it (2026-11-27) or as Americans write it (11/27/2026)."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value)
    text = f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else value
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_page(query: Mapping[str, str]) -> int:
    """Which page of a list an address asks for, from 1; the first where it says nothing that can be read."""
    page = query.get("page", "")
    return max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 6 else 1


_KINDS: dict[str, Callable[[str], str | None]] = {
    "email": _email, "tel": _phone, "date": _date, "number": _number,
}  # fmt: skip
