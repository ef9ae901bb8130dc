"""The page of a case: three doors to it, facts answered on it, what two people do at once, who may see and decide what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from chemoplan.web.cases.case_form import MOST_FIELDS
from chemoplan.web.store.audit_log import verify
from chemoplan.web.store.tables import audit_log, case_versions, cases, overrides
from tests.web.visitors import Site, empty_site, post, token

EXAMPLES = Path(__file__).parents[2] / "src/chemoplan/examples"
BUNDLE = (EXAMPLES / "demo.fhir.json").read_bytes()
LOW = "03-low-threatened-margin.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return empty_site(tmp_path, demo=True)


@pytest.fixture
def clinician(site: Site):
    return site.signed_in("clinician")


def make(client, name: str = LOW, field: str = "case_files", **more):
    """A case from a shipped example; its address."""
    files = {field: (name, (EXAMPLES / name).read_bytes(), "text/plain"), **more}
    sent = client.post(
        "/cases/new", data={"csrf_token": token(client.get("/cases/new").text), "door": "files"}, files=files
    )
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def stated(page: str) -> list[str]:
    """The facts that the page asks for."""
    return re.findall(r'form="answers"[^>]* name="fact\.([^"]+)"', page)


def test_a_bundle_becomes_a_page_in_three_clicks_without_a_fact_typed(site, clinician):
    listed = clinician.get("/cases")
    assert 'href="/cases/new"' in listed.text  # click 1
    page = clinician.get("/cases/new").text  # the file is chosen: click 2
    sent = clinician.post(
        "/cases/new",
        data={"csrf_token": token(page), "door": "files"},
        files={"case_files": ("demo.fhir.json", BUNDLE, "application/json")},
    )  # click 3
    assert sent.status_code == 303
    shown = clinician.get(sent.headers["location"])
    assert shown.status_code == 200
    assert "Total neoadjuvant therapy" in shown.text
    assert "demo.fhir.json" in shown.text


def test_missing_facts_stand_before_the_options_and_severe_alerts_before_all(clinician):
    page = clinician.get(make(clinician, "05-missing-biomarkers.yaml")).text
    assert page.index('id="missing"') < page.index('id="group-arrange"')
    page = clinician.get(make(clinician, "10-fourth-line.yaml")).text
    assert page.index('id="severe"') < page.index('id="missing"') < page.index('id="alerts"')


def test_every_line_of_evidence_shows_how_far_it_was_checked(clinician):
    page = clinician.get(make(clinician)).text
    lists = re.findall(r'<ul class="evidence">(.*?)</ul>', page, re.DOTALL)
    lines = [line for part in lists for line in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]
    assert len(lines) > 20
    assert all(re.match(r'\s*<span class="badge (good|open|bad)">', line) for line in lines)


def test_the_page_carries_no_style_and_no_script_of_its_own(clinician):
    address = make(clinician)
    for part in (
        "",
        "/facts",
        "/note",
        "/trials",
        "/change",
        "/release",
        "/options/tnt-lccrt-consol",
        "/order/mfolfox6",
    ):
        page = clinician.get(address + part)
        assert page.status_code == 200, part
        assert not re.search(r"<style|\sstyle=|<script(?! src=\"/static/)", page.text), part


def test_an_answer_makes_a_version_that_says_who_stated_it(site, clinician):
    address = make(clinician)
    page = clinician.get(address).text
    assert "ugt1a1" in stated(page)
    sent = clinician.post(
        f"{address}/answers",
        data={"csrf_token": token(page), "version": "1", "fact.ugt1a1": "poor", "fact.primary_symptom": ""},
    )
    assert sent.status_code == 303
    page = clinician.get(address).text
    assert "ugt1a1" not in stated(page)
    assert "primary_symptom" in stated(page)
    facts = clinician.get(f"{address}/facts").text
    assert "stated on the case page by Ana Rivera, MD" in facts
    assert "ugt1a1" in stated_before(clinician, address)


def stated_before(client, address: str) -> str:
    """Version 1 as it is still told."""
    page = client.get(f"{address}/version/1").text
    assert "older version" in page
    assert 'id="answers"' not in page
    return page


def test_what_was_typed_comes_back_with_what_is_wrong_with_it(clinician):
    address = make(clinician, "05-missing-biomarkers.yaml")
    page = clinician.get(address).text
    sent = clinician.post(
        f"{address}/answers",
        data={"csrf_token": token(page), "version": "1", "fact.tumor_height": "900", "fact.mmr": "proficient"},
    )
    assert sent.status_code == 422
    assert "possible is 0 to 20 cm" in sent.text
    assert 'value="900"' in sent.text
    assert re.search(r'<option value="proficient" selected', sent.text)


def test_an_answer_that_contradicts_the_case_is_told_and_not_kept(site, clinician):
    address = make(clinician)
    page = clinician.get(address).text
    sent = clinician.post(
        f"{address}/answers",
        data={"csrf_token": token(page), "version": "1", "fact.metastatic_sites": "liver"},
    )
    assert sent.status_code == 422
    assert "contradiction" in sent.text
    with site.database.read() as connection:
        assert connection.execute(select(cases.c.version)).scalar_one() == 1


def test_two_people_who_change_at_once_lose_nothing_and_are_told(site, clinician):
    address = make(clinician)
    other = site.signed_in("navigator")
    mine, theirs = clinician.get(address).text, other.get(address).text
    first = other.post(
        f"{address}/answers", data={"csrf_token": token(theirs), "version": "1", "fact.ugt1a1": "normal"}
    )
    assert first.status_code == 303
    second = clinician.post(
        f"{address}/answers", data={"csrf_token": token(mine), "version": "1", "fact.primary_symptom": "bleeding"}
    )
    assert second.status_code == 409
    assert "Noor Navigator" in second.text
    assert re.search(r'<option value="bleeding" selected', second.text)
    again = clinician.post(
        f"{address}/answers",
        data={"csrf_token": token(second.text), "version": "2", "fact.primary_symptom": "bleeding"},
    )
    assert again.status_code == 303
    with site.database.read() as connection:
        latest = connection.execute(select(case_versions.c.answers).where(case_versions.c.version == 3)).scalar_one()
    assert set(latest) == {"ugt1a1", "primary_symptom"}


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("", "Paste a bundle or a case file"),
        ("cT: T9", "expected one of"),
        ("{", "pasted.json"),
        ("colour: blue", "there is no fact"),
    ],
)
def test_pasted_text_that_is_no_case_is_refused_in_the_words_of_the_reader_and_comes_back(clinician, pasted, told):
    sent = post(clinician, "/cases/new", door="paste", pasted=pasted)
    assert sent.status_code == 422
    assert told in sent.text
    assert pasted.replace('"', "&#34;") in sent.text


def test_pasted_text_makes_a_case(clinician):
    sent = post(clinician, "/cases/new", door="paste", pasted=(EXAMPLES / LOW).read_text(), label="Pasted one")
    assert sent.status_code == 303
    assert "Pasted one" in clinician.get("/cases").text


def test_a_file_that_is_no_case_is_refused_with_one_line(clinician):
    page = clinician.get("/cases/new").text
    sent = clinician.post(
        "/cases/new",
        data={"csrf_token": token(page), "door": "files"},
        files={"case_files": ("genes.txt", b"KRAS\nBRAF\n", "text/plain")},
    )
    assert sent.status_code == 422
    assert "genes.txt: holds only text" in sent.text


@pytest.mark.parametrize("setting", ["", "initial", "metastatic", "postoperative"])
def test_the_short_form_asks_at_most_25_fields_and_answers_none_of_them_itself(clinician, setting):
    page = clinician.get("/cases/new" + (f"?setting={setting}" if setting else "")).text
    form = page[page.index('name="door" value="form"') :]
    names = set(re.findall(r' name="([^"]+)"', form)) - {"csrf_token", "door", "asked_for"}
    assert 15 < len(names) <= MOST_FIELDS
    chosen = re.findall(r'<option value="([^"]+)" selected', form)
    assert chosen == ([setting] if setting else [])
    assert " checked" not in form


def test_the_short_form_makes_a_case_of_what_was_answered_and_nothing_else(site, clinician):
    sent = post(
        clinician,
        "/cases/new",
        of="/cases/new?setting=initial",
        door="form",
        asked_for="initial",
        **{"fact.setting": "initial", "fact.mmr": "deficient"},
    )
    assert sent.status_code == 303
    plan = clinician.get(sent.headers["location"] + "/plan.json").json()
    assert {row["name"] for row in plan["facts"] if row["status"] == "known"} == {"setting", "mmr"}


def test_tumor_and_inherited_genes_join_the_case_with_panels_of_their_own(clinician):
    genes = {
        "tumor_files": ("tumor.maf", (EXAMPLES / "tumor.maf").read_bytes(), "text/plain"),
        "panel_files": ("genes.txt", (EXAMPLES / "genes.txt").read_bytes(), "text/plain"),
        "germline_files": ("germline.vcf", (EXAMPLES / "germline.vcf").read_bytes(), "text/plain"),
    }
    page = clinician.get("/cases/new").text
    files = {"case_files": ("05.yaml", (EXAMPLES / "05-missing-biomarkers.yaml").read_bytes(), "text/plain"), **genes}
    sent = clinician.post(
        "/cases/new",
        data={"csrf_token": token(page), "door": "files", "germline_sample": "INVENTED-GERMLINE"},
        files=files,
    )
    assert sent.status_code == 303, sent.text
    address = sent.headers["location"]
    assert "KRAS" in clinician.get(f"{address}/tumor").text
    assert "DPYD" in clinician.get(f"{address}/germline").text
    facts = {row["name"]: row for row in clinician.get(f"{address}/plan.json").json()["facts"]}
    assert facts["dpyd_activity_score"]["value"] == 1


def test_a_case_leaves_as_note_pdf_fhir_and_json(clinician):
    address = make(clinician, "demo.fhir.json")
    assert clinician.get(f"{address}/plan.pdf").content.startswith(b"%PDF")
    bundle = clinician.get(f"{address}/plan.fhir.json").json()
    assert bundle["resourceType"] == "Bundle"
    plan = clinician.get(f"{address}/plan.json").json()
    note = clinician.get(f"{address}/note.txt").text
    assert plan["options"][0]["title"].split(":")[0] in note
    again = post(clinician, "/cases/new", door="paste", pasted=json.dumps(bundle))
    assert again.status_code == 303, again.text
    second = clinician.get(again.headers["location"] + "/plan.json").json()
    assert [(row["id"], row["verdict"]) for row in second["options"]] == [
        (row["id"], row["verdict"]) for row in plan["options"]
    ]


def test_trials_are_matched_line_by_line(clinician):
    address = make(clinician)
    page = clinician.get(f"{address}/trials").text
    (first, *_) = re.findall(rf'href="({address}/trials/NCT\d+)"', page)
    lines = clinician.get(first).text
    assert re.search(r"holds|fails|not known", lines)


def test_a_decision_of_the_team_needs_a_reason_stands_at_the_option_and_can_be_taken_back(site, clinician):
    address = make(clinician)
    place = f"{address}/override/tnt-lccrt-consol"
    assert post(clinician, place, decision="declined", reason="").status_code == 422
    assert post(clinician, place, decision="declined", reason="The person prefers short-course.").status_code == 303
    page = clinician.get(address).text
    at = page.index('id="option-tnt-lccrt-consol"')
    card = page[at : page.index("</article>", at)]
    assert "The person prefers short-course." in card
    assert "Ana Rivera, MD" in card
    assert "offered</span>" in card  # what the program says stays
    note = clinician.get(f"{address}/note.txt").text
    title = "Total neoadjuvant therapy: long-course chemoradiation, then consolidation chemotherapy"
    assert f"- Declined by the team: {title}\n  Reason: The person prefers short-course.\n  By Ana Rivera, MD, " in note
    assert note.index("Declined by the team") < note.index("STOPS AND CHANGES")
    with site.database.read() as connection:
        (made,) = connection.execute(select(overrides.c.id)).scalars()
    assert post(clinician, f"{address}/overrides/{made}/withdraw", of=address).status_code == 303
    page = clinician.get(address).text
    at = page.index('id="option-tnt-lccrt-consol"')
    assert "The person prefers short-course." not in page[at : page.index("</article>", at)]
    assert "withdrawn" in page


def test_the_note_is_plain_text_for_a_chart_with_no_command_and_no_id(clinician):
    note = clinician.get(make(clinician, "05-missing-biomarkers.yaml") + "/note.txt").text
    assert note.isascii()
    assert "--" not in note
    assert not re.search(r"chemoplan (order|course|plan)|[a-z]+_[a-z]+", note)
    parts = ("DECISIONS OF THE TEAM", "STOPS AND CHANGES", "OFFERED", "MISSING FACTS", "CONDITIONAL", "SOURCES")
    assert sorted(parts, key=note.index) == list(parts)
    assert "Decision support, not signed off" in note
    assert re.search(r"version 1\. Planned for a decision on 2026-11-16", note)
    assert re.search(r"knowledge 20\d\d\.\d+ \(as of 20\d\d-\d\d-\d\d\)", note)


def test_the_note_names_or_counts_everything_that_the_plan_says(clinician):
    address = make(clinician, "05-missing-biomarkers.yaml")
    note, plan = clinician.get(f"{address}/note.txt").text, clinician.get(f"{address}/plan.json").json()
    for row in (*plan["gates"], *plan["alerts"], *plan["excluded"]):
        assert row["title"] in note
    for row in plan["missing"]:
        (line,) = re.findall(rf"^- {re.escape(row['question'])} Would decide: .*$", note, re.MULTILINE)
        more = re.search(r"and (\d+) more$", line)
        assert int(more[1]) + 3 == len(row["decides"]) if more else len(row["decides"]) <= 3
    shown = [row for row in plan["options"] if not row["remote"]]
    assert all(f"- {row['title']}" in note for row in shown)
    assert f"Advice on drugs that no option listed here holds: {len(plan['options']) - len(shown)}" in note


def test_facts_and_values_are_asked_in_words_and_no_two_fields_have_one_name(clinician):
    page = clinician.get(make(clinician, "05-missing-biomarkers.yaml")).text
    assert "Is mismatch repair proficient or deficient (IHC or MSI)?" in page
    labels = re.findall(r'<label for="[^"]+">(.*?)<span class="optional"', page, re.DOTALL)
    labels += re.findall(r'value="yes"[^>]*> <span>(.*?)</span></label>', page, re.DOTALL)
    assert len(labels) > 30
    assert len(labels) == len(set(labels))
    assert not any("_" in label for label in labels)
    options = re.findall(r'<option value="([^"]*)"[^>]*>(.*?)</option>', page)
    assert ("local_recurrence", "local recurrence") in options
    assert not any("_" in label for _, label in options)


def test_a_missing_fact_names_what_it_would_decide_and_a_conditional_option_what_it_asks(clinician):
    page = clinician.get(make(clinician, "05-missing-biomarkers.yaml")).text
    asked = page[page.index('id="missing"') : page.index('id="group-')]
    summaries = re.findall(r"<summary>(Would decide: .*?)</summary>", asked, re.DOTALL)
    assert len(summaries) == 22
    assert not any(re.match(r"Would decide: \d+", text) for text in summaries)
    assert " · " in summaries[0]
    assert re.search(r" and \d+ more", summaries[0])
    depends = re.findall(r'<p class="depends">(.*?)</p>', page, re.DOTALL)
    assert len(depends) > 10
    assert all("?" in text or "gate" in text for text in depends)
    assert not any("_" in text for text in depends)


def test_the_page_begins_with_stops_and_offered_options_as_links_to_their_cards(clinician):
    address = make(clinician, "10-fourth-line.yaml")
    page, plan = clinician.get(address).text, clinician.get(f"{address}/plan.json").json()
    top = page[page.index('class="lead"') : page.index('id="what-if"')]
    stops = [row["id"] for row in plan["alerts"] if row["severity"] == "stop"]
    offered = [row for row in plan["options"] if row["verdict"] == "offered"]
    links = re.findall(r'<a href="#([^"]+)">(.*?)</a>', top)
    assert [target for target, _ in links[: len(stops)]] == [f"alert-{name}" for name in stops]
    assert {title for _, title in links[len(stops) :]} == {row["title"] for row in offered}
    assert all(f'id="{target}"' in page for target, _ in links)


def test_an_order_sheet_is_linked_by_the_title_of_its_regimen(clinician):
    page = clinician.get(make(clinician)).text
    links = re.findall(r'href="[^"]*/order/([^"]+)">(.*?)</a>', page)
    assert links
    assert all(text.startswith("Order sheet: ") and regimen not in text for regimen, text in links)


def test_a_risk_is_accepted_at_the_alert_that_tells_of_it(clinician):
    address = make(clinician)
    (alert, *_) = clinician.get(f"{address}/plan.json").json()["alerts"]
    place = f"{address}/override/{alert['id']}"
    page = clinician.get(address).text
    assert f'href="{place}"' in page
    assert post(clinician, place, decision="accepted_risk", reason="Told and agreed.").status_code == 303
    page = clinician.get(address).text
    at = page.index(f'id="alert-{alert["id"]}"')
    assert "Told and agreed." in page[at : page.index("</article>", at)]


def test_a_navigator_sees_the_case_and_adds_to_it_but_does_not_decide(site, clinician):
    address = make(clinician)
    navigator = site.signed_in("navigator")
    page = navigator.get(address)
    assert page.status_code == 200
    assert "/override/" not in page.text
    assert "/order/" not in page.text
    assert "/release" not in page.text
    for place in ("/override/tnt-lccrt-consol", "/order/mfolfox6", "/release"):
        assert navigator.get(address + place).status_code == 403
        assert navigator.post(address + place, data={"csrf_token": token(page.text)}).status_code == 403
    assert navigator.get(f"{address}/change").status_code == 200


@pytest.mark.parametrize("role", ["anonymous", "patient", "referrer", "administrator"])
def test_no_word_of_a_case_reaches_who_may_not_see_it(site, clinician, role):
    address = make(clinician)
    identity = address.rsplit("/", 1)[1]
    client = site.visitor() if role == "anonymous" else site.signed_in(role)
    secret = "Total neoadjuvant"
    for name, route in client.app.state.building.pages.items():
        if "/cases" not in route.path or "GET" not in route.methods:
            continue
        path = route.path.replace("{id}", identity).replace("{number}", "1").replace("{option}", "tnt-lccrt-consol")
        answer = client.get(re.sub(r"\{[^}]+\}", "mfolfox6", path))
        assert answer.status_code in (303, 403), name
        assert secret not in answer.text, name
        assert "threatened fascia" not in answer.text, name


def test_every_view_and_change_is_in_the_log_and_the_chain_is_whole(site, clinician):
    address = make(clinician)
    clinician.get(address)
    clinician.get(f"{address}/note")
    post(clinician, f"{address}/override/tnt-lccrt-consol", decision="chosen", reason="Board.")
    with site.database.read() as connection:
        rows = connection.execute(select(audit_log.c.action, audit_log.c.kind, audit_log.c.detail)).all()
        assert verify(connection)[1] is None
    seen = [(row.action, row.kind) for row in rows]
    assert ("created", "case") in seen
    assert ("viewed", "case") in seen
    assert ("decided", "case") in seen
    assert not any("Board." in row.detail for row in rows)


def test_a_patient_is_not_named_in_an_address(clinician):
    address = make(clinician)
    found = post(clinician, "/cases/find", of="/cases", words="threatened", status="")
    assert address in found.text
    assert post(clinician, "/cases/find", of="/cases", words="nobody like this", status="").text.count(address) == 0


def test_a_document_that_is_added_stands_instead_of_the_older_one(site, clinician):
    address = make(clinician)
    page = clinician.get(f"{address}/change").text
    other = (EXAMPLES / "04-deficient-mismatch-repair.yaml").read_bytes()
    sent = clinician.post(
        f"{address}/change",
        data={"csrf_token": token(page), "version": "1", "status": "decided", "status_seen": "open", "decided_on": ""},
        files={"case_files": ("new.yaml", other, "text/plain")},
    )
    assert sent.status_code == 303, sent.text
    assert clinician.get(f"{address}/plan.json").json()["case"] == "example-04"
    old = clinician.get(f"{address}/version/1").text
    assert LOW in old


def test_a_day_before_the_findings_is_refused_and_comes_back(clinician):
    address = make(clinician)
    page = clinician.get(f"{address}/change").text
    sent = clinician.post(
        f"{address}/change",
        data={
            "csrf_token": token(page),
            "version": "1",
            "status": "open",
            "status_seen": "open",
            "decided_on": "01/02/2020",
        },
    )
    assert sent.status_code == 422
    assert "dated after the decision" in sent.text
    assert 'value="01/02/2020"' in sent.text


def test_any_fact_can_be_stated_and_stands_instead_of_the_document_that_says_otherwise(clinician):
    address = make(clinician)
    page = clinician.get(f"{address}/state?fact=cT&fact=weight").text
    assert re.search(r'<option value="T3" selected', page)
    sent = clinician.post(
        f"{address}/answers",
        data={"csrf_token": token(page), "version": "1", "fact.cT": "T4a", "fact.weight": "154 [lb_av]"},
    )
    assert sent.status_code == 303, sent.text
    facts = {row["name"]: row for row in clinician.get(f"{address}/plan.json").json()["facts"]}
    assert facts["cT"]["value"] == "T4a"
    assert "instead of T3" in facts["cT"]["source"]


def mark(client, address: str, page: str, status: str, **more: str):
    """Send the form of a case's state as it stands on a page that was opened before."""
    seen = re.findall(r'name="status_seen" value="([^"]*)"', page)
    data = {"csrf_token": token(page), "version": "1", "status": status, "status_seen": seen, "decided_on": "", **more}
    return client.post(f"{address}/change", data=data)


def test_a_page_from_before_a_case_was_closed_does_not_open_it_again(site, clinician):
    address = make(clinician)
    other = site.signed_in("navigator")
    mine, theirs = clinician.get(f"{address}/change").text, other.get(f"{address}/change").text
    assert mark(other, address, theirs, "closed").status_code == 303

    def state() -> str:
        with site.database.read() as connection:
            return str(connection.execute(select(cases.c.status)).scalar_one())

    for wanted in ("open", "decided"):  # what stood there, and another one
        stale = mark(clinician, address, mine, wanted, decided_on="2026-11-23")
        assert stale.status_code == 422
        assert "Somebody set the state of this case to closed" in stale.text
        assert re.search(rf'value="{wanted}"[^>]* checked', stale.text)
        assert state() == "closed"
    with site.database.read() as connection:
        assert connection.execute(select(cases.c.version)).scalar_one() == 1  # nothing else of the form was kept either
    assert mark(clinician, address, stale.text, "decided").status_code == 303
    assert state() == "decided"


def test_the_form_that_closes_a_case_may_come_twice(site, clinician):
    address = make(clinician)
    page = clinician.get(f"{address}/change").text
    assert [mark(clinician, address, page, "closed").status_code for _ in range(2)] == [303, 303]
    with site.database.read() as connection:
        marked = connection.execute(select(audit_log.c.action).where(audit_log.c.action == "marked")).all()
    assert len(marked) == 1


def state_form(client, address: str, *names: str) -> tuple[str, dict[str, object]]:
    """The page where facts are stated, and what its form holds beside the fields of facts."""
    page = client.get(f"{address}/state?" + "&".join(f"fact={name}" for name in names)).text
    form = page[page.index(f'action="{address}/answers"') :]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return page, {name: [value for key, value in hidden if key == name] for name, _ in hidden}


def facts_of(client, address: str) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in client.get(f"{address}/plan.json").json()["facts"]}


def test_a_fact_whose_field_is_emptied_is_unknown_again_and_the_page_says_who_did_that(clinician):
    address = make(clinician)
    assert facts_of(clinician, address)["cT"]["value"] == "T3"
    page, hidden = state_form(clinician, address, "cT", "primary_symptom")
    assert re.search(r'<option value="T3" selected', page)
    sent = clinician.post(f"{address}/answers", data={**hidden, "fact.cT": "", "fact.primary_symptom": ""})
    assert sent.status_code == 303, sent.text
    assert facts_of(clinician, address).get("cT", {}).get("status") != "known"
    shown = clinician.get(address).text
    assert "Unknown again: cT" in shown
    assert re.search(r"<code>cT</code> <span class=\"quiet\">set back to unknown by Ana Rivera, MD", shown)
    assert (
        "<code>weight</code>" not in shown[shown.index('id="team"') :]
    )  # it was empty before: nobody said anything of it
    page, hidden = state_form(clinician, address, "cT")
    assert clinician.post(f"{address}/answers", data={**hidden, "fact.cT": "T4a"}).status_code == 303
    assert facts_of(clinician, address)["cT"]["value"] == "T4a"


def test_a_set_whose_last_tick_is_taken_off_is_unknown_again(clinician):
    address = make(clinician, "13-first-cycle.yaml")
    assert facts_of(clinician, address)["medicines"]["status"] == "known"
    _, hidden = state_form(clinician, address, "medicines")
    sent = clinician.post(f"{address}/answers", data=hidden)  # a browser sends nothing of ticks that are off
    assert sent.status_code == 303, sent.text
    assert facts_of(clinician, address).get("medicines", {}).get("status") != "known"


def test_an_emptied_field_stays_emptied_when_another_field_is_wrong(clinician):
    address = make(clinician)
    _, hidden = state_form(clinician, address, "cT", "tumor_height")
    wrong = clinician.post(f"{address}/answers", data={**hidden, "fact.cT": "", "fact.tumor_height": "900"})
    assert wrong.status_code == 422
    again = wrong.text[wrong.text.index('<form id="answers"') :]
    hidden = {"csrf_token": token(again), "version": "1", "shown": re.findall(r'name="shown" value="([^"]+)"', again)}
    sent = clinician.post(f"{address}/answers", data={**hidden, "fact.cT": "", "fact.tumor_height": "5"})
    assert sent.status_code == 303, sent.text
    assert facts_of(clinician, address).get("cT", {}).get("status") != "known"


def test_of_two_decisions_about_one_option_the_later_one_counts_and_the_older_is_told_as_replaced(clinician):
    address = make(clinician)
    place = f"{address}/override/tnt-lccrt-consol"
    post(clinician, place, decision="chosen", reason="First thought.")
    post(clinician, place, decision="declined", reason="Second thought.")
    page = clinician.get(address).text
    card = page[page.index('id="option-tnt-lccrt-consol"') : page.index('id="team"')]
    assert "Second thought." in card
    assert "First thought." not in card
    team = page[page.index('id="team"') :]
    assert re.search(r"First thought\. <span[^>]*>[^<]*replaced by a later decision", team)
    assert len(re.findall("replaced by a later decision", team)) == 1
    note = clinician.get(f"{address}/note.txt").text
    assert "Second thought." in note
    assert "First thought." not in note
