"""What a site may put in the place of a shipped policy: one of its choices, a number above zero, or a range, as before."""

from __future__ import annotations

import re
from dataclasses import replace

from chemoplan.knowledge.regimens import Policy

_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_RANGE = re.compile(rf"({_NUMBER.pattern}) to ({_NUMBER.pattern})")


def in_place_of(shipped: Policy, own: Policy) -> tuple[Policy, str | None]:
    """The policy of a site with the choices of the shipped one, and what is wrong with its value, if anything."""
    if shipped.choices:
        fits = own.value in shipped.choices
        return replace(own, choices=shipped.choices), None if fits else _wrong(
            own, f"one of {', '.join(shipped.choices)}"
        )
    if _NUMBER.fullmatch(shipped.value):
        fits = _NUMBER.fullmatch(own.value) is not None and float(own.value) > 0
        return own, None if fits else _wrong(own, f"a number above zero, such as {shipped.value}")
    if _RANGE.fullmatch(shipped.value):
        found = _RANGE.fullmatch(own.value)
        fits = found is not None and 0 < float(found[1]) <= float(found[2])
        return own, None if fits else _wrong(own, f"a range that rises, such as {shipped.value!r}")
    return own, None


def _wrong(own: Policy, right: str) -> str:
    return f"{own.id}: the value is {own.value!r}; expected {right}"
