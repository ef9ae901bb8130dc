"""The store: newer replaces older and never the other way round, all or nothing, found by words, refused when it is none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.trials.listing import STALE_DAYS, is_stale, listing
from chemoplan.trials.record import Location, TrialRecord
from chemoplan.trials.registry.demo import demo_records
from chemoplan.trials.store import Added, AsOf, Fetching, StoreRefused, TrialStore, open_store

TODAY = date(2026, 11, 27)


def record(nct_id: str = "NCT99000100", sha256: str = "a", day: date | None = TODAY, **more: object) -> TrialRecord:
    given = {"title": f"version {sha256}", "eligibility": "Age >= 18", "source": "test", "form": "test"} | more
    return TrialRecord(nct_id=nct_id, sha256=sha256, retrieved=day, **given)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with open_store(tmp_path / "t.sqlite") as found:
        yield found


D1, D2 = date(2026, 1, 1), date(2026, 2, 1)
REPLACING = [
    # kept before, then read: what is kept after it, and how it counts
    (("a", D1), ("a", D1), ("a", D1), "same"),
    (("a", D1), ("a", D2), ("a", D2), "same"),
    (("a", D2), ("a", D1), ("a", D2), "same"),
    (("a", D1), ("b", D2), ("b", D2), "changed"),
    (("a", D1), ("b", D1), ("b", D1), "changed"),
    (("a", D2), ("b", D1), ("a", D2), "older"),
    (("a", None), ("b", D1), ("b", D1), "changed"),
    (("a", D1), ("b", None), ("a", D1), "older"),
    (("a", D1), ("a", None), ("a", D1), "same"),
    (("a", None), ("a", D1), ("a", D1), "same"),
    (("a", None), ("b", None), ("b", None), "changed"),
]


@pytest.mark.parametrize(("before", "then", "after", "counted"), REPLACING)
def test_what_a_second_version_does(
    store: TrialStore,
    before: tuple[str, date | None],
    then: tuple[str, date | None],
    after: tuple[str, date | None],
    counted: str,
) -> None:
    assert store.add([record(sha256=before[0], day=before[1])]) == Added(new=1)
    assert store.add([record(sha256=then[0], day=then[1])]) == Added(**{counted: 1})
    kept = store.get("NCT99000100")
    assert kept is not None
    assert (kept.sha256, kept.retrieved, kept.title) == (*after, f"version {after[0]}")
    other = {before[0], then[0]} - {after[0]}
    assert {item.sha256 for item in store.history("NCT99000100")} == other


def test_a_version_is_in_the_history_once(store: TrialStore) -> None:
    store.add([record(sha256="a", day=D2), record(sha256="b", day=D1), record(sha256="b", day=D1)])
    assert [item.sha256 for item in store.history("NCT99000100")] == ["b"]


versions = st.lists(
    st.tuples(st.sampled_from(["NCT99000001", "NCT99000002"]), st.sampled_from("abc"), st.none() | st.dates(D1, D2)),
    max_size=12,
)


@settings(max_examples=max(1, settings.default.max_examples // 10))
@given(versions)
def test_the_newest_day_is_kept_and_nothing_that_was_read_is_lost(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[str, str, date | None]]
) -> None:
    with open_store(tmp_path_factory.mktemp("s") / "t.sqlite") as store:
        added = store.add(record(*item) for item in items)
        assert added.total == len(items)
        kept = {item.nct_id: item for item in store.all()}
        assert set(kept) == {nct_id for nct_id, _, _ in items}
        for nct_id, found in kept.items():
            days = [day for name, _, day in items if name == nct_id]
            assert found.retrieved == max((day for day in days if day), default=None)
            seen = {found.sha256, *(item.sha256 for item in store.history(nct_id))}
            assert seen == {sha256 for name, sha256, _ in items if name == nct_id}
            assert [item.nct_id for item in store.search(f"version {found.sha256}") if item.nct_id == nct_id] == [
                nct_id
            ]


def test_an_import_that_breaks_off_leaves_what_was_there(store: TrialStore) -> None:
    def broken() -> Iterator[TrialRecord]:
        yield record(sha256="b")
        yield record("NCT99000101")
        raise KeyboardInterrupt

    store.add([record(sha256="a")])
    with pytest.raises(KeyboardInterrupt):
        store.add(broken())
    assert [item.sha256 for item in store.all()] == ["a"]
    assert store.history("NCT99000100") == []
    assert store.add([record("NCT99000101")]) == Added(new=1)


def test_a_file_left_by_a_killed_import_opens_as_it_was_before(tmp_path: Path) -> None:
    """A journal that was never committed is what a killed program leaves."""
    path, copy = tmp_path / "t.sqlite", tmp_path / "copy.sqlite"
    with open_store(path) as store:
        store.add([record(sha256="a")])
        before = path.read_bytes()
        store.connection.execute("PRAGMA cache_size = 1")  # so that pages reach the disk before the commit
        store.connection.execute("BEGIN IMMEDIATE")
        long = "x" * 200_000
        store.connection.execute("UPDATE record SET content = ?", (long,))
        store.connection.execute("INSERT INTO history VALUES ('a', 'b', 'c', ?)", (long,))
        copy.write_bytes(path.read_bytes())
        assert copy.read_bytes() != before
        journal = path.with_name("t.sqlite-journal")
        assert journal.exists()
        copy.with_name("copy.sqlite-journal").write_bytes(journal.read_bytes())
        store.connection.execute("ROLLBACK")
    with open_store(copy) as store:
        assert [item.sha256 for item in store.all()] == ["a"]


PLACES = (Location(country="Germany"), Location(country="France"))
FOUND = [
    record("NCT99000001", title="Rectal cancer and KRAS", status="RECRUITING", phases=("PHASE2",), locations=PLACES),
    record("NCT99000002", title="Liver", keywords=("rectum",), status="COMPLETED", phases=("PHASE2", "PHASE3")),
    record("NCT99000003", title="Colon", eligibility="no KRAS mutation", status="RECRUITING", locations=PLACES[:1]),
]
SEARCHES = [
    ("", {}, {1, 2, 3}),
    ("rectal", {}, {1}),
    ("rect", {}, {1, 2}),
    ("KRAS", {}, {1, 3}),
    ("kras colon", {}, {3}),
    ("nothing", {}, set()),
    ("NCT99000002", {}, {2}),
    ('"AND" OR (', {}, set()),
    ("-- ;", {}, set()),
    ("", {"status": ["RECRUITING"]}, {1, 3}),
    ("", {"status": ["RECRUITING", "COMPLETED"]}, {1, 2, 3}),
    ("", {"country": "germany"}, {1, 3}),
    ("kras", {"country": "France"}, {1}),
    ("", {"phase": ["PHASE3"]}, {2}),
    ("rect", {"phase": ["PHASE2"], "status": ["COMPLETED"]}, {2}),
]


@pytest.mark.parametrize(("words", "limits", "expected"), SEARCHES)
def test_records_are_found_by_words_and_limits(
    store: TrialStore, words: str, limits: dict[str, object], expected: set[int]
) -> None:
    store.add(FOUND)
    assert {int(item.nct_id[-1]) for item in store.search(words, **limits)} == expected  # type: ignore[arg-type]


def test_a_replaced_text_is_no_longer_found(store: TrialStore) -> None:
    store.add([record(sha256="a", eligibility="about apples", day=D1)])
    store.add([record(sha256="b", eligibility="about pears", day=D2)])
    assert store.search("apples") == []
    assert len(store.search("pears")) == 1


def test_the_whole_record_comes_back(store: TrialStore) -> None:
    demo = list(demo_records())
    store.add(demo)
    assert list(store.all()) == demo
    assert store.get(demo[3].nct_id) == demo[3]
    assert store.get("NCT00000000") is None


def test_as_of_tells_the_oldest_the_newest_and_the_unknown(store: TrialStore) -> None:
    assert store.as_of() == AsOf()
    store.add([record("NCT99000001", day=D1), record("NCT99000002", day=D2), record("NCT99000003", day=None)])
    assert store.as_of() == AsOf(3, D1, D2, 1)


def test_a_download_is_remembered_with_its_records_and_forgotten_when_done(store: TrialStore) -> None:
    state = Fetching("question", "token", 2, 30, 100, "2026-11-27")
    store.add([record()], state)
    assert store.fetching("question") == state
    assert store.fetching("another") is None
    store.add([], replace(state, page_token=""), done=True)
    assert store.fetching("question") is None


AGES = [(0, False), (STALE_DAYS, False), (STALE_DAYS + 1, True), (None, True)]


@pytest.mark.parametrize(("days", "stale"), AGES)
def test_a_record_is_old_after_ninety_days_or_when_its_day_is_unknown(days: int | None, stale: bool) -> None:
    found = record(day=None if days is None else TODAY - timedelta(days))
    assert is_stale(found, TODAY) is stale
    row = listing([found], AsOf(1), TODAY)["records"][0]
    assert (row["stale"], row["days_old"]) == (stale, days)


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE patients (name)")
    connection.close()


def later(path: Path) -> None:
    open_store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def cut(path: Path) -> None:
    with open_store(path) as store:
        store.add(demo_records())
    path.write_bytes(path.read_bytes()[:3000])


NO_STORES = [
    (foreign, "another program's database"),
    (later, "version 99"),
    (cut, "damaged"),
    (lambda path: path.write_text("no database at all, but long enough to be looked at" * 20), "no store of trials"),
    (lambda path: path.mkdir(), "a folder"),
]


@pytest.mark.parametrize(("make", "says"), NO_STORES)
def test_what_is_no_store_is_refused_in_one_line_and_left_alone(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "t.sqlite"
    make(path)  # type: ignore[operator]
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(StoreRefused) as refused, open_store(path) as store:
        list(store.all())
    assert str(refused.value).startswith("t.sqlite: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert before is None or path.read_bytes() == before


def test_a_missing_store_is_made_only_on_request(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="there is no store; make one with"):
        open_store(tmp_path / "t.sqlite", create=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreRefused, match="cannot be used"):
        open_store(tmp_path / "nowhere" / "t.sqlite")


def test_a_record_damaged_in_the_file_is_refused_in_one_line(store: TrialStore) -> None:
    store.add([record()])
    store.connection.execute("UPDATE record SET content = '{}'")
    with pytest.raises(StoreRefused, match=r"^t\.sqlite: holds a record that cannot be read"):
        list(store.all())


def test_two_writers_do_not_mix(tmp_path: Path, store: TrialStore) -> None:
    with open_store(store.path) as other:
        other.connection.execute("PRAGMA busy_timeout = 1")
        store.connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreRefused, match="another import is writing"):
            other.add([record()])
        store.connection.execute("ROLLBACK")
        assert other.add([record()]) == Added(new=1)
