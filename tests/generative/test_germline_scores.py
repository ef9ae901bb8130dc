"""The scores and phenotypes of any person: held against brute force over every strand and every unread allele."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from chemoplan.genomics.germline.conclude import conclude_germline
from chemoplan.genomics.germline.interpret import germline_facts, interpret_germline
from chemoplan.genomics.germline.observed import GermlineSample, Observation
from chemoplan.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.germline
GENES = {gene: [item for item in HELD.positions.values() if item.gene == gene] for gene in ("DPYD", "UGT1A1")}
EXON, INTRON = "rs56038477", "rs75017182"
ACTIVITY = {
    allele.variants[0]: allele.activity
    for allele in HELD.alleles.values()
    if allele.gene == "DPYD" and len(allele.variants) == 1
}
NEEDED = {gene: {item.id for item in positions if item.needed} for gene, positions in GENES.items()}
ORDER = ("normal", "intermediate", "poor")

Pair = tuple[str, str]


@st.composite
def people(draw: st.DrawFn, *, most: int = 6, missing: int = 0, unlisted: bool = False) -> dict[str, Observation]:
    """Every position of both genes: few variants, phased, in phase sets or not; some missing, some not listed."""
    seen = {item.id: Observation(item.id, "called", (item.grch38.ref,) * 2) for item in HELD.positions.values()}
    names = draw(st.lists(st.sampled_from(sorted(seen)), max_size=most, unique=True))
    if draw(st.booleans()):
        names += ["rs887829", "rs3064744"]
    for name in names:
        place = HELD.positions[name].grch38
        bases = [place.ref, *place.alts, *(["?GGG"] if unlisted else [])]
        pair = (draw(st.sampled_from(bases)), draw(st.sampled_from(bases)))
        phased = draw(st.booleans())
        block = draw(st.sampled_from(["", "1", "2"])) if phased else ""
        seen[name] = Observation(name, "called", pair, phased=phased, phase_set=block)
    for name in draw(st.lists(st.sampled_from(sorted(seen)), max_size=missing, unique=True)):
        seen[name] = Observation(name, "not_assessed", reason="missing")
    return seen


def strands(gene: str, seen: Mapping[str, Observation]) -> Iterator[list[dict[str, str]]]:
    """Every way in which the two strands can be put together from called positions."""
    blocks: dict[str, list[Observation]] = {}
    for item in GENES[gene]:
        one = seen[item.id]
        if set(one.alleles) == {item.grch38.ref}:
            continue
        blocks.setdefault(f"set {one.phase_set}" if one.phased else item.id, []).append(one)
    open_blocks = [name for name, items in blocks.items() if any(len(set(one.alleles)) > 1 for one in items)]
    for flips in product((0, 1), repeat=len(open_blocks)):
        turn = dict(zip(open_blocks, flips, strict=True))
        both: list[dict[str, str]] = [{}, {}]
        for name, items in blocks.items():
            for one in items:
                for side in (0, 1):
                    both[side][one.position] = one.alleles[side ^ turn.get(name, 0)]
        yield both


def scores(seen: Mapping[str, Observation]) -> list[float]:
    return [
        sum(
            min([1.0, *(ACTIVITY.get(f"{name}>{base}", 1.0) for name, base in strand.items() if name != EXON)])
            for strand in both
        )
        for both in strands("DPYD", seen)
    ]


def conclude(seen: Mapping[str, Observation]):  # type: ignore[no-untyped-def]
    return conclude_germline(GermlineSample("P", "p.vcf", "GRCh38", seen), KNOWLEDGE)


@given(people())
def test_best_and_worst_score_are_those_of_every_arrangement_of_the_strands(seen):
    call = conclude(seen)["DPYD"].call
    found = scores(seen)
    assert (float(call.best), float(call.worst)) == (max(found), min(found))
    assert float(call.value) == min(found)
    assert call.status == ("called" if max(found) == min(found) else "called_presumed_trans")


@given(people(most=10))
def test_without_phase_the_score_is_the_sum_of_the_two_lowest_values(seen):
    seen = {name: Observation(name, "called", one.alleles) for name, one in seen.items()}
    values = [
        ACTIVITY.get(f"{name}>{base}", 1.0)
        for name, one in seen.items()
        for base in one.alleles
        if name != EXON and name in NEEDED["DPYD"]
    ]
    assert float(conclude(seen)["DPYD"].call.value) == sum(sorted(values)[:2])


def phenotype(both: list[dict[str, str]]) -> tuple[int, int]:
    """Decreased strands at least and at most."""
    low = high = 0
    for strand in both:
        names = {
            HELD.positions[name].variants[base]
            for name, base in strand.items()
            if base in HELD.positions[name].variants
        }
        sure = bool(names & {"*6", "*27", "*28", "*37"})
        low += sure
        high += sure or "*80" in names
    return low, high


@given(people())
def test_a_phenotype_is_that_of_some_arrangement_and_none_is_worse_than_what_is_stated(seen):
    call = conclude(seen)["UGT1A1"].call
    ends = [phenotype(both) for both in strands("UGT1A1", seen)]
    assert ORDER.index(call.worst) <= max(high for _, high in ends)
    assert ORDER.index(call.best) >= min(low for low, _ in ends)
    if call.value:
        stated = ORDER.index(call.value)
        assert (stated, stated) in ends
        assert stated == max(low for low, _ in ends)
    if all(low == high for low, high in ends):
        assert call.value
        assert (ORDER.index(call.best), ORDER.index(call.worst)) == (
            min(low for low, _ in ends),
            max(low for low, _ in ends),
        )


@given(people(missing=4, unlisted=True))
def test_a_normal_result_is_never_said_with_a_needed_position_unassessed(seen):
    facts = germline_facts(GermlineSample("P", "p.vcf", "GRCh38", seen), KNOWLEDGE)
    gaps = {name for name, one in seen.items() if one.status != "called"}
    if gaps & NEEDED["DPYD"]:
        assert facts.get("dpyd_activity_score") != 2.0
    if gaps & NEEDED["UGT1A1"]:
        assert facts.get("ugt1a1") in (None, "poor")
    if any(base.startswith("?") for item in GENES["DPYD"] for base in seen[item.id].alleles):
        assert facts.get("dpyd_activity_score") != 2.0


@given(people(missing=60, most=3))
def test_what_is_missing_leaves_no_score_of_two_and_says_how_much_was_assessed(seen):
    call = conclude(seen)["DPYD"].call
    gaps = {name for name, one in seen.items() if one.status != "called"} & {item.id for item in GENES["DPYD"]}
    assert {gap.position for gap in call.not_assessed} == gaps
    assert set(call.assessed) == {item.id for item in GENES["DPYD"]} - gaps
    if gaps & NEEDED["DPYD"]:
        assert call.value != "2"


@given(
    people(most=4), st.lists(st.sampled_from(sorted(NEEDED["DPYD"] - {INTRON})), min_size=1, max_size=2, unique=True)
)
def test_the_worst_score_is_that_of_the_worst_alleles_that_the_missing_positions_could_hold(seen, lost):
    assume(not any(one.phased and one.phase_set for one in seen.values()))
    holes = {**seen, **{name: Observation(name, "not_assessed", reason="missing") for name in lost}}
    call = conclude(holes)["DPYD"].call
    filled = []
    for bases in product(*([HELD.positions[name].grch38.ref, *HELD.positions[name].grch38.alts] for name in lost)):
        for copies in product((1, 2), repeat=len(lost)):
            full = dict(holes)
            for name, base, many in zip(lost, bases, copies, strict=True):
                pair = (base, base) if many == 2 else (HELD.positions[name].grch38.ref, base)
                full[name] = Observation(name, "called", pair)
            filled += scores(full)
    assert (float(call.best), float(call.worst)) == (max(filled), min(filled))


@given(people(missing=3, unlisted=True), st.data())
def test_filling_in_a_missing_position_never_makes_a_stated_score_too_low(seen, data):
    """An upper bound holds whatever the missing positions turn out to be, also by exchange of strands."""
    before = conclude(seen)["DPYD"].call
    full = dict(seen)
    for name, one in seen.items():
        if one.status != "called":
            place = HELD.positions[name].grch38
            pair = tuple(data.draw(st.sampled_from([place.ref, *place.alts])) for _ in range(2))
            full[name] = Observation(name, "called", pair)
    assume(not (seen[INTRON].status != "called" and before.status == "called_exon_only"))
    after = conclude(full)["DPYD"].call
    assert float(after.worst) >= float(before.worst)
    assert float(after.best) <= float(before.best) or seen[INTRON].status != "called"
    if before.value and after.value and seen[INTRON].status == "called":
        assert float(after.value) <= float(before.value)


@given(people(missing=5, unlisted=True))
def test_every_report_can_be_made_and_a_fact_without_value_says_why(seen):
    report = interpret_germline(GermlineSample("P", "p.vcf", "GRCh38", seen), KNOWLEDGE)
    for row in report["facts"]:
        assert row["because"]
        assert (row["value"] is None) == (row["status"] == "unknown")
        assert (row["source"] is None) == (row["value"] is None)
    said = {row["gene"] for row in report["statements"] if row["when"] != "true" and row["start_percent"] is not None}
    stated = {
        gene["gene"] for gene, row in zip(report["genes"], report["facts"], strict=True) if row["value"] is not None
    }
    assert said <= stated


@given(people(missing=3, unlisted=True))
def test_the_strands_have_no_order(seen):
    turned = {
        name: Observation(
            name, one.status, one.alleles[::-1], phased=one.phased, phase_set=one.phase_set, reason=one.reason
        )
        for name, one in seen.items()
    }
    for gene in GENES:
        one, other = conclude(seen)[gene].call, conclude(turned)[gene].call
        assert (one.value, one.status, one.best, one.worst, one.codes) == (
            other.value, other.status, other.best, other.worst, other.codes,
        )  # fmt: skip
