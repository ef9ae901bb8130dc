"""A center's file that the pages cannot use is refused before anybody comes, with the place and what would be right."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.web.center.center import EXAMPLE, CenterRefused
from chemoplan.web.center.file import load_center

DATA = yaml.safe_load((EXAMPLE / "center.yaml").read_text(encoding="utf-8"))


def written(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    data = copy.deepcopy(DATA)
    change(data)
    (folder / "center.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def test_the_example_center_can_be_used_and_so_can_a_copy(tmp_path: Path) -> None:
    assert load_center(written(tmp_path, lambda data: data.update(name="Another Center"))).name == "Another Center"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.update(hours="8 to 6"), "hours is '8 to 6'; expected a list"),
        (lambda data: data["hours"][0].update(days="mon"), "hours, entry 1: days is 'mon'; expected a list"),
        (lambda data: data["hours"][0].update(open="8 am"), "hours, line 1: open is '8 am'"),
        (lambda data: data.update(holidays=[]), "holidays is a list; expected keys and values"),
        (lambda data: data["holidays"].update(names=["Boxing Day"]), "'Boxing Day' is no holiday of US"),
        (lambda data: data["locations"][1].pop("name"), "locations, entry 2: name is missing; expected words, or"),
        (
            lambda data: data["locations"][0].update(address=["Somewhere"]),
            "address of location 'main' ends in 'Somewhere'",
        ),
        (lambda data: data["doctors"].append("Ana"), "doctors, entry 5 is 'Ana'; expected keys and values"),
        (lambda data: data["doctors"].append(data["doctors"][0]), "doctors has 'rivera' twice"),
        (lambda data: data["slots"].update(minutes="long"), "slots.minutes is 'long'; expected a whole number"),
        (lambda data: data["slots"]["services"][0].pop("locations"), "slots.services, entry 1: locations is missing"),
        (
            lambda data: data["slots"]["services"][0].update(doctors=["who"]),
            "slots.services, entry 1: doctors has 'who'",
        ),
    ],
)
def test_a_center_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    with pytest.raises(CenterRefused) as refused:
        load_center(written(tmp_path, change))
    assert (
        str(refused.value).startswith("center.yaml: ")
        and words in str(refused.value)
        and "\n" not in str(refused.value)
    )
