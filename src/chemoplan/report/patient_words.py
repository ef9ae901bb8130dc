"""The words of a patient's plan: found by key, counted as used, and refused where there are none. Nothing is skipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chemoplan.knowledge.people_texts import Text, load_texts

Reviewed = Callable[[Text, str], bool]
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


class PatientWordsMissing(KeyError):
    """Something of the plan has no plain words; the message says where to write them."""

    def __str__(self) -> str:
        return str(self.args[0])


def signed_in_file(text: Text, language: str) -> bool:
    """Whether the file itself says that the words were reviewed."""
    return text.status(language) == "reviewed"


def day_in_words(day: date, language: str) -> str:
    """A date as people read it. Needs the extra `web`."""
    from babel.dates import format_date

    return format_date(day, format="long", locale="es_US" if language == "es" else "en_US")


class PlainWords:
    """The texts of one plan in one language; `used` holds every one that was said."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.used: dict[str, Text] = {}
        self.tree: Mapping[str, Any] = load_texts()["plan"]

    def branch(self, file: str, *keys: str) -> Any:
        """A branch of a file of texts/plan. Raises PatientWordsMissing."""
        place: Any = self.tree[file]
        for number, key in enumerate(keys):
            if not isinstance(place, Mapping) or key not in place:
                raise PatientWordsMissing(
                    f"{'.'.join(keys[: number + 1])} has no plain words; write them in knowledge/texts/plan/{file}.yaml"
                )
            place = place[key]
        return place

    def say(self, text: Text, **values: Any) -> str:
        """The words of a text, without marks, with values put in."""
        self.used[text.key] = text
        words = _LINK.sub(r"\1", text.text_in(self.language)).replace("**", "")
        return words.format(**values) if values else words

    def find(self, file: str, *keys: str, **values: Any) -> str:
        """The words at a place."""
        return self.say(self.branch(file, *keys), **values)

    def all_reviewed(self, reviewed: Reviewed) -> bool:
        """Whether somebody signed every text that was said."""
        return all(reviewed(text, self.language) for text in self.used.values())
