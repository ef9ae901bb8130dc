"""Whatever a panel or a VCF holds: what it does not cover is never said to be covered, and nothing but a refusal is raised."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.loci import BUILDS
from chemoplan.genomics.markers import genes_of_interest
from chemoplan.genomics.tumor import Build, Tumor
from chemoplan.intake import InputRefused
from chemoplan.intake.codon_places import table_codons
from chemoplan.intake.gene_panel import read_gene_panel
from chemoplan.intake.tumor_file import read_tumor
from chemoplan.intake.typed import read_typed
from chemoplan.knowledge import load_knowledge
from tests.spec.vcf_files import record, text

pytest.importorskip("pysam")

GENES = genes_of_interest(load_knowledge())
CODONS = table_codons()
FEWER = max(settings.default.max_examples // 5, 1) if settings.default else 100


def in_file(content: str | bytes, name: str, read: Callable[[Path], object]) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path)


@st.composite
def regions(draw: st.DrawFn) -> tuple[Build, list[tuple[str, int, int]]]:
    """Stretches (0-based, half open) around known codons: whole, cut by a base, overlapping or adjoining."""
    build = draw(st.sampled_from(BUILDS))
    found = []
    for codon in draw(st.lists(st.sampled_from(CODONS), min_size=1, max_size=6)):
        start = codon.lowest(build) - 1 + draw(st.integers(-4, 4))
        found.append((draw(st.sampled_from(["", "chr"])) + codon.chromosome, start, start + draw(st.integers(1, 9))))
    return build, found


@settings(max_examples=FEWER)
@given(regions())
def test_a_codon_is_covered_exactly_when_its_three_bases_lie_inside(
    drawn: tuple[Build, list[tuple[str, int, int]]],
) -> None:
    build, rows = drawn
    bed = "".join(f"{name}\t{start}\t{end}\n" for name, start, end in rows)
    assay = in_file(bed, "panel.bed", lambda path: read_gene_panel(path, build=build))
    bases = {(name.removeprefix("chr"), place) for name, start, end in rows for place in range(start + 1, end + 1)}
    expected = {
        (codon.gene, codon.number)
        for codon in CODONS
        if all((codon.chromosome, codon.lowest(build) + step) in bases for step in range(3))
    }
    assert assay.codons == expected and assay.genes == frozenset()  # type: ignore[attr-defined]
    assert round(assay.megabases * 1e6) == len(bases)  # type: ignore[attr-defined]


@settings(max_examples=FEWER)
@given(regions())
def test_no_marker_is_absent_of_which_a_codon_lies_outside_the_panel(
    drawn: tuple[Build, list[tuple[str, int, int]]],
) -> None:
    build, rows = drawn
    bed = "".join(f"{name}\t{start}\t{end}\n" for name, start, end in rows)
    panel = in_file(bed, "panel.bed", lambda path: read_gene_panel(path, build=build))
    tumor = Tumor("t", build=build, calls=0, altering=0, assays=(panel,))  # type: ignore[arg-type]
    for fact, found in conclude(tumor, load_knowledge()).items():
        if found.state == "not_detected" and found.marker is not None:
            needed = {(gene, codon) for gene, codons in found.marker.needs.items() for codon in codons}
            assert needed <= panel.codons, fact  # type: ignore[attr-defined]
            assert all(found.marker.needs.values()), f"{fact}: whole genes are never covered by regions"


@settings(max_examples=FEWER)
@given(
    st.sampled_from(BUILDS),
    st.lists(
        st.tuples(
            st.sampled_from(CODONS),
            st.integers(-2, 2),
            st.integers(1, 5),
            st.integers(0, 300),
            st.sampled_from(["0/0", "./.", "0/1"]),
        ),
        max_size=8,
    ),
)
def test_only_deep_reference_blocks_prove_that_a_codon_was_read(
    build: Build, blocks: list[tuple[object, int, int, int, str]]
) -> None:
    rows, read = [], set()
    for codon, shift, length, depth, genotype in blocks:
        first = codon.lowest(build) + shift  # type: ignore[attr-defined]
        name = codon.chromosome  # type: ignore[attr-defined]
        info = f"END={first + length - 1}"
        cells = f"{genotype}:{depth}:{depth}"
        rows.append(record(f"{name}\t{first}\t.\tN\t<NON_REF>", cells, filters=".", info=info, form="GT:DP:MIN_DP"))
        if genotype == "0/0" and depth >= 100:
            read |= {(name, first + step) for step in range(length)}
    content = text(rows, None, (f"##reference={build}",))
    tumor = in_file(content, "blocks.vcf", lambda path: read_tumor(path, genes=GENES))
    expected = {
        (codon.gene, codon.number)
        for codon in CODONS
        if all((codon.chromosome, codon.lowest(build) + step) in read for step in range(3))
    }
    covered = {codon for assay in tumor.assays for codon in assay.codons}  # type: ignore[attr-defined]
    assert covered == expected


@settings(max_examples=FEWER)
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    st.sampled_from(["panel.bed", "tumor.vcf", "tumor.txt", "tumor.maf"]),
)
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes, name: str) -> None:
    def read(path: Path) -> None:
        for reader in (lambda: read_tumor(path, genes=GENES), lambda: read_gene_panel(path, build="GRCh37")):
            try:
                reader()
            except InputRefused as refused:
                assert str(refused).isprintable()

    in_file(content, name, read)


VALID = text([record("12\t25398285\t.\tC\tA"), record("12\t25398284\t.\tC\tA,T", "1/2:50,30,20:100")])


@settings(max_examples=FEWER)
@given(st.integers(0, len(VALID)), st.integers(0, 40), st.binary(max_size=20))
def test_a_damaged_vcf_is_read_or_refused_in_one_line(start: int, length: int, put: bytes) -> None:
    content = VALID.encode()
    damaged = content[:start] + put + content[start + length :]

    def read(path: Path) -> None:
        try:
            read_tumor(path, genes=GENES)
        except InputRefused as refused:
            assert str(refused).isprintable()

    in_file(damaged, "tumor.vcf", read)


@given(st.text(max_size=60) | st.from_regex(r"[A-Z0-9]{2,6} [a-zA-Z0-9:>.*+ -]{1,20}", fullmatch=True))
def test_any_typed_text_states_one_thing_or_is_one_problem(typed: str) -> None:
    found = read_typed([typed])
    stated = len(found.variants) + len(found.copies) + len(found.fusions) + len(found.results)
    assert stated + len(found.problems) == 1
    assert all(problem.message.isprintable() for problem in found.problems)
