"""The knowledge: its form, what is refused with file and line, overlays, and what a reader of it may rely on."""

from __future__ import annotations

import shutil

import pytest
import yaml

from chemoplan.knowledge import KnowledgeRefused, load_knowledge
from chemoplan.knowledge.describe import describe, list_items
from chemoplan.knowledge.schema import check_all_schemas, kinds, schema_of

LINE = {"source": "unsourced", "says": "A rule for this test.", "status": "unverified"}
ENTRY = {
    "id": "local-rule",
    "title": "Local rule",
    "when": "age > 60 a",
    "offer": [{"option": "obs", "rank": 1, "evidence": [LINE]}],
}


def _overlay(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
    return tmp_path


def test_every_shipped_entry_has_the_form_of_its_schema():
    assert check_all_schemas() > 400


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_entry_has_a_schema_that_describes_each_key(kind):
    for name, part in schema_of(kind)["properties"].items():
        assert part.get("description") or part.get("type") or part.get("oneOf"), name


def test_every_option_of_every_entry_names_a_source_with_date_and_status():
    knowledge = load_knowledge()
    for entry in knowledge.entries.values():
        for offer in entry.offers:
            for line in offer.evidence:
                source = knowledge.sources[line.source]
                assert line.says
                assert line.status in ("verified", "partly", "unverified")
                assert source.date or source.details.get("remark"), source.id


def test_a_position_nobody_read_is_not_called_verified_unless_it_says_what_was_read():
    knowledge = load_knowledge()
    for conflict in knowledge.conflicts.values():
        for position in conflict.positions:
            source = knowledge.sources.get(position.source or "")
            if position.status == "verified" and (source is None or source.status == "unverified"):
                assert (position.remark or "").startswith("Read "), (conflict.id, position.body)


def test_every_entry_carries_review_dates_and_the_missing_sign_off_is_said():
    for entry in load_knowledge().entries.values():
        assert entry.reviewed < entry.review_due
        assert entry.signed_off_by is None


def test_every_component_a_drug_belongs_to_is_listed_with_the_option():
    knowledge = load_knowledge()
    for option in knowledge.options.values():
        for drug in option.drugs:
            owners = {c.id for c in knowledge.components.values() if drug == c.id or drug in c.drugs}
            assert not owners or owners & set(option.components), f"{option.id}: {drug}"


def test_no_option_is_without_an_entry_that_offers_it():
    knowledge = load_knowledge()
    offered = {offer.option for entry in knowledge.entries.values() for offer in entry.offers}
    assert set(knowledge.options) == offered


def test_loading_twice_gives_the_same_fingerprint():
    assert load_knowledge().sha256 == load_knowledge([]).sha256


def test_an_overlay_adds_an_entry_and_changes_the_fingerprint(tmp_path):
    loaded = load_knowledge([_overlay(tmp_path, {"pathway/local.yaml": [ENTRY]})])
    assert "local-rule" in loaded.entries
    assert loaded.sha256 != load_knowledge().sha256
    assert "local-rule" not in load_knowledge().entries


def test_an_overlay_replaces_an_entry_only_when_it_says_so(tmp_path):
    same = {**ENTRY, "id": "larc-mrf-threatened"}
    with pytest.raises(KnowledgeRefused, match="replace: true"):
        load_knowledge([_overlay(tmp_path / "a", {"pathway/local.yaml": [same]})])
    loaded = load_knowledge([_overlay(tmp_path / "b", {"pathway/local.yaml": [{**same, "replace": True}]})])
    assert loaded.entries["larc-mrf-threatened"].title == "Local rule"


def test_an_overlay_retires_an_entry_with_a_reason(tmp_path):
    loaded = load_knowledge(
        [_overlay(tmp_path, {"retire.yaml": [{"id": "liver-unresectable", "reason": "no liver surgery here"}]})]
    )
    assert "liver-unresectable" not in loaded.entries
    assert loaded.retired["liver-unresectable"] == "no liver surgery here"


WRONG = [
    ({**ENTRY, "when": "age > 60 kg"}, r"pathway/local\.yaml, line 3.*mm|kg"),
    ({**ENTRY, "when": "agee > 60 a"}, r"line \d+, column \d+.*did you mean age"),
    ({**ENTRY, "when": "mmr is unknown"}, "only a gate"),
    ({**ENTRY, "offer": [{"option": "obss", "rank": 1, "evidence": [LINE]}]}, "did you mean obs"),
    ({**ENTRY, "offer": [{"option": "obs", "rank": 1, "evidence": []}]}, "offer.0.evidence"),
    ({**ENTRY, "offer": [{"option": "obs", "rank": 1, "evidence": [{**LINE, "source": "nobody"}]}]}, "unknown source"),
    ({**ENTRY, "offer": [{"option": "obs", "rank": 1, "evidence": [{**LINE, "status": "sure"}]}]}, "sure"),
    ({**ENTRY, "offr": []}, "offr"),
    ({key: value for key, value in ENTRY.items() if key != "title"}, "title"),
    ({**ENTRY, "conflicts": ["c99"]}, "c99"),
    ({**ENTRY, "forbid": ["tmme"]}, "tme"),
    ({**ENTRY, "when": "plan_intent = adjuvant"}, "proposed plan"),
    ("not an entry", "mapping|not of type"),
]


@pytest.mark.parametrize(("entry", "words"), WRONG, ids=lambda item: str(item)[:50])
def test_a_wrong_entry_is_refused_with_its_file_and_what_would_be_right(tmp_path, entry, words):
    with pytest.raises(KnowledgeRefused, match=words) as refused:
        load_knowledge([_overlay(tmp_path, {"pathway/local.yaml": [entry]})])
    assert str(refused.value).startswith("pathway/local.yaml")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("strange.yaml", [], "tells no kind"),
        ("pathway/local.yaml", "a: [", "line 1|line 2"),
        ("pathway/local.yaml", "{a: 1}", "list of entries"),
        ("retire.yaml", [{"id": "nothing-of-that-name", "reason": "x"}], "does not exist"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, name, content, words):
    with pytest.raises(KnowledgeRefused, match=words):
        load_knowledge([_overlay(tmp_path, {name: content})])


def test_a_missing_overlay_folder_is_named(tmp_path):
    with pytest.raises(KnowledgeRefused, match="no such folder"):
        load_knowledge([tmp_path / "nowhere"])


def test_describe_shows_who_uses_an_option_and_a_fact():
    knowledge = load_knowledge()
    assert "larc-high-risk" in describe(knowledge, "tnt-lccrt-consol")["used_by"]
    assert "pregnancy" in describe(knowledge, "pregnant")["used_by"]
    assert {"id", "title", "status", "kind", "file"} == set(list_items(knowledge, "entries")[0])


def test_a_copy_of_the_shipped_folder_is_no_overlay(tmp_path):
    from chemoplan.knowledge.holdings import data_folder

    shutil.copytree(data_folder(), tmp_path / "copy")
    with pytest.raises(KnowledgeRefused, match="replace: true"):
        load_knowledge([tmp_path / "copy"])
