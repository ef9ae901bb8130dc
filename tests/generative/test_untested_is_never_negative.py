"""Whatever the panel and the calls: a biomarker is negative only where everything it needs was looked at, and more only settles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chemoplan.case.statement import Source
from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.tumor import Assay, Tumor
from chemoplan.knowledge import load_knowledge
from tests.spec.tumors import call, copies, fusion, result

KNOWLEDGE = load_knowledge()
GENES = sorted({gene for marker in KNOWLEDGE.markers.values() for gene in marker.genes})
NEEDED = sorted(
    {
        (gene, codon)
        for marker in KNOWLEDGE.markers.values()
        for gene, all_of in marker.needs.items()
        for codon in all_of
    }
)
CALLS = [
    "KRAS G12C", "KRAS G12D", "KRAS A59T", "KRAS E98*", "KRAS A11_G12dup", "NRAS Q61K", "NRAS G12C", "BRAF V600E", "BRAF D594G",
    "BRAF V600_K601delinsE", "POLE P286R", "POLE A426V", "POLE R150*", "PIK3CA E545K", "PIK3CA R88Q", "PTEN R130*",
    "ERBB2 V842I", "EGFR S492R", "TP53 R175H", "AKT1 E17K",
]  # fmt: skip


@st.composite
def assays(draw: st.DrawFn) -> Assay:
    """A test that looked at some genes, some single codons, some copy numbers and some fusions."""
    some = st.frozensets(st.sampled_from(GENES), max_size=8)
    return Assay(
        "panel",
        Source("panel.bed"),
        genes=draw(some),
        codons=draw(st.frozensets(st.sampled_from(NEEDED), max_size=30)),
        copy_number=draw(some),
        fusions=draw(some),
        megabases=draw(st.sampled_from([None, 0.9, 1.0, 30.0])),
    )


@st.composite
def tumors(draw: st.DrawFn) -> Tumor:
    """A tumor with some calls, tests and results; sometimes not sequenced at all."""
    sequenced = draw(st.booleans())
    variants = (
        [call(text) for text in draw(st.lists(st.sampled_from(CALLS), max_size=4, unique=True))] if sequenced else []
    )
    altering = draw(st.sampled_from([len(variants), 200, 9000])) if sequenced else None
    found = [result("msi_status", word) for word in draw(st.lists(st.sampled_from(["MSS", "MSI-H", "NA"]), max_size=2))]
    return Tumor(
        "T1",
        variants=tuple(variants),
        calls=altering,
        altering=altering,
        assays=tuple(draw(st.lists(assays(), max_size=2))),
        copies=tuple(copies("ERBB2", level) for level in draw(st.lists(st.sampled_from([-2, 0, 1, 2]), max_size=1))),
        fusions=tuple(
            fusion("TPM3", "NTRK1", in_frame=frame)
            for frame in draw(st.lists(st.sampled_from([True, False, None]), max_size=1))
        ),
        results=tuple(found),
    )


@given(tumors())
def test_a_negative_marker_was_looked_at_everywhere_it_needs(tumor: Tumor) -> None:
    found = conclude(tumor, KNOWLEDGE)
    genes = {gene for assay in tumor.assays for gene in assay.genes}
    codons = {pair for assay in tumor.assays for pair in assay.codons}
    copy_number = {gene for assay in tumor.assays for gene in assay.copy_number}
    fusions = {gene for assay in tumor.assays for gene in assay.fusions}
    for fact, marker in KNOWLEDGE.markers.items():
        if found[fact].state != "not_detected" or found[fact].reported:
            continue
        assert tumor.sequenced or not marker.needs, fact
        for gene, needed in marker.needs.items():
            assert gene in genes or (needed and {(gene, codon) for codon in needed} <= codons), (fact, gene)
        assert set(marker.needs_copies) <= copy_number, fact
        assert set(marker.needs_fusions) <= fusions, fact


@given(tumors())
def test_without_any_test_nothing_is_negative(tumor: Tumor) -> None:
    blind = Tumor("T1", variants=tumor.variants, calls=tumor.calls, altering=tumor.altering)
    states = {item.state for item in conclude(blind, KNOWLEDGE).values()}
    assert "not_detected" not in states


@given(tumors(), assays())
def test_a_further_test_settles_and_never_overturns(tumor: Tumor, more: Assay) -> None:
    from dataclasses import replace

    sized = replace(more, megabases=None)
    before = conclude(tumor, KNOWLEDGE)
    after = conclude(replace(tumor, assays=(*tumor.assays, sized)), KNOWLEDGE)
    for fact, item in before.items():
        if item.value is not None and not item.reported:
            assert after[fact].value == item.value, fact
