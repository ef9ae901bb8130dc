"""A study folder as it is exported: panels tell what was looked at, and only that may be negative."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functional.test_command_line import run

GENES = [
    "KRAS",
    "NRAS",
    "BRAF",
    "POLE",
    "POLD1",
    "PIK3CA",
    "PIK3R1",
    "PTEN",
    "ERBB2",
    "NTRK1",
    "NTRK2",
    "NTRK3",
    "RET",
    "TP53",
]
NEEDS = {
    "ras": ({"KRAS", "NRAS"}, "mutations", "wild_type"),
    "kras_g12c": ({"KRAS"}, "mutations", "not_detected"),
    "braf_v600e": ({"BRAF"}, "mutations", "not_detected"),
    "pole_pold1": ({"POLE", "POLD1"}, "mutations", "not_detected"),
    "pi3k_altered": ({"PIK3CA", "PIK3R1", "PTEN"}, "mutations", "not_detected"),
    "ntrk_fusion": ({"NTRK1", "NTRK2", "NTRK3"}, "structural_variants", "not_detected"),
    "ret_fusion": ({"RET"}, "structural_variants", "not_detected"),
    "her2": ({"ERBB2"}, "cna", "negative"),
}


def study(
    folder: Path, panels: dict[str, list[str]], matrix: dict[str, dict[str, str]], calls: list[tuple[str, str, str]]
) -> Path:
    """A small invented study: panels by name, the panel of each sample and profile, and calls."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta_study.txt").write_text(
        "cancer_study_identifier: invented\nname: Invented\nreference_genome: hg19\n"
    )
    rows = ["Hugo_Symbol\tNCBI_Build\tTumor_Sample_Barcode\tVariant_Classification\tHGVSp_Short"]
    rows += [f"{gene}\tGRCh37\t{sample}\tMissense_Mutation\t{change}" for sample, gene, change in calls]
    (folder / "data_mutations.txt").write_text("\n".join(rows) + "\n")
    samples = list(matrix)
    (folder / "case_lists").mkdir(exist_ok=True)
    for kind in ("sequenced", "cna", "sv"):
        ids = "\t".join(samples)
        (folder / "case_lists" / f"cases_{kind}.txt").write_text(f"stable_id: invented_{kind}\ncase_list_ids: {ids}\n")
    cna = [
        "Hugo_Symbol\t" + "\t".join(samples),
        "ERBB2\t" + "\t".join("0" if matrix[s].get("cna", "NA") != "NA" else "NA" for s in samples),
    ]
    (folder / "data_CNA.txt").write_text("\n".join(cna) + "\n")
    (folder / "data_sv.txt").write_text(
        "Sample_Id\tSV_Status\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\tSite2_Effect_On_Frame\n"
    )
    header = ["SAMPLE_ID", "mutations", "cna", "structural_variants"]
    lines = ["\t".join(header)] + ["\t".join([s, *(matrix[s].get(name, "NA") for name in header[1:])]) for s in samples]
    (folder / "data_gene_panel_matrix.txt").write_text("\n".join(lines) + "\n")
    for name, genes in panels.items():
        text = f"stable_id: {name}\ndescription: invented\ngene_list: " + "\t".join(genes) + "\n"
        (folder / f"data_gene_panel_{name}.txt").write_text(text)
    clinical = ["PATIENT_ID\tSAMPLE_ID"] + [f"P{at}\t{sample}" for at, sample in enumerate(samples)]
    (folder / "data_clinical_sample.txt").write_text("\n".join(clinical) + "\n")
    return folder


def table(folder: Path) -> dict[str, dict[str, str]]:
    output = folder / "out.csv"
    done = run("cohort", str(folder), "--output", str(output))
    assert done.returncode == 0, done.stderr
    with output.open(newline="") as stream:
        return {row["sample"]: row for row in csv.DictReader(stream)}


def test_each_profile_has_its_own_panel(tmp_path: Path) -> None:
    panels = {"ALL": GENES, "RAS": ["KRAS", "NRAS"]}
    matrix = {
        "S1": {"mutations": "ALL", "cna": "ALL", "structural_variants": "ALL"},
        "S2": {"mutations": "RAS", "cna": "NA", "structural_variants": "NA"},
        "S3": {"mutations": "WES", "cna": "NA", "structural_variants": "NA"},
        "S4": {"mutations": "GONE", "cna": "NA", "structural_variants": "NA"},
    }
    rows = table(study(tmp_path / "s", panels, matrix, [("S2", "KRAS", "p.G12D")]))
    assert (rows["S1"]["ras"], rows["S1"]["her2"], rows["S1"]["ntrk_fusion"]) == (
        "wild_type",
        "negative",
        "not_detected",
    )
    assert (rows["S2"]["ras"], rows["S2"]["kras_g12c"], rows["S2"]["braf_v600e"]) == ("mutated", "not_detected", "")
    for name in ("S3", "S4"):
        assert not any(rows[name][fact] for fact in NEEDS), name


@st.composite
def panel_studies(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    names = ["A", "B"]
    panels = {name: draw(st.lists(st.sampled_from(GENES), min_size=1, max_size=12, unique=True)) for name in names}
    choice = st.sampled_from([*names, "NA", "WES", "GONE"])
    matrix = {
        f"S{at}": {profile: draw(choice) for profile in ("mutations", "cna", "structural_variants")} for at in range(6)
    }
    return panels, matrix


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=panel_studies())
def test_what_no_panel_of_the_profile_looked_at_is_never_negative(
    workplace: Path, drawn: tuple[dict[str, list[str]], dict[str, dict[str, str]]]
) -> None:
    import shutil

    from chemoplan.genomics.biomarkers import conclude
    from chemoplan.genomics.interpret import facts_of_tumor
    from chemoplan.genomics.markers import genes_of_interest
    from chemoplan.intake.study import read_study
    from chemoplan.knowledge import load_knowledge

    panels, matrix = drawn
    folder = workplace / "study"
    shutil.rmtree(folder, ignore_errors=True)
    knowledge = load_knowledge()
    read = read_study(study(folder, panels, matrix, [("S0", "APC", "p.R876Q")]), genes=genes_of_interest(knowledge))
    for tumor in read.tumors:
        facts = facts_of_tumor(conclude(tumor, knowledge))
        for fact, (needed, profile, negative) in NEEDS.items():
            looked_at = set(panels.get(matrix[tumor.sample][profile], []))
            copies_read = profile == "cna" and matrix[tumor.sample]["cna"] != "NA"
            if needed <= looked_at or copies_read:
                continue
            assert fact not in facts, (tumor.sample, fact, negative, facts[fact])


def test_a_tumor_of_a_study_is_named_and_an_unknown_name_is_one_line(tmp_path: Path) -> None:
    folder = study(
        tmp_path / "s",
        {"ALL": GENES},
        {"S1": {"mutations": "ALL"}, "S2": {"mutations": "ALL"}},
        [("S1", "KRAS", "p.G12C")],
    )
    unnamed = run("tumor", str(folder))
    assert unnamed.returncode == 2
    assert "--sample" in unnamed.stderr and len(unnamed.stderr.strip().splitlines()) == 1
    wrong = run("tumor", str(folder), "--sample", "S9")
    assert wrong.returncode == 2 and len(wrong.stderr.strip().splitlines()) == 1
    right = run("tumor", str(folder), "--sample", "S1", "--format", "json")
    report = json.loads(right.stdout)
    assert {"facts", "biomarkers", "assertions", "not_tested"} <= set(report)
    assert {row["name"]: row["value"] for row in report["facts"]}["kras_g12c"] == "detected"
