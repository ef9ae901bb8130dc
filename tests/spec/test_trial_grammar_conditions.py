"""What is read of other diseases in an eligibility text: the words, and the condition they stand for."""

from __future__ import annotations

import pytest

from chemoplan.trials.grammar import conditions
from chemoplan.trials.split import split


def read(text: str, section: str = "Exclusion") -> list[str]:
    """The atoms of the last line of a text below a heading: effect, kind where it is a judgment, condition."""
    found = split("NCT00000000", f"{section} Criteria:\n\n{text}").segments
    segment = found[-1]
    return [
        f"{draft.effect or segment.effect} {'(judged) ' if draft.kind == 'judgement' else ''}{draft.expression}"
        for draft in conditions.read(segment)
    ]


EXCLUDED = [
    ("Active infection requiring systemic therapy", "active_infection == true requiring systemic therapy"),
    ("Uncontrolled infection", "active_infection == uncontrolled"),
    ("Acute bacterial infection requiring antibiotics", "acute_infection == true bacterial requiring antibiotics"),
    ("Known history of HIV", "hiv == positive"),
    ("Infection with hepatitis B or C", "any(hepatitis_b, hepatitis_c) == positive"),
    ("History of hepatitis C", "hepatitis_c == history"),
    ("Known history of active tuberculosis", "tuberculosis == active"),
    (
        "Active autoimmune disease that has required systemic treatment in the past 2 years",
        "autoimmune_disease == active that has required systemic treatment within 2 a",
    ),
    ("Prior solid organ transplant", "organ_transplant == true"),
    (
        "Organ transplant recipients on immunosuppressive drugs",
        "organ_transplant == true and immunosuppressive_medication == true",
    ),
    (
        "Stroke or transient ischemic attack within 6 months before enrollment",
        "any(stroke, transient_ischemic_attack) within 6 mo before enrollment",
    ),
    (
        "Myocardial infarction within 3 months of registration",
        "myocardial_infarction == true within 3 mo before registration",
    ),
    ("History of interstitial lung disease", "interstitial_lung_disease == true ever"),
    (
        "History of pneumonitis/interstitial lung disease that required steroids or current"
        " pneumonitis/interstitial lung disease",
        "pneumonitis_or_ild == history that required steroids or current",
    ),
    ("Congenital long QT syndrome", "long_qt_syndrome == congenital"),
    (
        "Uncontrolled hypertension (systolic > 150 mm Hg or diastolic > 90 mm Hg)",
        "hypertension == uncontrolled (systolic > 150 mm[Hg] or diastolic > 90 mm[Hg])",
    ),
    ("Any clinical ascites or pleural effusion", "any(ascites, pleural_effusion)"),
    ("Active or untreated gastrointestinal perforation", "gi_perforation in {active,untreated}"),
    ("Active, untreated brain metastases", "brain_metastases == active and untreated"),
    ("Leptomeningeal disease or carcinomatous meningitis", "leptomeningeal_disease == true"),
    ("Clinically unstable CNS tumors or brain metastases", "any(cns_tumor, brain_metastases) clinically unstable"),
    ("Active primary CNS malignancy", "primary_cns_tumor == active"),
    ("History of pancreatitis", "pancreatitis == ever"),
    (
        "Hemoptysis of > 1 teaspoon of blood, or other significant bleeding within 3 weeks",
        "hemoptysis == true of > 1 teaspoon of blood within 3 wk",
    ),
    ("Known active malignancy, except for skin cancer", "other_malignancy == active except {skin cancer}"),
    ("Prior malignancy other than the one treated in this trial within 4 years", "other_malignancy == true within 4 a"),
    ("Known DPD deficiency", "dpd_deficiency == known"),
    ("Grade 3 or higher neuropathy", "neuropathy_grade >= 3"),
    ("Residual toxicities > grade 1 except alopecia", "residual_toxicity_grade > 1 except {alopecia}"),
    ("Toxicities from earlier therapy that have not resolved to grade 1 or less", "residual_toxicity_grade > 1"),
    ("Known hypersensitivity to nivolumab or any of its excipients", "hypersensitivity(nivolumab) == true"),
    ("Known or suspected allergy to the study drug", "hypersensitivity(study_drugs) == known or suspected"),
    (
        "Another malignancy within 3 years before enrollment, except carcinoma in situ",
        "other_malignancy == true within 3 a before enrollment except {carcinoma in situ}",
    ),
    (
        "Known additional malignancy that is progressing or required active treatment within the past 3 years",
        "other_malignancy == progressing or treated within 3 a",
    ),
    ("HIV-infected participants with a history of Kaposi's sarcoma", "hiv == positive and kaposi_sarcoma == true ever"),
    (
        "Serious or non-healing wound, ulcer, or bone fracture",
        "any(wound, ulcer, bone_fracture) serious or non-healing",
    ),
    ("Patients who have an uncontrolled infection are not eligible", "active_infection == uncontrolled"),
    ("Uncontrolled or active infection", "active_infection == true"),
    ("Untreated, active brain metastases", "brain_metastases == active and untreated"),
    ("Clinically significant uncontrolled arrhythmia", "cardiac_arrhythmia == uncontrolled and significant"),
    ("Active, known or suspected autoimmune disease", "autoimmune_disease in {active,known,suspected}"),
    ("Known history of active or latent tuberculosis", "tuberculosis in {active,latent}"),
    ("History of primary immunodeficiency", "immunodeficiency == primary"),
    ("History of myocardial infarction", "myocardial_infarction == ever"),
    ("History of myocardial infarction within 6 months", "myocardial_infarction == true within 6 mo"),
    ("Prior allogeneic bone marrow transplantation", "stem_cell_transplant == allogeneic"),
    ("History of allogenic organ or tissue transplant", "organ_transplant == true"),
    ("Current active liver or biliary disease", "liver_or_biliary_disease == active"),
    (
        "Evidence of pneumonitis or a history of pneumonitis requiring steroids",
        "pneumonitis == history requiring steroids or current",
    ),
    ("New York Heart Association class III or IV heart failure", "heart_failure == true (nyha in {3,4})"),
    ("Symptomatic congestive heart failure (NYHA class II or greater)", "heart_failure == symptomatic (nyha >= 2)"),
    ("Known hypersensitivity to any component of ZX-1234", "hypersensitivity(ZX-1234) == true"),
    ("Allergy to the study drugs or their analogs", "hypersensitivity(study_drugs_or_similar) == true"),
    ("Severe hypersensitivity to pembrolizumab", "hypersensitivity(pembrolizumab) == severe"),
    (
        "Another cancer that required treatment within the past 2 years",
        "other_malignancy == treated within 2 a",
    ),
    (
        "Diagnosed and/or treated additional malignancy within 3 years before randomization",
        "other_malignancy == diagnosed or treated within 3 a before randomization",
    ),
    ("Tumor metastatic to the CNS", "cns_metastases == true"),
    ("Hemoptysis (> 5 mL in the last 4 weeks)", "hemoptysis == true within 4 wk"),
    ("Active Crohn's disease or ulcerative colitis", "inflammatory_bowel_disease == active"),
    (
        "Active viral, bacterial, or systemic fungal infection requiring treatment within 1 week of first zorgian administration",
        "active_infection == true systemic requiring treatment within 1 wk",
    ),
    ("Malignant disease, other than that being treated in this study", "other_malignancy == true"),
]


@pytest.mark.parametrize(("text", "condition"), EXCLUDED)
def test_an_exclusion_states_the_excluding_condition_itself(text: str, condition: str) -> None:
    assert read(text) == [f"exclude {condition}"]


def test_named_examples_of_an_uncontrolled_illness_are_read_one_by_one() -> None:
    text = (
        "Uncontrolled intercurrent illness including, but not limited to, ongoing or active infection,"
        " symptomatic congestive heart failure,"
        " unstable angina pectoris, cardiac arrhythmia, or psychiatric illness/social situations that limit compliance"
    )
    assert read(text) == [
        "exclude active_infection == true",
        "exclude heart_failure == symptomatic",
        "exclude unstable_angina == true",
        "exclude cardiac_arrhythmia == uncontrolled",
        "exclude (judged) uncontrolled_intercurrent_illness == true",
        "exclude (judged) psychosocial_limit_to_compliance == true",
    ]


def test_what_an_investigator_weighs_is_a_judgment_with_its_examples() -> None:
    text = (
        "A condition which, in the investigator's judgment, makes them unfit."
        " Examples include recent (within 90 days) myocardial infarction"
    )
    assert "exclude (judged) myocardial_infarction == true within 90 d" in read(
        text
    ) and "exclude myocardial_infarction == true within 90 d" not in read(text)


REQUIRED = [
    (
        "HIV-infected patients on effective anti-retroviral therapy with undetectable viral load within"
        " 6 months are eligible",
        "if(hiv == positive, antiretroviral_therapy == effective and viral_load == undetectable within 6 mo)",
    ),
    (
        "For patients with chronic hepatitis B virus (HBV) infection, the HBV viral load must be undetectable",
        "if(hepatitis_b == chronic, hbv_viral_load == undetectable)",
    ),
    (
        "Patients with a history of hepatitis C virus (HCV) infection must have been treated and cured",
        "if(hepatitis_c == history, treated_and_cured == true)",
    ),
    (
        "Patients with treated brain metastases are eligible if follow-up brain imaging shows no"
        " evidence of progression",
        "if(brain_metastases == treated, progression_on_followup_imaging == false)",
    ),
    ("No evidence of brain metastases", "cns_metastases == none"),
    ("Not on hemodialysis", "hemodialysis == false"),
    ("Must not have active infection requiring antibiotics", "not active_infection == true requiring antibiotics"),
    ("No known leptomeningeal disease", "not (known leptomeningeal_disease == true)"),
    (
        "Toxicity of earlier therapy must have resolved to grade 1 or less",
        "residual_toxicity_grade <= 1",
    ),
]


@pytest.mark.parametrize(("text", "condition"), REQUIRED)
def test_an_inclusion_line_asks_for_the_absence_or_for_control(text: str, condition: str) -> None:
    assert read(text, "Inclusion") == [f"require {condition}"]


def test_class_7_a_conjunction_below_exclusion_stays_one_exclusion_of_both() -> None:
    """Wrong: not cirrhosis, not portal hypertension. Right: exclude who has both."""
    assert read("Cirrhosis and portal hypertension") == ["exclude cirrhosis == true and portal_hypertension == true"]


def test_class_9_must_not_have_below_exclusion_is_one_exclusion() -> None:
    """Wrong: require the disease. Right: exclude it, once."""
    assert read("Patient must not have leptomeningeal disease") == ["exclude leptomeningeal_disease == true"]


def test_class_19_a_window_belongs_to_the_event_in_its_sentence() -> None:
    """Wrong: a bare span. Right: the span narrows the event, and every event of the list that ends in it."""
    text = "History of stroke, transient ischemic attack, or arterial thrombosis within 6 months before randomization"
    assert read(text) == [
        "exclude any(stroke, transient_ischemic_attack, arterial_thrombosis) within 6 mo before randomization"
    ]


def test_class_19_a_list_behind_unknown_words_is_not_read_without_its_window() -> None:
    text = "History of stroke, a zorgian event, or any jumbled episode within 6 months before randomization"
    assert read(text) == ["exclude stroke == true within 6 mo before randomization"]


def test_class_23_a_note_is_an_exception_and_no_new_criterion() -> None:
    """Wrong: hepatitis excluded again. Right: what the note allows stands in the exceptions."""
    text = "Evidence of hepatitis C infection. Note: patients with cleared hepatitis C infection may be enrolled"
    assert read(text) == [
        "exclude hepatitis_c == positive except {note: patients with cleared hepatitis c infection may be enrolled}"
    ]
    assert read("Note: patients with stable brain metastases may be enrolled") == []


def test_class_28_no_known_lets_the_unknown_pass() -> None:
    """Wrong: requires a negative test. Right: not (known ...)."""
    assert read("No known active hepatitis B", "Inclusion") == ["require not (known hepatitis_b == active)"]


def test_class_30_an_absence_below_exclusion_is_flagged_and_never_turned() -> None:
    """Wrong: excludes who has the disease, silently. Right: as written, for review, without excluding."""
    segment = split(
        "NCT00000000", "Exclusion Criteria:\n\n* Absence of any significant comorbidity which would preclude surgery"
    ).segments[-1]
    (draft,) = conditions.read(segment)
    assert str(draft.expression) == "comorbidity_precluding_major_surgery == false"
    assert draft.kind == "judgement"
    assert "review by hand" in draft.note
    assert read("* Absence of interstitial lung disease") == []
    assert read("Subject does not have active infection") == []
    assert read("HIV negative") == []


def test_class_31_what_an_exclusion_exempts_is_kept() -> None:
    """Wrong: excludes all. Right: exclude except."""
    assert read("CNS metastases unless treated and stable") == [
        "exclude cns_metastases == true except {treated and stable}"
    ]


def test_class_34_a_requirement_below_exclusion_is_no_exclusion() -> None:
    """Wrong: excludes everyone with hepatitis. Right: left to a reader."""
    assert read("Patients with hepatitis B must be under the care of a specialist") == []


SEVERAL = [
    (
        "History of myocardial infarction or active stroke, pulmonary embolism within 3 months",
        [
            "exclude myocardial_infarction == ever",
            "exclude stroke == true active",
            "exclude pulmonary_embolism == true within 3 mo",
        ],
    ),
    (
        "Active hepatitis B, any uncontrolled infection, or HIV",
        ["exclude hepatitis_b == active", "exclude active_infection == uncontrolled", "exclude hiv == positive"],
    ),
    (
        "Active uncontrolled hepatitis B, hepatitis C, or HIV",
        [
            "exclude hepatitis_b == active and uncontrolled",
            "exclude hepatitis_c == active and uncontrolled",
            "exclude hiv == active and uncontrolled",
        ],
    ),
    (
        "Prior allogeneic stem cell or solid organ transplantation",
        ["exclude stem_cell_transplant == allogeneic", "exclude organ_transplant == true"],
    ),
    (
        "Significant cardiovascular disease defined as unstable angina or acute coronary syndrome",
        [
            "exclude (judged) cardiovascular_disease == significant",
            "exclude unstable_angina == true",
            "exclude acute_coronary_syndrome == true",
        ],
    ),
    (
        "Active hepatitis B, hepatitis C or tuberculosis",
        ["exclude hepatitis_b == active", "exclude hepatitis_c == active", "exclude tuberculosis == active"],
    ),
    (
        "Acute or chronic uncontrolled renal disease, pancreatitis, or liver disease",
        [
            "exclude renal_disease == uncontrolled",
            "exclude pancreatitis == uncontrolled",
            "exclude liver_disease == uncontrolled",
        ],
    ),
    (
        "History of stroke, active peptic ulcer, or bowel perforation within 6 months",
        [
            "exclude stroke == true within 6 mo",
            "exclude gastric_or_duodenal_ulcer == active within 6 mo",
            "exclude gi_perforation == true within 6 mo",
        ],
    ),
    (
        "Known history of hepatitis B or C infection or known positive test for hepatitis B surface antigen",
        ["exclude hepatitis_b == history", "exclude hepatitis_c == history"],
    ),
    (
        "History of a positive test for HIV, or known acquired immunodeficiency syndrome",
        ["exclude hiv == positive", "exclude aids == true"],
    ),
    (
        "History of another malignancy within 3 years, or any evidence of residual disease from a previously"
        " diagnosed malignancy",
        ["exclude other_malignancy == true within 3 a", "exclude other_malignancy == residual_disease"],
    ),
]


@pytest.mark.parametrize(("text", "conditions"), SEVERAL)
def test_the_items_of_a_list_take_over_what_is_said_of_the_whole_list(text: str, conditions: list[str]) -> None:
    assert read(text) == conditions


UNREAD = [
    "On therapy for chronic pain or viral hepatitis B therapy",
    "HIV infection, unless they meet the following criteria:",
    "Symptomatic untreated or progressing brain metastases",
    "No history of stroke, seizures, or arterial thrombosis",
    "Contraindications to imaging such as a pacemaker",
    "Any condition that may increase the risk of study drug administration or heart failure of NYHA class",
    "Allergy to chimeric or humanized antibodies",
    "Family history of long QT syndrome",
    "Medications for hypertension or heart failure",
    "Patients at increased risk of stroke",
    "Vaccination against hepatitis B",
    "Hypertension",
    "Patients with stable brain metastases are eligible",
    "AIDS-related illness of a relative",
]


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_not_the_disease_itself_is_left_alone(text: str) -> None:
    assert read(text) == []
