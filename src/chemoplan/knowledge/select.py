"""Which options a selector means: an option id or glob, an option kind, a component, a drug, or a group of components."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from chemoplan.knowledge.entries import Component, Option

KINDS = ("treatment", "strategy", "surveillance", "supportive", "test", "advice", "trial")


def components_of(
    selector: str, components: Mapping[str, Component], groups: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """The components (or drugs) a selector names, or None when it names none."""
    if selector in groups:
        return groups[selector]
    if selector in components or any(selector in component.drugs for component in components.values()):
        return (selector,)
    return None


def class_of(name: str, components: Mapping[str, Component]) -> str | None:
    """The component itself, or the component whose drug the name is."""
    if name in components:
        return name
    return next((component.id for component in components.values() if name in component.drugs), None)


def meaning(
    selector: str,
    options: Mapping[str, Option],
    components: Mapping[str, Component],
    groups: Mapping[str, tuple[str, ...]],
) -> Literal["option", "kind", "component", "nothing"]:
    """What a selector stands for. An option id wins over a component of the same name."""
    if selector in options or (
        ("*" in selector or "?" in selector) and any(fnmatchcase(name, selector) for name in options)
    ):
        return "option"
    if selector in KINDS:
        return "kind"
    return "component" if components_of(selector, components, groups) else "nothing"


def selected(
    selector: str,
    options: Mapping[str, Option],
    components: Mapping[str, Component],
    groups: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """Ids of the options a selector means."""
    match meaning(selector, options, components, groups):
        case "option":
            return [name for name in options if fnmatchcase(name, selector)]
        case "kind":
            return [option.id for option in options.values() if option.kind == selector]
        case "component":
            wanted = components_of(selector, components, groups) or ()
            classes = {class_of(name, components) for name in wanted}
            return [option.id for option in options.values() if classes & set(option.components)]
        case _:
            return []
