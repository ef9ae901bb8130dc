"""A plan or an audit as one self-contained page: no script, no outside file, made for the screen and for paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chemoplan.report import outline, words

CONDITIONAL_PRINTED = 10
"""With more conditional options than this, paper shows one line for each and leaves the reasons to the screen."""


def plan_html(plan: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of a plan. With `opened` every fold is open (for engines that print what they see)."""
    groups = outline.groups(plan)
    conditional = sum(group.undecided for group in groups)
    template = _environment().get_template("plan.html.j2")
    return template.render(
        report=plan,
        heading="Plan",
        groups=groups,
        longest=max((group.total for group in groups), default=1),
        decisions=outline.decisions(plan),
        conflict_topics={item["id"]: item["topic"] for item in plan["conflicts"]},
        conditional_count=conditional,
        many=conditional > CONDITIONAL_PRINTED,
        sources=outline.sources(plan),
        opened=opened,
    )


def audit_html(audit: Mapping[str, Any], *, opened: bool = False) -> str:
    """The page of an audit."""
    template = _environment().get_template("audit.html.j2")
    return template.render(
        report=audit, heading="Audit of a proposed plan", sources=outline.sources(audit), opened=opened, many=False
    )


def page(template: str, report: Mapping[str, Any], **more: Any) -> str:
    """The page that a template makes of a report: the frame, the filters and the escaping are the same for all."""
    return _environment().get_template(template).render(report=report, **more)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chemoplan.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    filters_and_globals(environment)
    return environment


def filters_and_globals(environment: Environment) -> None:
    """Put what the templates of the reports use into an environment: pages that show a part of a report do so too."""
    environment.globals.update(
        words=words,
        mark=words.mark_of,
        review=outline.review,
        evidence=outline.evidence_lines,
        cited=outline.cited,
        topics=outline.topics,
        count=words.count_text,
    )
    environment.filters.update(
        value=words.value_text,
        components=words.components_text,
        regions=words.regions_text,
        commands=words.commands_of,
        css_text=css_text,
        anchor=anchor,
        leaf=_leaf,
    )


def _finalize(value: Any) -> Any:
    """Every printed value passes here: control characters never reach the page; escaping follows."""
    if value is None or isinstance(value, Markup):
        return value
    return words.printable(value)


def css_text(text: Any) -> Markup:
    """Text as a CSS string that cannot end the string, the rule or the style element."""
    safe = re.sub(r"[\s\"'\\<>&{}]", _css_escape, words.printable(text))
    return Markup(f'"{safe}"')  # what could end the string, the rule or the element is escaped


def _css_escape(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else f"\\{ord(found[0]):06x}"


def anchor(text: Any) -> str:
    """An id for use within the page, unlike for unlike texts."""
    return re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", words.printable(text))


def _leaf(leaf: Mapping[str, Any]) -> bool:
    """Whether the test of a leaf already names the value."""
    return bool(leaf["test"] == f"{leaf['fact']} = {leaf['text']}")
