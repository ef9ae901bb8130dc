"""A document that is no case (a proposed plan, an order): plain data from YAML or JSON, with the same care as a case file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chemoplan.intake.parse import decode, parse_text
from chemoplan.intake.read import read_content
from chemoplan.intake.refused import InputRefused, kind_of


def read_data(path: Path) -> tuple[str, Any]:
    """The name of a document and the plain data that it holds. Raises InputRefused, and nothing else."""
    document, content = read_content(path)
    return document, parse_text(decode(content, document), document).data


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping a YAML or JSON document holds. Raises InputRefused, and nothing else."""
    document, data = read_data(path)
    return as_mapping(data, document)


def as_mapping(data: Any, document: str) -> dict[str, Any]:
    """Data that must be a mapping. Raises InputRefused."""
    if not isinstance(data, dict):
        raise InputRefused(
            f"{document}: holds {kind_of(data)}; expected a mapping such as 'components: [fluoropyrimidine]'"
        )
    return data
