"""The reference engine of CTML beside ours: the same trials and people, its matches against its closed world re-created and our reading.

`make bench-matchengine` makes the environment that the engine runs in. Its seconds are those of an emulated database, so they compare
with nothing but themselves; what counts here is whether it matches whom `closed_world.py` says it does.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from tests.bench.closed_world import NAMES, Person, matches
from tests.real.conftest import reference_folder

ROOT = Path(__file__).resolve().parents[2]
RUN = Path(__file__).with_name("matchengine_run.py")
APART = ROOT / "build" / "bench-matchengine" / "bin" / "python"
"""The Python of `make bench-matchengine`, which has the engine and nothing of this project."""

PEOPLE, TRIALS = 200, 20
PATIENCE = 300
"""Seconds: after some errors the engine waits for ever instead of ending."""
SHOWN = 5
Found = TypeVar("Found")
Row = Callable[[str, str, str], None]
Facts = dict[str, Any]
Key = tuple[int, str, int]
"""Trial and person by their number, and the path of the level, as in treatment_list.step.0.match."""


def matchengine(row: Row) -> None:
    """Measure and print, or say what is absent."""
    if not APART.is_file():
        row("trials in CTML matched by matchengine-V2", "not measured", "the engine is absent: make bench-matchengine")
        return
    _compare(row, "invented", *invented(PEOPLE, TRIALS))
    _beside(row)
    found = examples()
    if found is None:
        row("matchengine-V2 on its own examples", "not measured", "the reference folder is absent")
        return
    _compare(row, "its own examples", *found)


def _compare(row: Row, name: str, trials: list[Any], people: list[Any], facts: list[Facts]) -> None:
    answer = _engine(trials, people)
    if isinstance(answer, str):
        row(f"matchengine-V2, {name}", "not measured", answer)
        return
    size = f"{answer['trials']} trials x {answer['people']:,} people"
    seconds = f"{answer['wall']:.2f} s ({answer['cpu']:.2f} s CPU)"
    row(
        f"{size}, {name}: matchengine-V2 {answer['version']}",
        seconds,
        f"on {answer['emulator']}: not its speed on a server",
    )
    wall, cpu, opened = _timed(lambda: open_world(trials, facts))
    row("  ours, open world", f"{wall:.2f} s ({cpu:.2f} s CPU)", "reading the trials included")
    names = {name: tuple(each) for name, each in answer["diagnoses"].items()}
    with patch.dict(NAMES, names):
        wall, cpu, closed = _timed(lambda: closed_world(trials, people, date.fromisoformat(answer["date"])))
    row("  closed_world.py", f"{wall:.2f} s ({cpu:.2f} s CPU)", "")
    engine = {(trial, path, person) for trial, path, person in answer["matched"]}
    equal = "equal" if engine == closed else f"{len(engine ^ closed)} differ"
    row("  matched by matchengine-V2 and by closed_world.py", f"{len(engine):,} and {len(closed):,}", equal)
    for found, whose in ((engine - closed, "matchengine-V2"), (closed - engine, "closed_world.py")):
        levels = Counter((trial, path) for trial, path, _ in found).most_common()
        for (trial, path), number in levels[:SHOWN]:
            row(f"    by {whose} alone: {trials[trial].get('protocol_no', trial)}", f"{number} people", path)
        if levels[SHOWN:]:
            row(f"    by {whose} alone: other levels", f"{len(levels) - SHOWN}", "")
    said = Counter(opened[key] for key in engine)
    others = sum(verdict is True for key, verdict in opened.items() if key not in engine)
    row("  of the matched, ours: yes / not known / no", f"{said[True]:,} / {said[None]:,} / {said[False]:,}", "")
    row("  not matched, ours: yes", f"{others:,}", "")


def _engine(trials: list[Any], people: list[Any]) -> dict[str, Any] | str:
    """The answer of matchengine_run.py, or the last line of what kept it from answering."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.json"
        path.write_text(json.dumps({"trials": trials, "people": people}), encoding="utf-8")
        try:
            done = subprocess.run([APART, RUN, path], capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return f"no answer within {PATIENCE} s"
    if done.returncode or done.stderr.strip():
        return (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _timed(action: Callable[[], Found]) -> tuple[float, float, Found]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = action()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def open_world(trials: list[Any], facts: list[Facts]) -> dict[Key, bool | None]:
    """What our reading of the same trials makes of the facts: true, false, or None where they do not say."""
    from chemoplan.criteria.truth import evaluate
    from chemoplan.trials.ctml import ctml_of

    return {
        (number, match.path.replace("[", ".").replace("]", ""), person): evaluate(match.criterion, known)
        for number, trial in enumerate(trials)
        for match in ctml_of(trial, str(number)).matches
        for person, known in enumerate(facts)
    }


def closed_world(trials: list[Any], people: list[Any], today: date) -> set[Key]:
    """Whom the re-created semantics match."""
    persons = [Person(each["clinical"], each["genomic"]) for each in people]
    return {
        (number, path, place)
        for number, trial in enumerate(trials)
        for path, tree in _levels(trial)
        for place, person in enumerate(persons)
        if matches(tree, person, today)
    }


def _levels(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Each `match` that is not empty, with its path."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in entries:
        at = (*path, str(key))
        if key == "match" and below:
            yield ".".join(at), below
        elif key != "match":
            yield from _levels(below, at)


def _beside(row: Row) -> None:
    """The smallest tree found on which the engine departs from its own words: of two alternatives it asks for one."""
    adult, woman, man, lung, high = (
        {"clinical": {key: value}}
        for key, value in (
            ("age_numerical", ">=18"),
            ("gender", "Female"),
            ("gender", "Male"),
            ("oncotree_primary_diagnosis", "Lung"),
            ("tmb_numerical", ">=10"),
        )
    )
    tree = {"and": [{"or": [{"and": [adult, {"or": [woman, high]}]}, lung]}, {"or": [man, high]}]}
    trials = [{"treatment_list": {"step": [{"match": [tree]}]}}]
    known: Facts = {"age": 60.5, "sex": "female", "tmb": 3.0, "primary_site": "colon", "histology": "adenocarcinoma"}
    people = documents_of([known])
    answer = _engine(trials, people)
    if isinstance(answer, dict):
        said = (bool(answer["matched"]), bool(closed_world(trials, people, date.fromisoformat(answer["date"]))))
        ours = next(iter(open_world(trials, [known]).values()))
        words = [{True: "yes", False: "no", None: "not known"}[verdict] for verdict in (*said, ours)]
        what = "(adult and (woman or TMB 10) or lung) and (man or TMB 10), of a woman, TMB 3"
        row(what, " / ".join(words), "matchengine-V2 / closed_world.py / ours")


def invented(people: int, trials: int, seed: int = 11) -> tuple[list[Any], list[Any], list[Facts]]:
    """Trials of nested trees and people of whom about a third of the facts is not known: trials, documents, facts."""
    from tests.generative.test_ctml_semantics import ALTERATIONS, DIAGNOSES, MMR, SEXES, genomic_leaf

    chance = random.Random(seed)

    def leaf() -> Any:
        sign = chance.choice(["", "!"])
        return chance.choice(
            [
                genomic_leaf(chance.choice(sorted(ALTERATIONS)), bool(sign), "variant_category"),
                {"genomic": {"mmr_status": f"{sign}{chance.choice(['MMR-Deficient', 'MMR-Proficient'])}"}},
                {
                    "clinical": {
                        "oncotree_primary_diagnosis": f"{sign}{chance.choice(['Rectal', 'Colorectal'])} Adenocarcinoma"
                    }
                },
                {"clinical": {"gender": f"{sign}{chance.choice(sorted(SEXES.values()))}"}},
                {"clinical": {"age_numerical": chance.choice([">=18", "<70", ">=50"])}},
                {"clinical": {"tmb_numerical": chance.choice([">=10", "<15"])}},
            ]
        )

    def tree(depth: int) -> Any:
        if depth == 0 or chance.random() < 0.4:
            return leaf()
        return {chance.choice(["and", "or"]): [tree(depth - 1) for _ in range(chance.randint(2, 3))]}

    def facts() -> Facts:
        whole: Facts = {
            "age": chance.randint(12, 85) + 0.5,
            "sex": chance.choice(sorted(SEXES)),
            "primary_site": chance.choice(sorted(DIAGNOSES)),
            "histology": "adenocarcinoma",
            "tmb": chance.choice([3.0, 12.0, 40.0]),
            "mmr": chance.choice(sorted(MMR)),
            **{fact: chance.choice(["detected", "not_detected"]) for fact in ALTERATIONS},
        }
        return {name: value for name, value in whole.items() if chance.random() < 0.7}

    studies = [{"treatment_list": {"step": [{"match": [tree(3)]}]}} for _ in range(trials)]
    known = [facts() for _ in range(people)]
    return studies, documents_of(known), known


def documents_of(known: list[Facts]) -> list[Any]:
    """The documents that say as much, born half a year after a birthday as of today."""
    from tests.generative.test_ctml_semantics import person_of

    documents = []
    for facts in known:
        person = person_of(facts)
        clinical = dict(person.clinical)
        if "age" in facts:
            born = date.today() - timedelta(days=round(facts["age"] * 365.25))
            clinical["BIRTH_DATE_INT"] = born.year * 10_000 + born.month * 100 + born.day
        documents.append({"clinical": clinical, "genomic": list(person.genomic)})
    return documents


def examples() -> tuple[list[Any], list[Any], list[Facts]] | None:
    """The engine's own example trials and clinical documents; it has no genomic documents there."""
    from tests.real.test_ctml_people import facts_of, people

    folder = reference_folder() / "trials" / "matchengine_ctml"
    if not (folder / "clinical.jsonl.gz").is_file():
        return None
    trials = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    clinical = people(folder)
    return trials, [{"clinical": each, "genomic": []} for each in clinical], [facts_of(each) for each in clinical]
