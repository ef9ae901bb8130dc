"""Words of eligibility texts, as data beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def lexicon(name: str) -> dict[str, Any]:
    """The words of one family."""
    text = (files("chemoplan.trials.lexicon") / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found
