"""Whatever text a release holds: a profile is a tree, it never raises, and more knowledge only settles what was open."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemoplan.genomics.civic import match_civic
from chemoplan.genomics.civic_profile import leaves, parse_profile
from chemoplan.genomics.civic_truth import evaluate, look
from chemoplan.genomics.tumor import Tumor
from chemoplan.intake.civic import read_civic
from chemoplan.intake.refused import InputRefused
from chemoplan.knowledge import load_knowledge
from tests.spec.civic_releases import item, release, row, snapshot, table
from tests.spec.tumors import assay, call, copies, fusion, tumor

KNOWLEDGE = load_knowledge()
GENES = ["KRAS", "BRAF", "MET", "ALK", "PIK3CA"]
SINGLE = [
    "KRAS G12C", "KRAS G12", "KRAS G12/G13", "KRAS Exon 2 Mutation", "KRAS Mutation", "KRAS Wildtype", "BRAF V600E",
    "BRAF Non-V600", "BRAF Amplification", "MET Amplification", "MET Loss", "v::ALK Fusion", "EML4::ALK Fusion",
    "PIK3CA Exon 9 Mutation", "PIK3CA Exon 10 Mutation", "PIK3CA Loss-of-function", "MSI High", "KRAS Expression",
]  # fmt: skip
CALLS = [
    "KRAS G12C",
    "KRAS G12D",
    "KRAS E98*",
    "KRAS A11_G12dup",
    "BRAF V600E",
    "BRAF D594G",
    "PIK3CA E545K",
    "PIK3CA H1047R",
]
FRAGMENTS = [
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    "KRAS",
    "G12C",
    "Fusion",
    "::",
    "v::ALK",
    "Exon",
    "2",
    "Mutation",
    "c.1A>G",
    "p.",
    "/",
]


def texts() -> st.SearchStrategy[str]:
    """Any text, and texts that look like profiles."""
    pieces = st.one_of(st.sampled_from([*FRAGMENTS, *SINGLE]), st.text(max_size=8))
    return st.one_of(st.text(max_size=60), st.lists(pieces, max_size=14).map(" ".join))


def profiles() -> st.SearchStrategy[str]:
    """Well-formed combinations."""
    return st.recursive(
        st.sampled_from(SINGLE),
        lambda part: st.one_of(
            st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(lambda three: f"( {' '.join(three)} )"),
            part.map(lambda inner: f"NOT {inner}"),
        ),
        max_leaves=6,
    )


@st.composite
def tumors(draw: st.DrawFn) -> Tumor:
    """A tumor with some calls, some of them doubtful, and some tests."""
    calls = [
        call(text, doubt=draw(st.sampled_from(["", "", "low depth"])))
        for text in draw(st.lists(st.sampled_from(CALLS), max_size=4, unique=True))
    ]
    some = draw(st.lists(st.sampled_from(GENES), unique=True))
    return tumor(
        *calls,
        assays=(assay(*some, copies=" ".join(some), fusions=" ".join(some)),) if draw(st.booleans()) else (),
        copies=tuple(copies("MET", level) for level in draw(st.lists(st.integers(-2, 2), max_size=1))),
        fusions=draw(st.sampled_from([(), (fusion("EML4", "ALK"),), (fusion("X", "ALK", in_frame=False),)])),
    )


@given(texts(), tumors())
def test_any_text_is_a_profile_that_can_be_asked(text: str, what: Tumor) -> None:
    profile = parse_profile(text)
    list(leaves(profile, negated=True))
    assert evaluate(profile, look(what, KNOWLEDGE)).truth in (True, False, None)
    match_civic(release(item(text)), what, KNOWLEDGE)


@given(profiles(), tumors(), st.lists(st.sampled_from(GENES), unique=True))
def test_looking_at_more_only_settles_what_was_open(text: str, what: Tumor, more: list[str]) -> None:
    profile = parse_profile(text)
    before = evaluate(profile, look(what, KNOWLEDGE)).truth
    wider = replace(what, assays=(*what.assays, assay(*more, copies=" ".join(more), fusions=" ".join(more))))
    after = evaluate(profile, look(wider, KNOWLEDGE)).truth
    assert before is None or after is before


@given(profiles())
def test_a_tumor_of_which_nothing_is_known_settles_nothing(text: str) -> None:
    assert evaluate(parse_profile(text), look(tumor(calls_read=None), KNOWLEDGE)).truth is None


@given(profiles(), tumors())
def test_a_profile_that_is_true_on_something_found_is_always_listed(text: str, what: Tumor) -> None:
    answer = evaluate(parse_profile(text), look(what, KNOWLEDGE))
    listed = match_civic(release(item(text)), what, KNOWLEDGE)["matches"]
    assert bool(listed) == (answer.truth is not False and bool(answer.found))
    if answer.truth and listed:
        assert listed[0]["state"] == "matched"


WHOLE = [table(row(), row(evidence_id="78")).encode(), snapshot(row(), row(evidence_id="78")).encode()]
WHOLE.append(gzip.compress(WHOLE[1]))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("civic") / "release"


@given(st.sampled_from(WHOLE), st.integers(0, 2**32), st.binary(max_size=6))
def test_damaged_bytes_are_a_release_or_one_refusing_line(place: Path, whole: bytes, seed: int, junk: bytes) -> None:
    chance = random.Random(seed)
    start = chance.randrange(len(whole) + 1)
    end = chance.choice([start, start + chance.randrange(4), len(whole)])
    place.write_bytes(whole[:start] + junk + whole[end:])
    try:
        found = read_civic(place)
    except InputRefused as refused:
        assert str(refused).startswith("release")
        assert str(refused).isprintable()
        return
    match_civic(found, tumor("KRAS G12C"), KNOWLEDGE)


@given(st.text(max_size=40))
def test_any_text_is_a_release_or_one_refusing_line(place: Path, text: str) -> None:
    place.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputRefused):
        read_civic(place)
