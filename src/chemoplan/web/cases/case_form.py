"""Facts as fields of forms: generated from the vocabulary, every one may stay unknown, none has a default."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from chemoplan.case import Reading, resolve
from chemoplan.case.statement import Source, Statement
from chemoplan.knowledge import Knowledge
from chemoplan.report.words import unit_text
from chemoplan.vocabulary import Fact, SetValue, Value, ValueRefused, Vocabulary
from chemoplan.web.cases.case_view import KnownKey
from chemoplan.web.forms import Field, Form
from chemoplan.web.visit import Visit

BEFORE = "fact."
COMPLETE = ".complete"
UNKNOWN = "unknown"
SHOWN = "shown"
MOST_FIELDS = 25
"""Of the short form, the setting and the region included."""


class Said(str):
    """A message that is no key of texts but ready words: what a reader or the vocabulary says of a value."""

    __slots__ = ()


def show(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """A page whose forms may say ready words about what is wrong."""
    return visit.page(template, status, t=speaking(visit), **context)


def speaking(visit: Visit) -> Callable[..., str]:
    """The words of a key; what is ready is said as it is."""
    return lambda key, **values: str(key) if isinstance(key, Said) else visit.t(key, **values)


def of_form(field: Markup, form: str) -> Markup:
    """The HTML of a field as one of a form that stands elsewhere on the page: the field is the same for everybody, the form is not."""
    return Markup(re.sub(r"<(input|select|textarea) ", lambda found: f'<{found[1]} form="{form}" ', field))


def fact_field(fact: Fact, before: str = BEFORE) -> Field:
    """The field of a fact. Left empty it stays unknown."""
    hint = _hint(fact)
    common: dict[str, Any] = {"label": _label(fact.question, before), "required": False, "words": True}
    name = before + fact.name
    if fact.kind == "flag":
        return Field(name, "select", choices=(("", "Not known"), ("true", "Yes"), ("false", "No")), **common)
    if fact.kind == "choice":
        choices = (("", "Not known"), *((value, in_words(value)) for value in fact.values))
        return Field(name, "select", choices=choices, **common)
    if fact.kind == "set":
        return Field(
            name,
            "checkboxes",
            choices=tuple((value, in_words(value)) for value in fact.values),
            hint="Tick what is known.",
            **common,
        )
    return Field(name, "text", hint=hint, max_length=40, autocomplete="off", **common)


def in_words(value: str) -> str:
    """A value or a name as words: only for reading, what is sent stays as it is."""
    return value.replace("_", " ")


def _label(text: str, before: str) -> str:
    """A label that no other on the page has: the fields of a thought ask what the fields of the case ask."""
    return text if before == BEFORE else Markup('<span class="hidden">What if: </span>{}').format(text)


@dataclass(frozen=True)
class Names:
    """Ids in the words of the knowledge: the question of a fact, the title of an option, an entry or a regimen."""

    knowledge: Knowledge

    def question(self, fact: str) -> str:
        """What to ask for a fact."""
        vocabulary = self.knowledge.vocabulary
        return vocabulary[fact].question if fact in vocabulary else in_words(fact)

    def title(self, identity: str) -> str:
        """The title of an option, or of the entry of an alert or a gate."""
        held = self.knowledge.options.get(identity) or self.knowledge.entries.get(identity)
        return held.title if held else in_words(identity)

    def regimen(self, identity: str) -> str:
        """The title of a regimen."""
        held = self.knowledge.dosing.regimens.get(identity)
        return held.title if held else in_words(identity)


def _hint(fact: Fact) -> str:
    low, high = fact.range if fact.range else (None, None)
    unit = unit_text(fact.unit)
    span = f"{low:g} to {high:g} {unit}".strip() if low is not None and high is not None else unit
    return f"{span}; another unit may be written beside the number" if unit else span


def fact_fields(names: Iterable[str], vocabulary: Vocabulary, before: str = BEFORE) -> tuple[Field, ...]:
    """The fields of facts; a set gets a second one that says whether it is whole."""
    found: list[Field] = []
    for name in names:
        fact = vocabulary[name]
        found.append(fact_field(fact, before))
        if fact.kind == "set":
            label = _label(f"That is all of them ({in_words(name)}), none left out", before)
            found.append(Field(before + name + COMPLETE, "checkbox", label=label, required=False, words=True))
    return tuple(found)


def read_facts(
    form: Form, names: Iterable[str], vocabulary: Vocabulary, before: str = BEFORE, shown: Collection[str] = ()
) -> dict[str, Value | None]:
    """What was filled in, read by the vocabulary; what it refuses becomes an error of its field.

    A fact of `shown` stood in its field with a value: emptied, it is None, which is unknown again.
    """
    found: dict[str, Value | None] = {}
    for name in names:
        fact, key = vocabulary[name], before + name
        given = form.values[key]
        whole = bool(form.values.get(key + COMPLETE))
        if form.error(key):
            continue
        if not (given or whole):
            if name in shown:
                found[name] = None
            continue
        try:
            found[name] = fact.read(given if whole or fact.kind != "set" else {"at_least": given})
        except ValueRefused as refused:
            form.add_error(key, Said(str(refused)))
    return found


def typed_of(fact: Fact, value: Value | None) -> tuple[Any, bool]:
    """A value as its field holds it, and whether a set is whole."""
    if isinstance(value, SetValue):
        return [name for name in fact.values if name in value.members], value.complete
    if value is None:
        return ([] if fact.kind == "set" else ""), False
    if isinstance(value, bool):
        return ("true" if value else "false"), False
    return str(fact.plain(value)), False


def form_with(
    fields: tuple[Field, ...], values: Mapping[str, Value], vocabulary: Vocabulary, before: str = BEFORE
) -> Form:
    """A form of facts that holds values already."""
    form = Form(fields)
    for item in fields:
        name = item.name.removeprefix(before)
        if name in vocabulary and name in values:
            form.values[item.name], whole = typed_of(vocabulary[name], values[name])
            if item.kind == "checkboxes":
                form.values[item.name + COMPLETE] = "yes" if whole else ""
    return form


@lru_cache(maxsize=32)
def _asked(setting: str, region: str, knowledge: KnownKey) -> tuple[str, ...]:
    from chemoplan.plan.missing import missing_facts

    source = Source("the short form")
    vocabulary = knowledge.held.vocabulary
    given = [("setting", setting), ("region", region)]
    stated = tuple(Statement(name, vocabulary[name].read(value), source) for name, value in given if value)
    names = missing_facts(resolve(Reading("short form", stated), knowledge.held), knowledge.held)
    return tuple(name for name in names if name not in ("setting", "region") and not vocabulary[name].derived)


def short_form(setting: str, region: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The facts of the short form: those that decide most for the setting, as the plan itself would ask."""
    asked = _asked(setting, region, KnownKey(knowledge))
    names: list[str] = ["setting", "region"]
    for name in asked:
        fields = [item for known in (*names, name) for item in fact_fields([known], knowledge.vocabulary)]
        if len(fields) > MOST_FIELDS - 2:  # the label and the day of the decision are fields too
            break
        names.append(name)
    order = list(knowledge.vocabulary)
    return (*names[:2], *sorted(names[2:], key=order.index))


def sent_names(data: Any, vocabulary: Vocabulary, before: str = BEFORE) -> tuple[str, ...]:
    """The facts that a sent form has fields of, in the order of the vocabulary; only those that a person may state."""
    shown = shown_names(data, vocabulary)  # of a set whose ticks are all gone, a browser sends nothing else
    return tuple(
        fact.name
        for fact in vocabulary.about_case()
        if may_be_stated(fact)
        and (before + fact.name in data or before + fact.name + COMPLETE in data or fact.name in shown)
    )


def shown_names(data: Any, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The facts that stood in a sent form with a value: those alone are unknown again when their field is emptied."""
    names = dict.fromkeys(str(name) for name in data.getlist(SHOWN))
    return tuple(name for name in names if name in vocabulary and may_be_stated(vocabulary[name]))


def may_be_stated(fact: Fact) -> bool:
    """Whether a person states the fact, or whether it always follows from others."""
    return not fact.derived or fact.may_be_stated


def answers_of(
    values: Mapping[str, Value | None], vocabulary: Vocabulary, by: str, on: date, found_on: date | None = None
) -> dict[str, Any]:
    """Values as answers of the case page: by whom, on which day, and when they were found where somebody says so."""
    return {
        name: {
            "value": None if value is None else vocabulary[name].plain(value),
            "by": by,
            "on": on.isoformat(),
            **({"found_on": found_on.isoformat()} if found_on else {}),
        }
        for name, value in values.items()
    }
