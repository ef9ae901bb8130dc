"""What the pieces of pages (templates/components.html.j2) need from Python: dates, telephone links, people as pictures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from chemoplan.knowledge.people_texts import load_texts
from chemoplan.report.icon_array import icon_array


@pass_context
def day(context: Context, value: date | datetime | str) -> str:
    """A date, or the day of a moment at the center, in the words of the page's language.

    What is no date comes back as it is: some sources give a year alone.
    """
    from babel.dates import format_date

    try:
        found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    if isinstance(found, datetime):
        found = context["visit"].day(found)
    return format_date(found, format="long", locale="es_US" if context["lang"] == "es" else "en_US")


def telephone(number: str) -> str:
    """A number as a `tel:` link dials it."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"+1{digits}" if len(digits) == 10 else f"+{digits}"


def icon_picture(number: float, label: str) -> Markup:
    """100 people, of whom `number` are filled; the label is the text alternative. Raises ValueError outside 0 to 100."""
    if not 0 <= number <= 100:
        raise ValueError(f"{number} of 100 people is no rate")
    return icon_array({"number": number, "percent": str(number)}, label)


def call_now_texts() -> Any:
    """When to call and what to say then, as medical texts with their review status."""
    return load_texts()["call_now"]


GLOBALS = {"day": day, "telephone": telephone, "icon_picture": icon_picture, "call_now_texts": call_now_texts}
"""Names for the templates."""
