"""CTML read in an open world against the closed world of its reference engine: equal where everything is known, and where not,
never an answer that the data do not carry."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.criteria.truth import evaluate
from chemoplan.trials.ctml import ctml_of
from tests.bench.closed_world import Person, matches

TODAY = date(2026, 11, 27)
Facts = dict[str, Any]
Node = dict[str, Any]

ALTERATIONS: dict[str, tuple[Node, dict[str, str]]] = {
    # fact: the leaf that asks for it, and the genomic document of a person who has it
    "kras_g12c": (
        {"hugo_symbol": "KRAS", "variant_category": "Mutation", "protein_change": "p.G12C"},
        {"TRUE_HUGO_SYMBOL": "KRAS", "VARIANT_CATEGORY": "MUTATION", "TRUE_PROTEIN_CHANGE": "p.G12C"},
    ),
    "kras_codon_146": (
        {"hugo_symbol": "KRAS", "variant_category": "Mutation", "wildcard_protein_change": "p.A146"},
        {"TRUE_HUGO_SYMBOL": "KRAS", "VARIANT_CATEGORY": "MUTATION", "TRUE_PROTEIN_CHANGE": "p.A146T"},
    ),
    "braf_v600e": (
        {"hugo_symbol": "BRAF", "variant_category": "Mutation", "protein_change": "p.V600E"},
        {"TRUE_HUGO_SYMBOL": "BRAF", "VARIANT_CATEGORY": "MUTATION", "TRUE_PROTEIN_CHANGE": "p.V600E"},
    ),
    "tp53_mutation": (
        {"hugo_symbol": "TP53", "variant_category": "Mutation"},
        {"TRUE_HUGO_SYMBOL": "TP53", "VARIANT_CATEGORY": "MUTATION", "TRUE_PROTEIN_CHANGE": "p.R175H"},
    ),
    "her2_amplification": (
        {"hugo_symbol": "ERBB2", "variant_category": "Copy Number Variation", "cnv_call": "High Amplification"},
        {"TRUE_HUGO_SYMBOL": "ERBB2", "VARIANT_CATEGORY": "CNV", "CNV_CALL": "High level amplification"},
    ),
    "ret_fusion": (
        {"hugo_symbol": "RET", "variant_category": "Structural Variation"},
        {"TRUE_HUGO_SYMBOL": "RET", "VARIANT_CATEGORY": "SV"},
    ),
}
DIAGNOSES = {"rectum": "Rectal Adenocarcinoma", "colon": "Colon Adenocarcinoma", "lung": "Lung"}
MMR = {"deficient": "Deficient (MMR-D / MSI-H)", "proficient": "Proficient (MMR-P / MSS)"}
SEXES = {"male": "Male", "female": "Female"}


def genomic_leaf(fact: str, denied: bool, where: str) -> Node:
    leaf = dict(ALTERATIONS[fact][0])
    if denied:
        key = where if where in leaf else "variant_category"
        leaf[key] = f"!{leaf[key]}"
    return {"genomic": leaf}


SIGN = st.sampled_from(["", "!"])
LEAVES = st.one_of(
    st.builds(
        genomic_leaf,
        st.sampled_from(sorted(ALTERATIONS)),
        st.booleans(),
        st.sampled_from(["variant_category", "protein_change", "hugo_symbol"]),
    ),
    st.builds(
        lambda sign, value: {"genomic": {"mmr_status": f"{sign}{value}"}},
        SIGN,
        st.sampled_from(["MMR-Deficient", "MMR-Proficient"]),
    ),
    st.builds(
        lambda sign, name: {"clinical": {"oncotree_primary_diagnosis": f"{sign}{name}"}},
        SIGN,
        st.sampled_from(["Rectal Adenocarcinoma", "READ", "Colorectal Adenocarcinoma", "Lung"]),
    ),
    st.builds(lambda sign, sex: {"clinical": {"gender": f"{sign}{sex}"}}, SIGN, st.sampled_from(["Male", "Female"])),
    st.builds(
        lambda sign, age: {"clinical": {"age_numerical": f"{sign}{age}"}},
        st.sampled_from([">=", "<=", ">", "<"]),
        st.sampled_from([18, 21, 70]),
    ),
    st.builds(
        lambda sign, tmb: {"clinical": {"tmb_numerical": f"{sign}{tmb}"}},
        st.sampled_from([">=", "<=", ">", "<", "=="]),
        st.sampled_from([10, 15]),
    ),
    st.builds(
        lambda sex, age: {"clinical": {"gender": sex, "age_numerical": age}},
        st.sampled_from(["Male", "!Male"]),
        st.sampled_from([">=18", "<70"]),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda below: st.builds(
        lambda label, items: {label: items}, st.sampled_from(["and", "or"]), st.lists(below, min_size=1, max_size=4)
    ),
    max_leaves=12,
)
PEOPLE: st.SearchStrategy[Facts] = st.fixed_dictionaries(
    {
        # Between birthdays, so that the engine's > and < (read as >= and <=) mean what they say.
        "age": st.sampled_from([5.5, 17.5, 18.5, 20.5, 21.5, 69.5, 70.5]),
        "sex": st.sampled_from(sorted(SEXES)),
        "primary_site": st.sampled_from(sorted(DIAGNOSES)),
        "histology": st.just("adenocarcinoma"),
        "tmb": st.sampled_from([3.0, 10.0, 12.0, 15.0, 40.0]),
        "mmr": st.sampled_from(sorted(MMR)),
        **{fact: st.sampled_from(["detected", "not_detected"]) for fact in ALTERATIONS},
    }
)


def person_of(facts: Facts) -> Person:
    """The documents that the engine would hold of a person of whom this much is known."""
    clinical: dict[str, Any] = {}
    if "age" in facts:  # half a year after a birthday
        clinical["BIRTH_DATE_INT"] = (TODAY.year - int(facts["age"])) * 10_000 + 5 * 100 + TODAY.day
    if "sex" in facts:
        clinical["GENDER"] = SEXES[facts["sex"]]
    if "primary_site" in facts and "histology" in facts:
        clinical["ONCOTREE_PRIMARY_DIAGNOSIS_NAME"] = DIAGNOSES[facts["primary_site"]]
    if "tmb" in facts:
        clinical["TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE"] = facts["tmb"]
    genomic: list[dict[str, str]] = [
        document for fact, (_, document) in ALTERATIONS.items() if facts.get(fact) == "detected"
    ]
    if "mmr" in facts:
        genomic.append({"MMR_STATUS": MMR[facts["mmr"]]})
    return Person(clinical, genomic)


def open_world(tree: Node, facts: Facts) -> bool | None:
    found = ctml_of({"treatment_list": {"step": [{"match": [tree]}]}}, "t")
    return evaluate(found.matches[0].criterion, facts)


def closed_world(tree: Node, facts: Facts) -> bool:
    return matches([tree], person_of(facts), TODAY)


@given(TREES, PEOPLE)
def test_both_worlds_are_equal_where_everything_is_known(tree: Node, facts: Facts) -> None:
    assert open_world(tree, facts) is closed_world(tree, facts)


@given(TREES, PEOPLE, st.data())
def test_a_definite_answer_of_the_open_world_outlives_missing_data(
    tree: Node, facts: Facts, data: st.DataObject
) -> None:
    """What is said about a person of whom less is known is what is said when all is known; the closed world says it too."""
    missing = data.draw(st.sets(st.sampled_from(sorted(facts))))
    less = {name: value for name, value in facts.items() if name not in missing}
    found = open_world(tree, less)
    if found is not None:
        assert found is open_world(tree, facts)
        assert found is closed_world(tree, less)


def leaves() -> list[tuple[str, Node, tuple[str, ...]]]:
    """Each kind of leaf with its negation, and the facts that it is about."""
    found: list[tuple[str, Node, tuple[str, ...]]] = []
    for fact in ALTERATIONS:
        found += [
            (f"{fact}", genomic_leaf(fact, False, ""), (fact,)),
            (f"!{fact}", genomic_leaf(fact, True, ""), (fact,)),
        ]
    site = ("primary_site", "histology")
    for sign in ("", "!"):
        found += [
            (f"{sign}mmr", {"genomic": {"mmr_status": f"{sign}MMR-Deficient"}}, ("mmr",)),
            (f"{sign}sex", {"clinical": {"gender": f"{sign}Male"}}, ("sex",)),
            (f"{sign}site", {"clinical": {"oncotree_primary_diagnosis": f"{sign}READ"}}, site),
        ]
    found.append(("age", {"clinical": {"age_numerical": ">=18"}}, ("age",)))
    found.append(("tmb", {"clinical": {"tmb_numerical": "<10"}}, ("tmb",)))
    return found


@pytest.mark.parametrize(("name", "leaf", "about"), leaves(), ids=lambda item: item if isinstance(item, str) else "")
def test_the_differences_under_missing_data_are_these(name: str, leaf: Node, about: tuple[str, ...]) -> None:
    """Of an untested person the closed world says yes to every `!` and no to everything else; the open world says unknown."""
    nobody: Facts = {}
    assert closed_world(leaf, nobody) is name.startswith("!")
    assert open_world(leaf, nobody) is None


def test_an_untested_person_is_matched_by_the_closed_world_alone() -> None:
    """One trial asks for no BRAF V600E and not deficient: the closed world matches a person without any test."""
    tree = {"and": [genomic_leaf("braf_v600e", True, ""), {"genomic": {"mmr_status": "!MMR-Deficient"}}]}
    assert closed_world(tree, {}) is True
    assert open_world(tree, {}) is None
    assert open_world(tree, {"braf_v600e": "not_detected"}) is None
    assert open_world(tree, {"braf_v600e": "not_detected", "mmr": "proficient"}) is True


def test_the_random_trees_reach_every_answer() -> None:
    """Else the properties above would hold for want of cases."""
    seen: Counter[bool | None] = Counter()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(TREES, PEOPLE)
    def count(tree: Node, facts: Facts) -> None:
        seen[closed_world(tree, facts)] += 1
        if open_world(tree, {name: facts[name] for name in sorted(facts)[::2]}) is None:
            seen[None] += 1

    count()
    assert min(seen[True], seen[False], seen[None]) > 20
