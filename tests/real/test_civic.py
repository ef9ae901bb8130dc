"""The snapshot of CIViC in the reference folder: read whole, parsed for nearly all that concerns colorectal cancer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chemoplan.genomics.civic import match_civic
from chemoplan.genomics.civic_release import CivicRelease, tissue
from chemoplan.intake.civic import read_civic
from chemoplan.knowledge import load_knowledge
from tests.spec.tumors import tumor

KNOWLEDGE = load_knowledge()
NAMED = {"Colorectal Cancer", "Colorectal Adenocarcinoma", "Colon Cancer", "Rectum Cancer"}


@pytest.fixture(scope="module")
def snapshot(reference: Path) -> CivicRelease:
    path = reference / "molecular" / "civic" / "evidence.json.gz"
    if not path.is_file():
        pytest.skip("no CIViC snapshot in the reference folder")
    return read_civic(path)


def test_every_item_is_read(snapshot: CivicRelease) -> None:
    assert len(snapshot.items) == 4842
    assert (snapshot.date, snapshot.license) == (date(2026, 4, 25), "CC0-1.0")
    assert snapshot.problems == ()
    assert snapshot.left_out == {}


def test_colorectal_items_are_told_from_the_rest(snapshot: CivicRelease) -> None:
    found = [item for item in snapshot.items if tissue(item.disease, item.doid) == "colorectal"]
    assert sum(item.disease in NAMED for item in found) == 370
    assert len(found) == 378  # with the four finer kinds of colon cancer


def test_a_colorectal_item_about_therapy_is_parsed_or_is_about_what_calls_cannot_show(snapshot: CivicRelease) -> None:
    about = [
        item for item in snapshot.items if item.type == "Predictive" and tissue(item.disease, item.doid) == "colorectal"
    ]
    unparsed = {item.id for item in snapshot.unparsed}
    left = sorted({item.profile for item in about if item.id in unparsed})
    share = 1 - sum(item.id in unparsed for item in about) / len(about)
    print(f"\n{share:.1%} of {len(about)} colorectal predictive items parsed; not parsed: {', '.join(left)}")
    beyond = ("expression", "phosphorylation", "rs", "genotype", "t17 deletion", "heterozygosity")
    assert share > 0.9
    assert [profile for profile in left if not any(word in profile.lower() for word in beyond)] == []


def test_the_known_conflict_of_kras_g13d_is_shown_with_both_sides(snapshot: CivicRelease) -> None:
    found = match_civic(snapshot, tumor("KRAS G13D"), KNOWLEDGE)["contradictions"]
    (own,) = [row for row in found if row["profile"] == "KRAS G13D" and row["therapy"] == "Cetuximab"]
    assert {"145", "306", "806"} <= {row["id"] for row in own["supporting"]}
    assert {"1180", "1181", "3878", "3881", "3882"} <= {row["id"] for row in own["against"]}
    assert own["winning"] == "undecided"
    (whole,) = [row for row in found if len(row["profiles"]) > 1 and row["therapy"] == "Cetuximab"]
    assert whole["winning"] == "against"  # level A evidence on exon 2


def test_the_known_conflict_of_kras_a146t_is_shown_across_its_profiles(snapshot: CivicRelease) -> None:
    found = match_civic(snapshot, tumor("KRAS A146T"), KNOWLEDGE)["contradictions"]
    (row,) = [each for each in found if "KRAS A146T" in each["profiles"] and "chemotherapy" in each["therapy"]]
    assert "3939" in {each["id"] for each in row["supporting"]}
    assert "3858" in {each["id"] for each in row["against"]}
    assert row["winning"] == "against"


def test_a_g12d_tumor_gets_no_line_about_g12c(snapshot: CivicRelease) -> None:
    found = match_civic(snapshot, tumor("KRAS G12D"), KNOWLEDGE)
    lines = [*found["matches"], *found["other_diseases"]]
    assert lines
    assert [row["id"] for row in lines if row["profile"] == "KRAS G12C"] == []


@pytest.mark.parametrize("change", ["KRAS A59T", "KRAS K117N", "KRAS Q61E"])
def test_a_rare_ras_allele_still_finds_what_is_said_of_its_gene(snapshot: CivicRelease, change: str) -> None:
    found = match_civic(snapshot, tumor(change), KNOWLEDGE)["matches"]
    anti_egfr = [row for row in found if "Cetuximab" in row["therapies"] and row["meaning"] == "resistance"]
    assert anti_egfr
    assert {row["level"] for row in anti_egfr} <= {"codon", "exon", "gene"}
