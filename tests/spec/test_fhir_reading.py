"""FHIR resource by resource: what states a fact, what does not, and what is said about it. Patients are invented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec.fhir_resources import LOINC, SNOMED, coded, observation, read, text_answer, told, values, variant


@pytest.mark.parametrize(
    ("resource", "facts"),
    [
        (observation(coded(LOINC, "89247-1"), valueInteger=1), {"ecog": 1.0}),
        (observation(coded(LOINC, "89247-1"), valueCodeableConcept=coded(LOINC, "LA9624-3")), {"ecog": 2.0}),
        (observation(coded(LOINC, "89247-1"), valueString="ECOG 1"), {"ecog": 1.0}),
        (observation(coded(LOINC, "89247-1"), valueCodeableConcept=coded(SNOMED, "422512005")), {"ecog": 1.0}),
        (observation(coded(LOINC, "777-3"), valueQuantity={"value": 150, "unit": "x10E3/uL"}), {"platelets": 150.0}),
        (observation(coded(LOINC, "751-8"), valueQuantity={"value": 1500, "unit": "cells/mcL"}), {"neutrophils": 1.5}),
        (observation(coded(LOINC, "29463-7"), valueQuantity={"value": 70, "unit": "Kg"}), {"weight": 70.0}),
        (observation(coded(LOINC, "31206-6"), valueString="Mucinous adenocarcinoma"), {"histology": "mucinous"}),
        (observation(coded(SNOMED, "399504009"), valueString="mrT3"), {"cT": "T3"}),
        (observation(coded(LOINC, "2160-0"), valueQuantity={"value": 88.4, "code": "umol/L"}), {"creatinine": 0.99998}),
        (observation(coded(LOINC, "751-8"), valueQuantity={"value": 1500, "unit": "/uL"}), {"neutrophils": 1.5}),
        (observation(coded(LOINC, "777-3"), valueQuantity={"value": 150, "code": "10*3/uL"}), {"platelets": 150.0}),
        (observation(coded(LOINC, "8302-2"), valueQuantity={"value": 1.75, "code": "m"}), {"height": 175.0}),
        (
            observation(
                coded(LOINC, "1975-2"),
                valueQuantity={"value": 2.4, "code": "mg/dL"},
                referenceRange=[{"high": {"value": 1.2, "code": "mg/dL"}}],
            ),
            {"bilirubin_ratio": 2.0},
        ),
        (observation(coded(SNOMED, "399534004"), valueCodeableConcept=coded(SNOMED, "1229981009")), {"cN": "N2a"}),
        (
            observation(coded(LOINC, "21905-5"), valueCodeableConcept=coded("http://cancerstaging.org", "cT4b")),
            {"cT": "T4b"},
        ),
        (observation(coded(SNOMED, "384625004"), valueCodeableConcept={"text": "ypT2"}), {"pT": "T2"}),
        (observation(coded(SNOMED, "371497001"), valueCodeableConcept={"text": "pM1a"}), {"cM": "M1a"}),
        (text_answer("81695-9", "MSI-H"), {"mmr": "deficient"}),
        (text_answer("43368-0", "Microsatellite stable (MSS)"), {"mmr": "proficient"}),
        (text_answer("81420-2", "Wild type"), {"ras": "wild_type"}),
        (text_answer("81420-2", "KRAS mutation detected"), {"ras": "mutated"}),
        (text_answer("48676-1", "3+ (positive)"), {"her2": "positive"}),
        (text_answer("85299-6", "Not detected"), {"braf_v600e": "not_detected"}),
        (text_answer("21702-6", "p.Gly12Asp"), {"ras": "mutated"}),
        (text_answer("81420-2", "KRAS p.Gly12Cys"), {"ras": "mutated", "kras_g12c": "detected"}),
        (text_answer("81420-2", "NRAS Q61K"), {"ras": "mutated"}),
        (text_answer("81420-2", "WT"), {"ras": "wild_type"}),
        (text_answer("49683-6", "Amplified"), {"her2": "positive"}),
        (text_answer("74885-5", "Not amplified"), {"her2": "negative"}),
        (text_answer("60034-6", "PIK3CA gene mutation detected"), {"pi3k_altered": "detected"}),
        (text_answer("81695-9", "MSI - High"), {"mmr": "deficient"}),
        (text_answer("85509-8", "G12C"), {"ras": "mutated", "kras_g12c": "detected"}),
        (text_answer("53844-7", "p.Val600Glu detected"), {"braf_v600e": "detected"}),
        (variant("KRAS", "6407", protein="NP_004976.2:p.(Gly12Cys)"), {"ras": "mutated", "kras_g12c": "detected"}),
        (variant("KRAS", "6407", protein="G12C"), {"ras": "mutated", "kras_g12c": "detected"}),
        (variant("KRAS", "6407", protein="Gly12Asp"), {"ras": "mutated"}),
        (variant("NRAS", "7989", coding="NM_002524.4:c.182A>G"), {"ras": "mutated"}),
        (variant("BRAF", "1097", coding="NM_004333.4:c.1799T>A"), {"braf_v600e": "detected"}),
        (variant("PIK3CA", "8975", protein="p.His1047Arg"), {"pi3k_altered": "detected"}),
        (variant("POLE", "9177", protein="p.Pro286Arg"), {"pole_pold1": "pathogenic"}),
        (variant("ERBB2", "3430", name="ERBB2 amplification"), {"her2": "positive"}),
        (observation(coded(LOINC, "82810-3"), valueCodeableConcept=coded(SNOMED, "60001007")), {"pregnant": False}),
        (
            observation({"text": "Mismatch repair status"}, valueString="dMMR (loss of MLH1 and PMS2)"),
            {"mmr": "deficient"},
        ),
        (observation({"text": "MSH6 immune stain"}, valueString="Loss of nuclear expression"), {"mmr": "deficient"}),
    ],
)
def test_a_resource_states_its_fact(resource: dict[str, Any], facts: dict[str, Any]) -> None:
    reading = read(resource)
    assert values(reading) == pytest.approx(facts) if "creatinine" in facts else values(reading) == facts
    assert not [problem for problem in reading.problems if "birthDate" not in problem.path]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (observation(coded(LOINC, "2160-0"), valueQuantity={"value": 1.0}), "has no unit"),
        (
            observation(coded(LOINC, "2160-0"), valueQuantity={"value": 1.0, "comparator": "<", "code": "mg/dL"}),
            "expected an exact value",
        ),
        (
            observation(coded(LOINC, "2160-0"), valueQuantity={"value": "1.0", "code": "mg/dL"}),
            "valueQuantity.value: not read: is '1.0'",
        ),
        (observation(coded(LOINC, "2160-0"), valueQuantity=[1]), "Bundle.entry[1].resource.valueQuantity: not read"),
        (
            observation(coded(LOINC, "2160-0"), dataAbsentReason={"text": "not performed"}),
            "there is no value (not performed)",
        ),
        (observation(coded(LOINC, "1975-2"), valueQuantity={"value": 2.4, "code": "mg/dL"}), "upper limit of normal"),
        (observation(coded(SNOMED, "399504009"), valueCodeableConcept={"text": "pT3"}), "not read as cT"),
        (observation(coded(SNOMED, "399504009"), valueCodeableConcept={"text": "cTX"}), "cT is 'TX'"),
        (observation(coded(SNOMED, "399504009"), valueCodeableConcept={"text": "cT5"}), "not read as cT"),
        (
            observation(coded(SNOMED, "399504009"), valueCodeableConcept=coded(SNOMED, "1228938002", "cT2")),
            "not read as cT",
        ),
        (
            observation(
                coded(SNOMED, "399504009"), method=coded(SNOMED, "443830009"), valueCodeableConcept={"text": "cT3"}
            ),
            "staged by AJCC 7",
        ),
        (
            observation(coded(SNOMED, "78873005"), valueCodeableConcept={"text": "T3"}),
            "does not say clinical or pathological",
        ),
        (observation(coded(SNOMED, "371497001"), valueCodeableConcept={"text": "pM0"}), "only M1"),
        (text_answer("48676-1", "Equivocal (2+)"), "does not settle it"),
        (text_answer("81420-2", "KRAS mutated, NRAS wild type"), "does not settle it"),
        (text_answer("81420-2", "no KRAS variant was detected in exon 2"), "does not settle it"),
        (text_answer("81420-2", "pending"), "does not settle it"),
        (text_answer("81420-2", "KRAS p.G12D, NRAS not detected"), "does not settle it"),
        (text_answer("81420-2", "KRAS wild type"), "a part of it only"),
        (text_answer("81420-2", "wild type in exon 2"), "a part of it only"),
        (text_answer("21702-6", "G12C not tested"), "does not settle it"),
        (text_answer("21702-6", "No G12C"), "does not settle it"),
        (text_answer("21702-6", "G12C detected; codon 61 not detected"), "does not settle it"),
        (text_answer("53620-1", "Positive"), "bone marrow"),
        (observation(coded(LOINC, "49683-6"), valueQuantity={"value": 2.4}), "its valueQuantity does not settle it"),
        (observation(coded(LOINC, "89247-1"), valueString="0-1"), "its valueString does not settle it"),
        (observation(coded(LOINC, "62238-1"), valueQuantity={"value": 70}), "state creatinine, age, sex and weight"),
        (observation(coded(SNOMED, "399504009"), valueString="T3 or T4b"), "not read as cT"),
        (observation(coded(SNOMED, "399504009"), valueString="cT3/T4b"), "not read as cT"),
        (observation(coded(SNOMED, "399504009"), valueString="T3-T4a"), "not read as cT"),
        (
            observation(coded(SNOMED, "399504009"), valueString="cT3", method={"text": "AJCC 7th edition"}),
            "staged by AJCC 7",
        ),
        (
            text_answer("53844-7", "Positive"),
            "BRAF change that is not named is reported present, which settles no fact",
        ),
        (text_answer("21702-6", "Negative"), "KRAS is not stated to be studied at codon 12"),
        (variant("KRAS", "6407"), "no change (p. or c. notation) names it"),
        (variant("KRAS", "6407", protein="p.Gly12Asp", source="LA6683-2"), ""),
        (variant("KRAS", "6407", protein="p.Gly12Asp", coding="c.182A>G"), "different codons"),
        (variant("KRAS", "6407", protein="p.Gly12="), "KRAS G12= is reported present"),
        (variant("KRAS", "6407", protein="p.Val14Ile"), "KRAS V14I is reported present"),
        (variant("NRAS", "6407", protein="p.Gly12Asp"), "code and name disagree"),
        (variant("BRAF", "1097", result="LA9634-2"), "not stated to be studied at codon 600"),
        (observation(coded(LOINC, "89243-0"), valueInteger=80), "not converted to ECOG"),
        (
            observation(coded(LOINC, "33914-3"), valueQuantity={"value": 70, "code": "mL/min"}),
            "not a creatinine clearance",
        ),
        (observation({"text": "MLH1 expression"}, valueString="intact"), "but not MSH2, MSH6, PMS2"),
        (
            observation(
                coded(LOINC, "89247-1"), valueInteger=1, modifierExtension=[{"url": "urn:x", "valueBoolean": True}]
            ),
            "may change the meaning",
        ),
        (observation(coded(LOINC, "89247-1"), valueInteger=5), "expected one of 0, 1"),
    ],
)
def test_what_does_not_settle_a_fact_states_nothing_and_says_why(resource: dict[str, Any], reason: str) -> None:
    reading = read(resource)
    assert values(reading) == {}
    assert reason in told(reading)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "unknown", "nonsense"])
def test_an_observation_that_does_not_stand_is_not_a_fact_and_is_listed(status: str) -> None:
    resource = observation(coded(LOINC, "89247-1"), valueInteger=1) | {"status": status}
    reading = read(resource)
    assert values(reading) == {}
    assert "Bundle.entry[1].resource.status: not read" in told(reading)
    assert reading.extra["Bundle.entry[1].resource"] == resource


def test_ras_is_wild_type_when_both_genes_are_negative_and_all_codons_were_studied() -> None:
    studied = "exons 2, 3 and 4"
    reading = read(
        variant("KRAS", "6407", "LA9634-2", ranges=studied),
        variant("NRAS", "7989", "LA9634-2", ranges="codons 12, 13, 59-61, 117, 146"),
    )
    assert values(reading) == {"ras": "wild_type", "kras_g12c": "not_detected"}


def test_ras_is_not_wild_type_when_codons_are_missing_or_denied() -> None:
    negative = variant("NRAS", "7989", "LA9634-2", ranges="exons 2-4")
    partly = read(variant("KRAS", "6407", "LA9634-2", ranges="exon 2"), negative)
    assert values(partly) == {"kras_g12c": "not_detected"}
    assert "KRAS is not stated to be studied at codon 59, 61, 117, 146" in told(partly)
    denied = read(variant("KRAS", "6407", "LA9634-2", ranges="codons 12, 13, 59, 61, 117, 146 not covered"), negative)
    assert "ras" not in values(denied)


def test_a_whole_gene_found_negative_settles_what_is_in_it_and_no_more() -> None:
    reading = read(text_answer("82535-6", "Negative"))
    assert values(reading) == {"kras_g12c": "not_detected"}
    assert "ras is not taken as wild_type: NRAS is not reported negative" in told(reading)


def test_no_variant_in_a_report_is_not_wild_type() -> None:
    region = observation(
        coded(LOINC, "53041-0"),
        component=[
            {
                "code": coded(LOINC, "48018-6"),
                "valueCodeableConcept": coded("http://www.genenames.org", "HGNC:6407", "KRAS"),
            }
        ],
    )
    assert values(read(region)) == {}


def test_mismatch_repair_is_proficient_when_all_four_proteins_are_intact() -> None:
    stains = [
        observation({"text": f"{name} protein by immune stain"}, valueString="Intact nuclear expression")
        for name in ("MLH1", "MSH2", "MSH6", "PMS2")
    ]
    assert values(read(*stains)) == {"mmr": "proficient"}
