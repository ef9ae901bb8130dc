"""Times for a visit: what the rules offer, and that one time goes to one person."""

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, text

from chemoplan.web.booking import slots as times
from chemoplan.web.center import offer
from chemoplan.web.center.center import Center
from chemoplan.web.center.file import load_center
from chemoplan.web.center.hours import HoursRefused
from chemoplan.web.center.offer import Plan, Service, Slot, SlotsRefused, read_plan
from chemoplan.web.store.database import Database
from chemoplan.web.store.tables import metadata, slots

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE).astimezone(UTC)  # the Monday before Thanksgiving
PLAN = read_plan(load_center())


def service(identity: str) -> Service:
    found = PLAN.service(identity)
    assert found is not None
    return found


CONSULT, OPINION, PUMP = service("consult"), service("second-opinion"), service("liver-pump")


def center(**slot_rules: Any) -> Center:
    """The example center with other rules for its times."""
    example = load_center()
    return dataclasses.replace(example, data={**example.data, "slots": {**example.data["slots"], **slot_rules}})


def walls(found: list[Slot]) -> list[str]:
    return [slot.start.astimezone(ZONE).strftime("%m-%d %H:%M") for slot in found]


def test_times_are_within_opening_hours_after_the_notice_and_not_on_holidays() -> None:
    found = walls(list(offer.offered(PLAN, OPINION, "main", NOW)))
    assert found[:7] == [
        "11-24 09:00",
        "11-24 10:00",
        "11-24 11:00",
        "11-24 13:00",
        "11-24 14:00",
        "11-24 15:00",
        "11-25 09:00",
    ]
    assert not any(wall.startswith(("11-26", "11-28", "11-29")) for wall in found), "Thanksgiving and a weekend"


def test_a_wall_clock_time_stays_the_same_when_the_clock_changes() -> None:
    before = datetime(2026, 3, 4, 9, tzinfo=ZONE).astimezone(UTC)
    found = [slot for slot in offer.offered(PLAN, OPINION, "main", before) if "09:00" in walls([slot])[0]]
    assert {slot.start.hour for slot in found} == {14, 13}


def test_a_time_that_would_end_after_closing_is_not_offered() -> None:
    late = read_plan(center(times=["16:30", "17:30"], minutes=60))
    assert {wall[-5:] for wall in walls(list(offer.offered(late, OPINION, "main", NOW)))} == {"16:30"}


def test_a_doctor_is_offered_only_where_she_works() -> None:
    assert {slot.doctor for slot in offer.offered(PLAN, CONSULT, "main", NOW)} == {"rivera", "okafor"}
    assert {slot.doctor for slot in offer.offered(PLAN, CONSULT, "riverside", NOW)} == {"rivera"}


def test_a_place_with_hours_of_its_own_keeps_them() -> None:
    example = load_center()
    places = [{**place, "hours": [{"days": ["tue"], "open": "09:00", "close": "11:00"}]} for place in example.locations]
    own = read_plan(dataclasses.replace(example, data={**example.data, "locations": places}))
    assert walls(list(offer.offered(own, OPINION, "main", NOW)))[:3] == ["11-24 09:00", "11-24 10:00", "12-01 09:00"]


def test_the_public_id_finds_its_time_and_nothing_else() -> None:
    first = next(offer.offered(PLAN, CONSULT, "main", NOW))
    assert offer.find(PLAN, first.id, NOW) == first
    for wrong in (
        "",
        "consult",
        "a.b.c.d",
        first.id + "x",
        first.id.replace("main", "moon"),
        first.id.replace("consult", "nothing"),
    ):
        assert offer.find(PLAN, wrong, NOW) is None
    assert offer.find(PLAN, first.id, NOW + timedelta(days=3)) is None, "it has passed"
    assert offer.find(PLAN, first.id, first.start - timedelta(minutes=1)) == first, "chosen in time, it stays"


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"times": ["9 am"]}, "slots.times: '9 am'"),
        ({"times": ["09:00", "09:30"]}, "closer than 60 minutes"),
        ({"minutes": "an hour"}, "slots.minutes is 'an hour'"),
        ({"services": [{"id": "visit", "locations": ["moon"]}]}, "entry 1: locations has 'moon'"),
        ({"services": [{"id": "visit", "doctors": ["nobody"]}]}, "entry 1: doctors has 'nobody'"),
        ({"services": [{"id": "visit", "doctors": ["tran"], "locations": ["riverside"]}]}, "works at 'riverside'"),
        ({"services": [{"id": "first.visit"}]}, "entry 1: id is 'first.visit'"),
    ],
)
def test_rules_written_wrongly_are_refused_with_the_place(rules: dict[str, Any], words: str) -> None:
    with pytest.raises(SlotsRefused, match=words):
        read_plan(center(**rules))


def test_a_place_with_hours_written_wrongly_is_refused() -> None:
    example = load_center()
    places = [{**place, "hours": [{"days": ["someday"]}]} for place in example.locations]
    with pytest.raises(HoursRefused, match="someday"):
        read_plan(dataclasses.replace(example, data={**example.data, "locations": places}))


def databases() -> list[Any]:
    """SQLite always; PostgreSQL where its address is given."""
    given = os.environ.get("CHEMOPLAN_TEST_POSTGRES", "")
    return [
        "sqlite",
        pytest.param(given, marks=pytest.mark.skipif(not given, reason="CHEMOPLAN_TEST_POSTGRES is not set")),
    ]


@pytest.fixture(params=databases(), ids=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with every table."""
    path = tmp_path / "slots.db"
    path.touch()
    database = Database(f"sqlite:///{path}" if request.param == "sqlite" else request.param)
    if not database.sqlite:
        metadata.drop_all(database.engine)
    metadata.create_all(database.engine)
    yield database
    if not database.sqlite:
        metadata.drop_all(database.engine)
    database.close()


def first_free(db: Database, plan: Plan = PLAN, of: Service = CONSULT, place: str = "main", **more: Any) -> Slot:
    with db.read() as connection:
        return times.free(connection, plan, of, place, NOW, **more)[3]


def hold(db: Database, slot: Slot, token: str, now: datetime = NOW, **more: Any) -> datetime | None:
    with db.write() as connection:
        return times.hold(connection, PLAN, slot, token, now, **more)


def book(db: Database, slot: Slot, token: str) -> str | None:
    with db.write() as connection:
        return times.book(connection, slot, token)


def is_free(db: Database, slot: Slot, now: datetime = NOW, **more: Any) -> bool:
    of = service(slot.service)
    with db.read() as connection:
        return slot in times.free(connection, PLAN, of, slot.location, now, **more)


def test_a_held_time_is_free_for_its_holder_alone_until_the_hold_runs_out(db: Database) -> None:
    slot = first_free(db)
    assert hold(db, slot, "ann") == NOW + timedelta(minutes=10)
    assert hold(db, slot, "bob") is None
    assert is_free(db, slot, token="ann")
    assert not is_free(db, slot, token="bob")
    later = NOW + timedelta(minutes=11)
    assert is_free(db, slot, later)
    assert hold(db, slot, "bob", later) == later + timedelta(minutes=10)
    assert book(db, slot, "ann") is None, "her hold ran out and somebody else has the time"
    assert book(db, slot, "bob") == slot.row


def test_a_hold_that_ran_out_is_still_good_while_nobody_else_took_the_time(db: Database) -> None:
    slot = first_free(db)
    hold(db, slot, "ann")
    assert book(db, slot, "ann") == slot.row


def test_a_hold_is_renewed_by_its_holder(db: Database) -> None:
    slot = first_free(db)
    hold(db, slot, "ann")
    assert hold(db, slot, "ann", NOW + timedelta(minutes=5)) == NOW + timedelta(minutes=15)
    assert not is_free(db, slot, NOW + timedelta(minutes=14)), "the first hold would have run out by then"
    assert is_free(db, slot, NOW + timedelta(minutes=16))
    assert is_free(db, slot, NOW, token="ann")
    assert not is_free(db, slot, NOW, token="bob")


def test_holding_another_time_gives_the_first_back(db: Database) -> None:
    slot = first_free(db)
    hold(db, slot, "ann")
    other = first_free(db)
    assert other != slot
    hold(db, other, "ann")
    assert is_free(db, slot)
    assert book(db, slot, "ann") is None


def test_a_hold_that_fails_keeps_what_was_held(db: Database) -> None:
    first, second, *_ = list(offer.offered(PLAN, OPINION, "main", NOW))
    hold(db, first, "ann")
    hold(db, second, "bob")
    assert hold(db, second, "ann") is None
    assert book(db, first, "ann") == first.row


def test_a_doctor_is_not_booked_for_two_services_or_two_places_at_one_time(db: Database) -> None:
    consult = next(slot for slot in offer.offered(PLAN, CONSULT, "riverside", NOW) if slot.doctor == "rivera")
    opinion = next(slot for slot in offer.offered(PLAN, OPINION, "main", NOW) if slot.start == consult.start)
    hold(db, consult, "ann")
    assert not is_free(db, opinion)
    assert hold(db, opinion, "bob") is None
    assert hold(db, opinion, "ann") is not None, "she may change the service"
    assert book(db, consult, "ann") is None, "and then no longer has the first"
    assert book(db, opinion, "ann") == opinion.row


def test_a_canceled_time_is_free_again_and_a_closed_one_never(db: Database) -> None:
    slot = first_free(db)
    hold(db, slot, "ann")
    row = book(db, slot, "ann")
    assert row is not None
    assert not is_free(db, slot, token="ann")
    with db.write() as connection:
        assert times.cancel(connection, row)
        assert not times.cancel(connection, row)
    assert is_free(db, slot)
    with db.write() as connection:
        connection.execute(text("UPDATE slots SET status = 'closed'"))
    assert not is_free(db, slot, token="ann")
    assert hold(db, slot, "ann") is None


def test_a_service_that_needs_a_referral_has_no_free_time_without_one(db: Database) -> None:
    slot = next(offer.offered(PLAN, PUMP, "main", NOW))
    assert not is_free(db, slot)
    assert hold(db, slot, "ann") is None
    assert is_free(db, slot, referred=True)
    assert hold(db, slot, "ann", referred=True) is not None


def test_a_time_in_the_past_is_not_held(db: Database) -> None:
    slot = first_free(db)
    assert hold(db, slot, "ann", slot.start + timedelta(minutes=1)) is None


def test_noting_a_time_twice_makes_one_row(db: Database) -> None:
    slot = first_free(db)
    for token in ("ann", "bob", "ann"):
        hold(db, slot, token)
    with db.read() as connection:
        assert connection.execute(select(func.count()).select_from(slots)).scalar_one() == 1


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """What a number of threads get that begin together."""
    start, found = threading.Barrier(number), [None] * number

    def run(place: int) -> None:
        start.wait()
        found[place] = work(place)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_fifty_who_want_one_time_at_once_one_gets_it(db: Database) -> None:
    slot = first_free(db)
    held = at_once(50, lambda number: hold(db, slot, f"person {number}"))
    assert sum(until is not None for until in held) == 1
    booked = at_once(50, lambda number: book(db, slot, f"person {number}"))
    assert [number for number, row in enumerate(booked) if row] == [
        number for number, until in enumerate(held) if until
    ]


def test_of_fifty_who_take_over_a_hold_that_ran_out_one_gets_it(db: Database) -> None:
    slot = first_free(db)
    hold(db, slot, "early")
    later = NOW + timedelta(minutes=11)
    held = at_once(50, lambda number: hold(db, slot, f"person {number}", later))
    assert sum(until is not None for until in held) == 1


def test_a_row_that_the_center_put_there_itself_is_respected(db: Database) -> None:
    slot = first_free(db)
    with db.write() as connection:
        connection.execute(
            insert(slots).values(
                id=slot.row, location=slot.location, doctor=slot.doctor, service=slot.service, starts_at=slot.start,
                ends_at=slot.end, status="closed",
            )
        )  # fmt: skip
    assert not is_free(db, slot)
