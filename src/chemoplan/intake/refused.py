"""The one way in which a document as a whole is turned down."""

from __future__ import annotations


class InputRefused(ValueError):
    """The document cannot be read as a case. The message is one line: what, where, and what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def shown(value: object, limit: int = 60) -> str:
    """A value from a document, shortened for a message and safe to print."""
    try:
        text = repr(value)
    except ValueError:  # integers beyond the interpreter's digit limit
        text = f"a {type(value).__name__} too long to show"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def kind_of(value: object) -> str:
    """What a document holds, in words and without its content, which may be personal."""
    kinds = {
        dict: "a mapping",
        list: "a list",
        str: "only text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return next((words for kind, words in kinds.items() if isinstance(value, kind)), type(value).__name__)


def one_line(text: str) -> str:
    """Text from a document made safe for a message: one line, nothing that a terminal would act on."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
