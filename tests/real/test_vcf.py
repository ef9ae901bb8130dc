"""A real colon tumor without annotation, in both builds: the same changes, whatever the build."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

pytest.importorskip("pysam")

from chemoplan.genomics.biomarkers import conclude
from chemoplan.genomics.loci import codons_of
from chemoplan.genomics.markers import genes_of_interest
from chemoplan.genomics.tumor import Build, Tumor
from chemoplan.intake import InputRefused
from chemoplan.intake.tumor_file import read_tumor
from chemoplan.knowledge import load_knowledge

BUILDS: tuple[Build, Build] = ("GRCh37", "GRCh38")
RECORDS = {"GRCh37": 3317, "GRCh38": 3313}
GENES = genes_of_interest(load_knowledge())


@pytest.fixture
def folder(reference: Path) -> Path:
    found = reference / "molecular" / "pcgr_example"
    if not found.is_dir():
        pytest.skip("the example tumor is not in the reference folder")
    return found


def path_of(folder: Path, build: Build, kind: str = "vcf.gz") -> Path:
    return folder / f"T001-COAD.{build.lower()}.{kind}"


def tumor_of(folder: Path, build: Build) -> Tumor:
    return read_tumor(
        path_of(folder, build),
        genes=GENES,
        build=build,
        copy_number=[path_of(folder, build, "cna.tsv")],
        fusions=[path_of(folder, build, "fusions.tsv")],
    )


@pytest.mark.parametrize("build", BUILDS)
def test_every_record_is_read_and_none_is_dropped(folder: Path, build: Build) -> None:
    tumor = tumor_of(folder, build)
    interpreted = len(tumor.variants)
    assert tumor.calls == RECORDS[build] and tumor.build == build
    assert RECORDS[build] - 5 <= tumor.uninterpreted + interpreted <= RECORDS[build]
    assert any("are not interpreted without annotation" in item.message for item in tumor.problems)


def test_both_builds_say_the_same_changes_reads_and_copies(folder: Path) -> None:
    one, other = (tumor_of(folder, build) for build in BUILDS)
    said = [
        [(item.gene, str(item.change), item.depth, item.alt_count) for item in tumor.variants] for tumor in (one, other)
    ]
    assert said[0] == said[1] and ("BRAF", "p.V600E", 54, 17) in said[0]
    copies = [{item.gene: item.copies for item in tumor.copies} for tumor in (one, other)]
    assert all(copies[0][gene] == copies[1][gene] for gene in copies[0].keys() & copies[1].keys())
    assert copies[0]["ERBB2"] == copies[1]["ERBB2"] == 9


@pytest.mark.parametrize(("build", "wrong"), [BUILDS, BUILDS[::-1]])
def test_the_wrong_build_is_refused_by_the_bases_alone(
    folder: Path, tmp_path: Path, build: Build, wrong: Build
) -> None:
    content = gzip.decompress(path_of(folder, build).read_bytes()).decode()
    plain = tmp_path / "plain.vcf"
    plain.write_text("\n".join(line for line in content.split("\n") if "reference_genome" not in line))
    with pytest.raises(InputRefused, match=build):
        read_tumor(plain, genes=GENES, build=wrong)


@pytest.mark.parametrize("build", BUILDS)
def test_a_file_that_lists_only_what_it_found_proves_no_absence(folder: Path, build: Build) -> None:
    found = conclude(tumor_of(folder, build), load_knowledge())
    assert found["braf_v600e"].state == "detected"
    assert found["ras"].state == found["kras_g12c"].state == "not_assayed"
    assert found["her2_amplification"].state == "detected"
    assert found["met_amplification"].state == "not_detected"


@pytest.mark.parametrize("build", BUILDS)
def test_the_hotspot_tables_are_read_as_they_name_themselves(reference: Path, tmp_path: Path, build: Build) -> None:
    """Every row of a table of hotspots, made a record, is the protein change that the table names, in both builds."""
    rows = [
        line.split("\t")
        for line in (reference / "molecular" / "hotspots" / f"hotspots_v2_{build}.tsv").read_text().splitlines()[1:]
    ]
    codons = [codon for gene in {row[4] for row in rows} & GENES for codon in codons_of(gene)]
    known = {(codon.gene, codon.number) for codon in codons if set(codon.bases) <= set("ACGT")}
    rows = [row for row in rows if (row[4], int("".join(filter(str.isdigit, row[6])) or 0)) in known]
    rows = [row for row in rows if len(row[2]) == len(row[3]) and "-" not in row[2] + row[3]]
    head = f"##fileformat=VCFv4.2\n##reference={build}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path = tmp_path / "hotspots.vcf"
    body = "".join(f"{row[0]}\t{row[1]}\t{number}\t{row[2]}\t{row[3]}\t.\tPASS\t.\n" for number, row in enumerate(rows))
    path.write_text(head + body)
    tumor = read_tumor(path, genes=GENES)
    said = {(item.gene, item.locus.position, item.locus.alt): item.change for item in tumor.variants if item.locus}
    assert len(rows) > 300
    for row in rows:
        change = said.get((row[4], int(row[1]), row[3]))
        codon = int("".join(filter(str.isdigit, row[6])))
        across = change is not None and len(row[2]) > 1 and change.end > change.start and change.touches(codon)
        assert across or (change is not None and change.short == row[6]), row
