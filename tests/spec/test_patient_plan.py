"""A patient's plan: words for everything, nothing guessed, nothing unreviewed in another language, page and paper alike."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from chemoplan.case import resolve
from chemoplan.criteria.tree import facts_of
from chemoplan.intake.read import read_reading
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.people_texts import load_texts
from chemoplan.plan.recommend import recommend
from chemoplan.report.patient import PatientPlanRefused, Release, patient_plan
from chemoplan.report.patient_facts import where_from
from chemoplan.report.patient_html import patient_page
from chemoplan.report.patient_pdf import patient_pdf
from chemoplan.report.patient_words import PlainWords

EXAMPLE = Path(__file__).parents[2] / "src/chemoplan/examples/02-standard-risk-mid-rectum.yaml"
RELEASE = Release("Dr. Ana Lee", "November 27, 2026", start="December 7", place="Main building")
CALL = {"center": "Example Cancer Center", "phone": "800-555-0199"}
FACTS = {
    "setting": "initial", "histology": "adenocarcinoma", "cT": "T3", "cN": "N1", "cM": "M0", "mmr": "proficient",
    "tumor_height": 4, "mrf_distance": 4,
}  # fmt: skip


def _plan(facts=None, complete=()):
    knowledge = load_knowledge()
    reading = read_reading({"facts": facts or FACTS, "complete": list(complete)}, "case")
    return recommend(resolve(reading, knowledge), knowledge)


@pytest.fixture(scope="module")
def standard():
    from chemoplan.intake.read import read_document

    knowledge = load_knowledge()
    return recommend(resolve(read_document(EXAMPLE), knowledge), knowledge)


@pytest.mark.parametrize("name", load_knowledge().options)
def test_every_option_has_patient_words_and_steps(name):
    held = load_texts()["plan"]["options"]["options"][name]
    steps = load_texts()["plan"]["steps"]["steps"]
    assert held["name"].text_in("en")
    assert held["steps"]
    assert {step if isinstance(step, str) else step["step"] for step in held["steps"]} <= set(steps)


def test_every_kind_aim_component_and_procedure_has_patient_words():
    knowledge = load_knowledge()
    plan = load_texts()["plan"]
    options = knowledge.options.values()
    assert {option.kind for option in options} <= set(plan["options"]["kinds"])
    assert {option.intent or "none" for option in options} <= set(plan["options"]["aims"])
    assert set(knowledge.components) <= set(plan["components"]["components"])
    assert {name for option in options for name in option.procedures} <= set(plan["components"]["procedures"])


def test_every_source_of_the_patient_words_is_held():
    knowledge = load_knowledge()
    assert knowledge.dosing.regimens, "reads the sources on giving drugs"
    held = load_texts()["plan"]["components"]
    for item in (*held["components"].values(), *held["procedures"].values()):
        assert item["sources"]
        assert set(item["sources"]) <= set(knowledge.sources)


def test_every_fact_that_a_criterion_offers_by_has_a_name_and_words_for_each_value():
    knowledge = load_knowledge()
    held = load_texts()["plan"]["facts"]["facts"]
    used = {
        fact
        for entry in knowledge.entries.values()
        for criterion in (entry.when, *(offer.only_if for offer in entry.offers))
        for fact in facts_of(criterion)
    }
    assert used <= set(held)
    for name in used:
        fact = knowledge.vocabulary[name]
        if fact.kind in ("choice", "set"):
            assert set(fact.values) <= set(held[name]["values"]), name
        elif fact.kind == "flag":
            assert {"present", "absent"} <= set(held[name]), name
        else:
            assert "value" in held[name], name


def test_every_event_of_the_toxicity_knowledge_has_patient_words():
    held = load_texts()["plan"]["side_effects"]
    assert set(load_knowledge().dosing.event_names) == set(held["events"])
    assert set(held["not_told"]) < set(held["events"])


def test_the_plan_tells_the_steps_in_the_order_of_the_option(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE)
    titles = [step.title for step in made.parts[0].steps]
    assert [title.split()[0] for title in titles] == ["Chemo", "A", "Radiation", "Surgery", "Chemo"]


def test_the_plan_says_why_from_the_facts_of_the_case_with_their_source(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE)
    why = {reason.fact: reason for reason in made.why}
    assert why["cT"].text == "The tumor has grown through the wall of the rectum (T3)."
    assert why["cT"].source.startswith("rectal MRI report, November")
    assert why["mrf_status"].source == "", "worked out from another fact"


@pytest.mark.parametrize(
    ("source", "english", "spanish"),
    [
        ("demo.fhir.json (Bundle.entry[4].resource), 2026-11-04, AJCC manual", "your records, November 4, 2026",
         "su historia clínica, 4 de noviembre de 2026"),
        ("own.yaml (line 12)", "your records", "su historia clínica"),
        ("rectal MRI report (line 3), 2026-11-03", "rectal MRI report, November 3, 2026",
         "rectal MRI report, 3 de noviembre de 2026"),
        ("Ana Rivera, MD, 2026-11-20", "Ana Rivera, November 20, 2026", "Ana Rivera, 20 de noviembre de 2026"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_no_name_of_a_file_and_no_place_in_it_reaches_the_patient(source, english, spanish):
    assert where_from(source, PlainWords("en")) == english
    assert where_from(source, PlainWords("es")) == spanish


def test_several_options_are_told_as_choices_or_as_parts_as_the_clinician_says(standard):
    both = ["nac-selective-crt", "tnt-lccrt-consol"]
    with pytest.raises(PatientPlanRefused, match="say whether they are choices or parts of one plan"):
        patient_plan(standard, both, "en", RELEASE)
    choices = patient_page(patient_plan(standard, both, "en", replace(RELEASE, several="one")).as_json(), **CALL)
    assert "You get one of them, not all." in choices
    assert choices.index("Choice 1: ") < choices.index("Choice 2: ")
    parts = patient_page(patient_plan(standard, both, "en", replace(RELEASE, several="all")).as_json(), **CALL)
    assert "You get all of them." in parts and "Choice 1" not in parts
    dose = next(row["id"] for row in standard["options"] if row["kind"] == "advice")
    beside = patient_page(
        patient_plan(standard, [dose, *both], "en", replace(RELEASE, several="one")).as_json(), **CALL
    )
    assert beside.index("Choice 2: ") < beside.index("Also for you: ") and "Choice 3" not in beside
    assert patient_plan(standard, [dose, both[0]], "en", RELEASE).words["several"] == "", "one treatment is no choice"
    alone = patient_page(patient_plan(standard, both[:1], "en", RELEASE).as_json(), **CALL)
    assert "These are choices" not in alone and "belong together" not in alone


def test_a_snapshot_of_an_earlier_version_is_still_shown(standard):
    stored = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE).as_json()
    for key in ("several", "choices", "beside"):
        del stored["words"][key]
    for part in stored["parts"]:
        del part["choice"]
    for row in (*stored["watch"], *stored["effects"]):
        del row["cited"]
    assert "PROSPECT" in patient_page(stored, **CALL)


def test_every_grade_that_a_study_counted_has_its_words_or_says_nothing_on_purpose():
    forms = load_texts()["plan"]["side_effects"]["forms"]
    assert {rate.grade for rate in load_knowledge().dosing.toxicity_rates.values()} == set(forms)


def test_a_number_that_nobody_checked_stands_out_and_no_id_of_a_source_is_shown(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE).as_json()
    page = patient_page(made, **CALL)
    assert any(row["status"] != "verified" for row in made["effects"])
    assert "<strong>Nobody has checked this number yet.</strong>" in page
    for row in (*made["effects"], *(source for part in made["parts"] for source in part["sources"])):
        name = row.get("source") or row["id"]
        assert not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page), name


def test_what_nobody_knows_is_told_as_not_tested_yet():
    plan = _plan(complete=["mri", "history"])
    made = patient_plan(plan, ["tnt-lccrt-consol"], "en", RELEASE)
    assert "dpyd_activity_score" in {item.fact for item in made.waiting}
    assert not {item.fact for item in made.waiting} & {reason.fact for reason in made.why}
    assert made.words["headings"]["waiting"] == "Not tested yet"
    assert made.parts[0].waits


def test_an_option_that_the_plan_does_not_offer_cannot_be_released(standard):
    with pytest.raises(PatientPlanRefused, match="le is not an option that this plan offers"):
        patient_plan(standard, ["le"], "en", RELEASE)
    with pytest.raises(PatientPlanRefused, match="at least one option"):
        patient_plan(standard, [], "en", RELEASE)


def test_an_excluded_option_that_a_team_decided_on_is_told_without_reasons_of_the_plan():
    plan = _plan({**FACTS, "dpyd_activity_score": "0"}, complete=["mri", "history"])
    row = next(item for item in plan["excluded"] if item["id"] == "tnt-lccrt-consol")
    made = patient_plan({**plan, "options": [{**row, "verdict": "conditional"}]}, [row["id"]], "en", RELEASE)
    assert made.parts[0].aim.startswith("The aim is to get rid of the cancer.")
    assert made.parts[0].waits == ""
    assert made.effects
    assert made.why == ()
    assert made.words["why_none"] in patient_page(made.as_json(), **CALL)


def test_a_component_without_patient_words_is_refused_and_never_skipped(standard):
    changed = json.loads(json.dumps(standard))
    option = next(item for item in changed["options"] if item["id"] == "nac-selective-crt")
    option["components"].append("snake_oil")
    with pytest.raises(PatientPlanRefused, match=r"components\.snake_oil has no plain words; write them in"):
        patient_plan(changed, ["nac-selective-crt"], "en", RELEASE)


def test_unreviewed_spanish_gives_the_plan_in_english_with_a_notice(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "es", RELEASE)
    assert (made.language, made.wanted) == ("en", "es")
    assert "free help in your language" in made.words["notice"]
    assert made.words["title"] == "Your treatment plan"


def test_one_unsigned_string_is_enough_to_keep_the_plan_in_english(standard):
    key = "plan.options.options.nac-selective-crt.name"
    made = patient_plan(standard, ["nac-selective-crt"], "es", RELEASE, reviewed=lambda text, language: text.key != key)
    assert made.language == "en"


def test_a_plan_is_in_spanish_when_every_string_of_it_is_signed(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "es", RELEASE, reviewed=lambda text, language: True)
    assert made.language == "es"
    assert made.words["title"] == "Su plan de tratamiento"
    assert made.words["notice"] == ""


def test_a_rate_has_its_people_its_study_its_source_and_its_status(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE)
    assert made.effects
    for effect in made.effects:
        assert effect.denominator == 100
        assert effect.study
        assert effect.source in load_knowledge().sources
        assert effect.status in ("verified", "partly", "unverified")
        assert "during treatment" in effect.text
        assert str(effect.number) in effect.text


def test_rates_of_the_same_drugs_in_other_doses_are_marked(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE)
    near = {effect.study: effect.near for effect in made.effects}
    assert near["NO16966, FOLFOX4"] is True
    assert near["RAPIDO, CRT (cape)"] is False


def test_no_rate_is_never_told_as_no_side_effect(standard):
    made = patient_plan(standard, ["scrt-tme"], "en", RELEASE)
    assert made.effects == ()
    assert "does not mean that it has no side effects" in patient_page(made.as_json(), **CALL)


def test_a_limit_below_one_is_told_in_words_without_a_picture():
    plan = _plan({**FACTS, "dpyd_activity_score": "2", "tumor_height": 4}, complete=["mri", "history"])
    made = patient_plan(plan, ["tnt-scrt-consol"], "en", RELEASE)
    for effect in made.effects:
        if effect.number in (None, 0):
            assert effect.text.startswith(("Fewer than 1", "None"))
    page = patient_page(made.as_json(), **CALL)
    assert page.count("<svg") == sum(bool(effect.number) for effect in made.effects)


def test_what_was_typed_is_escaped_and_kept(standard):
    made = patient_plan(
        standard,
        ["tme"] if "tme" in _ids(standard) else ["scrt-tme"],
        "en",
        replace(RELEASE, note="<b>Bring</b> water"),
    )
    page = patient_page(made.as_json(), **CALL)
    assert "&lt;b&gt;Bring&lt;/b&gt; water" in page
    assert "<b>" not in page


def test_the_snapshot_is_plain_json_and_shows_the_same_after_storing(standard):
    made = patient_plan(standard, ["nac-selective-crt"], "en", RELEASE).as_json()
    stored = json.loads(json.dumps(made))
    assert patient_page(stored, **CALL) == patient_page(made, **CALL)


def test_a_snapshot_holds_nothing_of_the_options_that_were_not_chosen(standard):
    stored = json.dumps(patient_plan(standard, ["scrt-tme"], "en", RELEASE).as_json())
    assert "nac-selective-crt" not in stored
    assert "PROSPECT" not in stored


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext reads the PDF")
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pdf_says_what_the_page_says_on_two_pages_at_most_with_language_title_and_fonts(
    standard, language, tmp_path
):
    made = patient_plan(
        standard, ["nac-selective-crt"], language, RELEASE, reviewed=lambda text, language: True
    ).as_json()
    path = tmp_path / "plan.pdf"
    content = patient_pdf(made, **CALL)
    path.write_bytes(content)
    told = _words(subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout)
    assert sorted(told) == sorted(_words(_text(patient_page(made, **CALL))))
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True)
    assert info.stderr == ""
    assert int(re.search(r"Pages:\s+(\d+)", info.stdout)[1]) <= 2
    assert re.search(r"Title:\s+(.+)", info.stdout)[1] == made["words"]["title"]
    assert f"/Lang ({language})".encode() in content
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), "every font is embedded"


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo counts the pages")
def test_a_long_plan_takes_two_pages_in_smaller_letters(standard, tmp_path):
    noted = replace(RELEASE, note="Bring a friend. " * 20)
    made = patient_plan(
        standard, ["nac-selective-crt", "tnt-lccrt-consol"], "en", replace(noted, several="one")
    ).as_json()
    assert len(made["effects"]) > 8
    path = tmp_path / "plan.pdf"
    path.write_bytes(patient_pdf(made, **CALL))
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Pages:\s+2\b", info)


def test_the_same_snapshot_gives_the_same_pdf(standard):
    made = patient_plan(standard, ["scrt-tme"], "en", RELEASE).as_json()
    assert patient_pdf(made, **CALL) == patient_pdf(made, **CALL)


def _ids(plan):
    return [option["id"] for option in plan["options"]]


def _text(page: str) -> str:
    body = re.sub(r"<(style|title|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", body))


def _words(text: str) -> list[str]:
    """Words and digits; ligatures taken apart, the numbers that a list counts by left out, what wraps at a hyphen whole."""
    plain = re.sub(r"(?m)^\s*\d\.\s|-\n?", "", unicodedata.normalize("NFKC", text))
    return re.findall(r"[^\W\d_]+|\d", plain)
