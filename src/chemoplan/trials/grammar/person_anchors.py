"""When an age or a state counts: "at the time of signing informed consent" is "at consent"."""

from __future__ import annotations

import re
from functools import lru_cache

from chemoplan.trials.lexicon import lexicon


@lru_cache(maxsize=1)
def _anchors() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (
            re.compile(
                rf"^[\s,]*(?:old|of age)?[\s,]*(?:at|on|by)\s+(?:the\s+)?(?:time|day|date)?\s*(?:of\s+)?(?:the\s+)?(?:{pattern})\b"
            ),
            name,
        )
        for name, pattern in lexicon("person")["anchors"].items()
    )


def state_at(text: str) -> str:
    """ "at the time of signing informed consent" as "at consent"; empty where nothing of the kind follows."""
    return next((f"at {name}" for pattern, name in _anchors() if pattern.search(text)), "")
