"""Where each page of the web application is opened in tests: whose page it is, and what stands for the parts of its address.

A page with parts in its address (`/cases/{id}`) needs a line here; a test fails for one that has none.
"""

# ruff: noqa: S608 - every query is written here; nothing comes from outside

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from chemoplan.web.access import ANONYMOUS, PATIENT_ROLE, PageRoute

Query = Callable[[str], list[tuple[object, ...]]]

CASE = "SELECT cases.id FROM cases JOIN releases ON cases.id = case_id ORDER BY cases.created_at, cases.id LIMIT 1"
ORDERED = "SELECT case_id FROM order_sheets LIMIT 1"
RELEASE = f"SELECT id FROM releases WHERE withdrawn_at IS NULL AND case_id = ({CASE}) LIMIT 1"
CHOSEN = f"SELECT json_extract(plan, '$.parts[0].id') FROM releases WHERE withdrawn_at IS NULL AND case_id = ({CASE}) LIMIT 1"
SHEET = "SELECT id FROM order_sheets LIMIT 1"
GENES = "SELECT case_id FROM case_versions WHERE version = 2 ORDER BY created_at LIMIT 1"
MEETING = "SELECT board_meeting_id FROM board_items ORDER BY board_meeting_id LIMIT 1"
REFERRAL = "SELECT id FROM referrals ORDER BY created_at LIMIT 1"
SOMEBODY = "SELECT id FROM accounts WHERE role = 'referrer'"
CHECK_IN = "SELECT check_ins.id FROM check_ins JOIN accounts ON account_id = accounts.id ORDER BY accounts.name, check_ins.created_at DESC"

BY_PATH: dict[str, tuple[str, ...]] = {
    "/accounts/{id}": (SOMEBODY,),
    "/board/{meeting}": (MEETING,),
    "/board/{meeting}/{item}": (f"SELECT id FROM board_items WHERE board_meeting_id = ({MEETING}) ORDER BY position LIMIT 2",),
    "/cases/{id}": (CASE,),
    "/cases/{id}/files/{file}": (f"SELECT id FROM uploads WHERE owner_kind = 'case' AND owner_id = ({CASE})",),
    "/cases/{id}/releases/{release}": (RELEASE,),
    "/cases/{id}/version/{number}": ("1",),
    "/referrals/{id}": (REFERRAL,),
    "/referrals/{id}/files/{file}": (f"SELECT id FROM uploads WHERE owner_id = ({REFERRAL})",),
    "/my/referrals/{id}": (REFERRAL,),
    "/symptoms/{id}": (f"{CHECK_IN} LIMIT 2",),
    "/inbox/{id}": ("SELECT MIN(id) FROM inbox GROUP BY kind",),
    "/questions/{id}": ("SELECT account_id FROM questions WHERE sent_at IS NOT NULL LIMIT 1",),
    "/my/check-in/{id}": (f"{CHECK_IN} LIMIT 1",),
    "/my/visits/{id}": ("SELECT id FROM appointments WHERE account_id IS NOT NULL LIMIT 1",),
    "/my/documents/{release}": ("SELECT id FROM releases WHERE withdrawn_at IS NULL ORDER BY released_at LIMIT 1",),
    "/doctors/{id}": ("rivera",),
    "/fhir/{kind}": ("Location", "Schedule", "Slot"),
    "/appointment/{step}": ("who", "reason", "visit", "time", "person", "contact"),
    "/decide/{aid}": ("before-surgery", "watch-or-surgery", "bag-or-join", "after-surgery"),
    "/guide/{slug}": (
        "what-is-rectal-cancer", "tests-and-stage", "your-gene-test", "chemotherapy", "before-surgery", "keeping-the-rectum",
        "surgery-and-stoma", "radiation", "after-surgery", "liver-pump", "when-it-has-spread", "side-effects",
        "questions-to-ask", "life-after",
    ),
}  # fmt: skip
"""What stands for the last part of an address and for those of longer ones: a word, or a query for ids of the demonstration."""

EXAMPLES: dict[str, dict[str, tuple[str, ...]]] = {
    "account-of": {"id": ("SELECT id FROM accounts WHERE role = 'patient' ORDER BY email LIMIT 1",)},
    "case-germline": {"id": (GENES,)},
    "case-option": {"id": (CASE,), "option": (CHOSEN,)},
    "case-tumor": {"id": (GENES,)},
    "library-item": {"kind": ("regimens",), "item": ("mfolfox6-cetuximab",)},
    "library-kind": {"kind": ("options", "sources")},
    "library-texts": {"file": ("guide/03-your-gene-test", "screens/referral")},
    "order-new": {
        "id": (ORDERED,),
        "regimen": ("SELECT substr(regimen, 1, instr(regimen, '@') - 1) FROM order_sheets LIMIT 1",),
    },
    "order-sheet": {"id": (ORDERED,), "sheet": (SHEET,)},
    "order-verify": {"id": (ORDERED,), "sheet": (SHEET,)},
    "order-withdraw": {"id": (ORDERED,), "sheet": (SHEET,)},
    "override": {"id": (CASE,), "target": (CHOSEN,)},
    "override-withdraw": {
        "id": ("SELECT case_id FROM overrides LIMIT 1",),
        "override": ("SELECT id FROM overrides LIMIT 1",),
    },
    "case-trial": {"id": (CASE,), "nct": ("NCT99000001",)},
    "legal-communication-confirm": {"token": ("no-such-token",)},
    "legal-communication-stop": {"token": ("no-such-token",)},
    "referral": {"id": (REFERRAL.replace("LIMIT 1", "LIMIT 3"),)},
}
"""By name of the page, where the table above says nothing or other things."""

OPENED_BY: dict[str, str] = {
    "account": "patient",
}
"""Who opens a page, where it is not the first role that may."""

PREFERRED = (ANONYMOUS, PATIENT_ROLE, "referrer", "clinician", "navigator", "pharmacist", "administrator")


def opener(route: PageRoute) -> str:
    """The role that opens a page in tests."""
    return OPENED_BY.get(route.name) or next(role for role in PREFERRED if role in route.who)


def parts_of(route: PageRoute) -> list[str]:
    """The names of the parts of an address."""
    return [piece.split("}")[0].split(":")[0] for piece in route.path.split("{")[1:]]


def example_of(route: PageRoute) -> dict[str, tuple[str, ...]]:
    """What stands for each part of an address. Raises KeyError, with the part, where nothing does."""
    if route.name in EXAMPLES:
        return EXAMPLES[route.name]
    found = {}
    for name in parts_of(route):
        upto = route.path.split("{" + name)[0] + "{" + name + "}"
        found[name] = BY_PATH[upto]
    return found


def paths_of(route: PageRoute, language: str, query: Query, most: int = 50) -> Iterator[str]:
    """The addresses of a page in a language, with what stands for its parts. Raises KeyError for a page without an example."""
    example = example_of(route)
    before = "" if language == "en" else f"/{language}"
    found = [_values(example[name], query, most) for name in parts_of(route)]
    for values in product(*found):
        path = route.path
        for name, value in zip(parts_of(route), values, strict=True):
            path = path.replace("{" + name + "}", value).replace("{" + name + ":path}", value)
        yield before + path if path != "/" or not before else f"{before}/"


def _values(given: tuple[str, ...], query: Query, most: int) -> list[str]:
    values = []
    for value in given:
        values += [str(row[0]) for row in query(value)] if value.startswith("SELECT ") else [value]
    return values[:most]
