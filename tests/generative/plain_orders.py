"""A second, plain way from a person to the doses of every regimen, for comparison with the first one.

It shares no code with the program: figures of the regimens are written down by hand (plain_regimens.py), criteria are read as text and
turned into Python expressions, numbers are fractions, and no label table is used. It takes people about whom everything is known, in a
named region. Where the program reads a label's tablet table this way stops at the dose before tablets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from math import isqrt
from pathlib import Path
from typing import Any

import yaml

from tests.generative.plain_regimens import LIGHT, LOADING, PLAIN

DATA = Path(str(files("chemoplan.knowledge") / "data"))
RANK = ["give", "omit", "decide", "hold", "delay", "stop"]
STATE = {
    "reduce": "give",
    "omit": "omit",
    "decide": "decide",
    "hold": "hold",
    "delay": "delay",
    "stop": "stop",
    "avoid": "stop",
}
REGIONS = {"EU": {"AT", "BE", "DE", "DK", "ES", "FI", "FR", "IE", "IT", "NL", "PL", "PT", "SE"}, "UK": {"GB"}}


@lru_cache(maxsize=1)
def raw() -> dict[str, Any]:
    """The files, as YAML and nothing more."""

    def rows(folder: str) -> list[dict[str, Any]]:
        return [
            row
            for path in sorted((DATA / folder).glob("*.yaml"))
            for row in yaml.safe_load(path.read_text(encoding="utf-8"))
        ]

    parts = yaml.safe_load((DATA / "components.yaml").read_text(encoding="utf-8"))
    options = {row["id"]: row for row in rows("options")}
    regimens = {row["id"]: row for row in rows("regimens")}
    return {
        "changes": rows("dose_changes"), "safety": rows("safety"), "groups": parts["groups"],
        "drugs": {row["id"]: row for row in rows("drugs")},
        "components": {row["id"]: row for row in parts["components"]}, "options": options, "regimens": regimens,
    }  # fmt: skip


TOKEN = re.compile(r"\{[^}]*\}|\(|\)|<=|>=|!=|<|>|=|[A-Za-z_][\w]*|-?\d+(?:\.\d+)?(?:\*\d+/L)?|%|/|\S")
UNITS = re.compile(
    r"(?<=\d) (?:10\*9/L|mL/min|mg/dL|g/dL|mg/m2|\{ULN\}|g/d|mL/d|mm\[Hg\]|mm|cm|ms|wk|mo|kg|U/L|d|a|%)(?=[\s)]|$)"
)


@lru_cache(maxsize=4096)
def python_of(criterion: str) -> Any:
    """A criterion as compiled Python over `f`, the facts by name."""
    text = UNITS.sub("", " ".join(str(criterion).split()))
    text = re.sub(r"(\w+) has (any|all) \{([^}]*)\}", lambda m: f"__{m[2]}({m[1]}; {_names(m[3])})", text)
    text = re.sub(r"(\w+) has (\w+)", lambda m: f"__any({m[1]}; ['{m[2]}'])", text)
    text = re.sub(r"(\w+) in \{([^}]*)\}", lambda m: f"__in_({m[1]}; {_names(m[2])})", text)
    text = re.sub(r"(\w+) (=|!=) \{([^}]*)\}", lambda m: f"__same({m[1]}; {_names(m[3])}; '{m[2]}')", text)
    text = re.sub(r"(\w+) (=|!=) ([A-Za-z]\w*)", lambda m: f"__is_({m[1]}; '{m[3]}'; '{m[2]}')", text)
    text = re.sub(r"(\w+) (<=|>=|<|>|=|!=) (-?\d+(?:\.\d+)?)", lambda m: f"__number({m[1]}; '{m[3]}'; '{m[2]}')", text)
    text = re.sub(r"__(\w+)\((\w+);", lambda m: f"h.{m[1]}(f['{m[2]}'],", text).replace(";", ",")
    kept: list[str] = []

    def aside(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f" @{len(kept) - 1} "

    text = re.sub(r"h\.\w+\((?:[^()\[\]]|\[[^\]]*\])*\)", aside, text)
    words = [
        w if w in ("and", "or", "not") or not re.fullmatch(r"[A-Za-z_]\w*", w) else _word(w)
        for w in re.findall(r"@\d+|\w+|[()]", text)
    ]
    text = " ".join(kept[int(w[1:])] if w.startswith("@") else w for w in words)
    return compile(text, "criterion", "eval")


def _names(text: str) -> str:
    return "[" + ", ".join(f"'{name.strip()}'" for name in text.split(",") if name.strip()) + "]"


def _word(word: str) -> str:
    return {"always": "True", "never": "False"}.get(word, f"f['{word}']")


class Helpers:
    """What the expressions call."""

    @staticmethod
    def any(value: Any, names: list[str]) -> bool:
        return any(name in value for name in names)

    @staticmethod
    def all(value: Any, names: list[str]) -> bool:
        return all(name in value for name in names)

    @staticmethod
    def same(value: Any, names: list[str], sign: str) -> bool:
        return (set(value) == set(names)) is (sign == "=")

    @staticmethod
    def is_(value: Any, name: str, sign: str) -> bool:
        return ({True: "true", False: "false"}.get(value, value) == name) is (sign == "=")

    @staticmethod
    def in_(value: Any, names: list[str]) -> bool:
        return any(
            str(value) == name
            or (_numeric(name) and not isinstance(value, str) and Fraction(name) == Fraction(str(value)))
            for name in names
        )

    @staticmethod
    def number(value: Any, limit: str, sign: str) -> bool:
        left, right = Fraction(str(value)), Fraction(limit)
        return {
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
            "=": left == right,
            "!=": left != right,
        }[sign]


def _numeric(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def holds(criterion: str, facts: Mapping[str, Any]) -> bool:
    """Whether a criterion is true of facts that are all known."""
    code = python_of(criterion)
    return bool(eval(code, {"__builtins__": {}}, {"f": facts, "h": Helpers}))  # noqa: S307  # our own files, in a test


@dataclass(frozen=True)
class PlainLine:
    """What comes out for one line: its state and the dose before tablets, None without one."""

    part: str
    state: str
    dose: Fraction | None


def cents(value: Fraction) -> Fraction:
    """Half up to hundredths."""
    return Fraction(int(value * 100 + Fraction(1, 2)), 100)


def surface(height: Fraction, weight: Fraction) -> Fraction:
    """Mosteller, half up to hundredths, by whole-number roots."""
    square = height * weight * 10_000 / 3600
    root = isqrt(int(square))
    return Fraction(root + (1 if square >= (root + Fraction(1, 2)) ** 2 else 0), 100)


def pump_weight(facts: Mapping[str, Any]) -> Fraction:
    """Actual weight, or the mean with the ideal one above 1.35 times the ideal."""
    weight, height = Fraction(str(facts["weight"])), Fraction(str(facts["height"]))
    ideal = (50 if facts["sex"] == "male" else Fraction("45.5")) + Fraction("2.3") * (height / Fraction("2.54") - 60)
    return cents((ideal + weight) / 2) if weight > Fraction("1.35") * ideal else weight


def plain_order(regimen: str, facts: Mapping[str, Any]) -> list[PlainLine]:
    """The lines of an order, in the order of the regimen."""
    area = surface(Fraction(str(facts["height"])), Fraction(str(facts["weight"])))
    lines = []
    for part, figure, per in PLAIN[regimen]:
        size = {"m2": area, "kg": Fraction(str(facts["weight"])), "flat": Fraction(1)}.get(per) or pump_weight(facts)
        first = facts["cycle_number"] == 1 and (regimen, part) in LOADING
        light = LIGHT.get((regimen, part))
        value = Fraction(str(LOADING[regimen, part] if first else figure))
        if light and Fraction(str(facts["weight"])) < light[0]:
            value, per = Fraction(light[1]), light[2]
            size = Fraction(str(facts["weight"])) if per == "kg" else Fraction(1)
        lines.append(_line(regimen, part, value, per, size, area, facts))
    return lines


def _line(
    regimen: str, part: str, value: Fraction, per: str, size: Fraction, area: Fraction, facts: Mapping[str, Any]
) -> PlainLine:
    full = cents(value * size) if per != "pump" else Fraction(int(value * size * 10_000 + Fraction(1, 2)), 10_000)
    rules = list(_rules(regimen, part))
    found = [rule for rule in rules if holds(rule["when"], facts)]
    region = str(facts["region"])
    reach = {region} | REGIONS.get(region, set())
    noted = {
        name
        for rule in found
        if rule["action"] == "warn" and (not rule.get("jurisdictions") or reach & set(rule["jurisdictions"]))
        for name in rule.get("settles") or ()
    }
    here = [
        rule
        for rule in found
        if rule["action"] != "warn" and (not rule.get("jurisdictions") or reach & set(rule["jurisdictions"]))
    ]
    settled = noted | {name for rule in here for name in rule.get("settles") or ()}
    state, doses = "give", [full]
    for rule in here:
        if rule["action"] == "decide" and rule["id"].split("/")[0] in settled:
            continue
        state = max(state, STATE[rule["action"]], key=RANK.index)
        if rule.get("fraction"):
            doses.append(cents(full * Fraction(str(rule["fraction"]))))
        if rule.get("to"):
            doses.append(
                min(
                    full,
                    cents(Fraction(str(rule["to"]["value"])) * (area if rule["to"]["unit"].endswith("m2") else size)),
                )
            )
        if rule.get("levels"):
            ladder = _ladder(part, value, per)
            if ladder is None:
                state = max(state, "decide", key=RANK.index)
            elif rule["levels"] >= len(ladder):
                state = "stop"
            else:
                doses.append(cents(ladder[rule["levels"]] * size))
    if state == "omit":
        return PlainLine(part, state, Fraction(0))
    return PlainLine(part, state, min(doses) if state == "give" else None)


def _ladder(part: str, value: Fraction, per: str) -> list[Fraction] | None:
    drug = "fluorouracil" if part.startswith("fluorouracil") else part
    unit = {"m2": "mg/m2", "kg": "mg/kg", "flat": "mg"}.get(per)
    for row in raw()["drugs"].get(drug, {}).get("ladders") or ():
        steps = [Fraction(str(step)) for step in row["steps"]]
        if steps[0] == value and row["unit"] == unit and (not row.get("parts") or part in row["parts"]):
            return steps
    return None


def _drugs(regimen: str, part: str) -> set[str]:
    drug = "fluorouracil" if part.startswith("fluorouracil") else part
    names = {drug} | (
        {"levoleucovorin"} if drug == "leucovorin" and regimen.startswith(("folfoxiri", "quasar")) else set()
    )
    for name in list(names):
        names |= set(raw()["drugs"].get(name, {}).get("components") or ())
    return names | {group for group, members in raw()["groups"].items() if names & set(members)}


@cache
def _rules(regimen: str, part: str) -> tuple[dict[str, Any], ...]:
    return tuple(_every_rule(regimen, part))


def _glob(pattern: str, name: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name) is not None


def _every_rule(regimen: str, part: str) -> Iterator[dict[str, Any]]:
    mine = _drugs(regimen, part)
    day1 = raw()["regimens"][regimen].get("day1") or ()
    for rule in raw()["changes"]:
        if rule["topic"] == "day-1" and rule["id"] not in day1:
            continue
        if rule.get("regimens") and not any(_glob(pattern, regimen) for pattern in rule["regimens"]):
            continue
        if rule.get("parts") and part not in rule["parts"]:
            continue
        if "*" in rule["drugs"] or mine & set(rule["drugs"]):
            yield rule
    for entry in raw()["safety"]:
        yield from _safety(entry, regimen, part, mine)


def _safety(entry: dict[str, Any], regimen: str, part: str, mine: set[str]) -> Iterator[dict[str, Any]]:
    every = {name: _drugs(regimen, name) for name, _, _ in PLAIN[regimen]}
    whole = set().union(*every.values())
    stopped = set(entry.get("blocks") or ())
    spared = set(entry.get("spare") or ())
    linked = {
        name for option in spared & set(raw()["options"]) for name in raw()["options"][option].get("regimens") or ()
    }
    if not (spared & whole or regimen in linked):
        known = set(raw()["components"]) | set(raw()["drugs"]) | set(raw()["groups"]) | {"*"}
        stopped |= set(entry.get("forbid") or ()) & known
    for pair in entry.get("blocks_together") or ():
        if all(name in whole for name in pair):
            stopped |= set(pair)
    if stopped & mine or "*" in stopped:
        yield {"id": entry["id"], "when": entry["when"], "action": "stop"}
        return
    for number, item in enumerate(entry.get("modifies") or ()):
        if item["component"] in mine:
            share = item.get("start_fraction")
            action = "reduce" if share else "warn" if entry.get("severity", "info") in ("caution", "info") else "decide"
            yield {"id": f"{entry['id']}/{number + 1}", "when": entry["when"], "action": action, "fraction": share}
