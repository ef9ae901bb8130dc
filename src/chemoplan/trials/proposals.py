"""Ask a language model about the lines that the grammar left to a person. Off unless somebody asks for it.

What comes back is a proposal, shown as such: it must quote its span from the line and fit the schema of atoms, or it is
refused with the reason. A proposal is never matched: it becomes an atom only through a curation file that a person signs.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from chemoplan.trials.reading import Line, TrialReading
from chemoplan.trials.record import TrialRecord

EFFECTS, KINDS = ("require", "exclude", "allow", "define"), ("data", "judgement", "administrative")
KEY = "CHEMOPLAN_LLM_KEY"
"""Name of the environment variable that holds the key of the address, where it needs one."""

TIMEOUT = 120
LONGEST = 400

_TASK = (
    "You read one line of a clinical study's eligibility criteria. Answer with JSON only: "
    '{"atoms": [{"span": ..., "effect": "require|exclude|allow|define", "kind": "data|judgement|administrative", "atom": ...}]}. '
    "`span` is copied from the line, character for character. `atom` is a readable expression: attribute operator value unit. "
    "An exclude atom states the excluding condition itself. Propose nothing that the line does not say; an empty list is a good answer."
)


class EndpointRefused(ValueError):
    """The address gave no usable answer; the message says which and why."""


def propose(record: TrialRecord, reading: TrialReading, endpoint: str, model: str) -> list[dict[str, Any]]:
    """Proposals for the lines of a reading that are to be judged, each with `accepted` or the reason it was refused."""
    rows: list[dict[str, Any]] = []
    for line in reading.lines:
        if line.kind != "to be judged":
            continue
        for raw in _asked(line, endpoint, model):
            refused = checked(raw, line)
            row = {"nct_id": record.nct_id, "line": line.number, "section": line.section, "proposed_by": model}
            kept = (
                {name: str(raw.get(name, ""))[:LONGEST] for name in ("span", "effect", "kind", "atom")}
                if isinstance(raw, Mapping)
                else {}
            )
            rows.append(
                row | kept | {"status": "refused" if refused else "proposed"} | ({"reason": refused} if refused else {})
            )
    return rows


def checked(raw: Any, line: Line) -> str:
    """Why a proposal cannot stand, or an empty text."""
    if not isinstance(raw, Mapping):
        return "is no object"
    span, atom = raw.get("span"), raw.get("atom")
    if not isinstance(span, str) or not span.strip() or span not in line.text:
        return "does not quote the line"
    if raw.get("effect") not in EFFECTS:
        return f"effect is not one of {', '.join(EFFECTS)}"
    if raw.get("kind") not in KINDS:
        return f"kind is not one of {', '.join(KINDS)}"
    if not isinstance(atom, str) or not atom.strip() or len(atom) > LONGEST or "\n" in atom:
        return f"atom is no expression of one line and at most {LONGEST} characters"
    return ""


def _asked(line: Line, endpoint: str, model: str) -> Sequence[Any]:
    """What the model answers for one line."""
    address = endpoint.rstrip("/") + ("" if endpoint.rstrip("/").endswith("/chat/completions") else "/chat/completions")
    if not _is_address(address):
        raise EndpointRefused(f"{endpoint}: is no web address; expected one such as http://localhost:8000/v1")
    body = {
        "model": model,
        "temperature": 0,
        "messages": [
            {"role": "system", "content": _TASK},
            {"role": "user", "content": f"Section: {line.section}\nLine: {line.text}"},
        ],
    }
    headers = {"Content-Type": "application/json"}
    if os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {os.environ[KEY]}"
    try:
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310 - the scheme is checked above
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            content = json.load(answer)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        error.close()
        raise EndpointRefused(
            f"{endpoint}: answered {error.code}; check the address, the model's name and {KEY}"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise EndpointRefused(f"{endpoint}: cannot be reached ({getattr(error, 'reason', error)})") from None
    except (ValueError, LookupError, TypeError):
        raise EndpointRefused(
            f"{endpoint}: the answer has no choices[0].message.content; is it OpenAI-compatible?"
        ) from None
    return _atoms(str(content))


def _is_address(text: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in text
    except ValueError:
        return False


def _atoms(content: str) -> Sequence[Any]:
    """The atoms of an answer; prose around the JSON is let go, an answer without JSON is one proposal that will be refused."""
    start, end = content.find("{"), content.rfind("}")
    try:
        found = json.loads(content[start : end + 1])["atoms"]
    except (ValueError, LookupError, TypeError):
        return [content[:LONGEST]]
    return found if isinstance(found, list) else [found]
