"""How a match with studies is told, as plain data: each line with its verdict, its trace and its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chemoplan import __version__
from chemoplan.case import Case
from chemoplan.criteria.text import write
from chemoplan.criteria.truth import Verdict
from chemoplan.knowledge import Knowledge
from chemoplan.plan.shape import leaf
from chemoplan.report.words import Mark, count_text
from chemoplan.trials.clauses import Clause
from chemoplan.trials.curation import text_hash
from chemoplan.trials.funnel import Funnel, Loss
from chemoplan.trials.judged import UNRECORDED
from chemoplan.trials.match import VERDICTS, Match, Trace
from chemoplan.trials.rank import Question, ask_next, ranked
from chemoplan.trials.reading import Atom
from chemoplan.trials.record import TrialRecord
from chemoplan.trials.settle import cause, holds_from, undo
from chemoplan.trials.translate import laboratory_facts

Row = Mapping[str, Any]

MARKS = {
    "eligible so far": Mark("eligible so far", "■", "good"),
    "fixable": Mark("fixable", "◆", "open"),
    "possible": Mark("possible", "◧", "calm"),
    "ineligible": Mark("ineligible", "✕", "bad"),
}
LINE_MARKS = {
    "holds": Mark("holds", "■", "good"),
    "fails": Mark("fails", "✕", "bad"),
    "open": Mark("not known", "○", "open"),
    "to be judged": Mark("to be judged", "?", "calm"),
    "judgement": Mark("judgement", "?", "calm"),
    "administrative": Mark("administrative", "●", "calm"),
    "allow": Mark("permission", "●", "calm"),
    "define": Mark("definition", "●", "calm"),
}
WORD: Mapping[Verdict, str] = {True: "holds", False: "fails", None: "open"}
UNREVIEWED = "rests on lines that nobody has reviewed"
JUDGED_TEXT = "for a person to judge"


class _Told:
    """Rows of one person, each shared trace told once."""

    def __init__(self, case: Case, knowledge: Knowledge) -> None:
        self.case, self.knowledge = case, knowledge
        self._reasons: dict[int, list[dict[str, Any]]] = {}
        self._texts: dict[int, str] = {}

    def reasons(self, trace: Trace) -> list[dict[str, Any]]:
        found = self._reasons.get(id(trace))
        if found is None:
            found = self._reasons[id(trace)] = [
                leaf(reason, self.case, self.knowledge) for reason in trace.reasons if reason.leaf.fact != UNRECORDED
            ]
        return found

    def text(self, trace: Trace) -> str:
        found = self._texts.get(id(trace))
        if found is None:
            text = write(trace.criterion, self.knowledge.vocabulary)
            found = self._texts[id(trace)] = text.replace(UNRECORDED, JUDGED_TEXT.replace(" ", "_"))
        return found

    def line(self, clause: Clause, trace: Trace) -> dict[str, Any]:
        return atom_row(clause.atom) | {
            "verdict": WORD[trace.verdict],
            "criterion": self.text(trace),
            "because": self.reasons(trace),
            "to_judge": trace.judged,
            "mends": clause.mends if trace.verdict is False else "",
            "also": [atom_row(atom) for atom in clause.also],
        }

    def trial(self, found: Match, *, every_line: bool) -> dict[str, Any]:
        record = found.study.record
        at = cause(found)
        clauses, traces = found.study.clauses, found.traces
        lines = [self.line(clause, trace) for clause, trace in zip(clauses, traces, strict=True)]
        return record_row(record) | {
            "verdict": found.verdict,
            "unreviewed": found.unreviewed,
            "cause": None if at is None else lines[at],
            "undo": list(undo(found, self.case.facts)),
            "from": self.mending(found),
            "missing": [self.missing(name) for name in found.missing],
            "counts": dict(Counter(WORD[trace.verdict] for trace in traces)),
            "lines": lines if every_line else [lines[at] for at in (*found.failed, *found.open)],
            "beside": [atom_row(atom) for atom in found.beside],
            "unread": [
                {"line": line.number, "section": line.section, "kind": line.kind, "text": line.text}
                for line in found.unread
            ],
        }

    def missing(self, name: str) -> dict[str, Any]:
        state = self.case.states.get(name)
        return {
            "fact": name,
            "question": self.knowledge.vocabulary[name].question,
            "status": state.status if state and state.status == "stale" else "unknown",
        }

    def mending(self, found: Match) -> dict[str, Any] | None:
        """When a fixable study would hold: after a wash-out, on a date; after a repeat, not known."""
        if found.verdict != "fixable":
            return None
        clauses = found.study.clauses
        spans = [
            holds_from(clauses[at].holds, self.case.facts, self.case.decided_on)
            for at in found.rests_on
            if clauses[at].mends == "wash-out"
        ]
        repeats = sorted(
            {name for at in found.rests_on if clauses[at].mends == "repeat" for name in found.traces[at].facts}
            & laboratory_facts()
        )
        days = [span[0] for span in spans if span]
        dates = [span[1] for span in spans if span and span[1]]
        return {
            "days": max(days) if days and len(days) == len(spans) else None,
            "date": max(dates).isoformat() if dates and len(dates) == len(spans) else None,
            "repeat": repeats,
        }


def match_document(
    matches: Sequence[Match], case: Case, knowledge: Knowledge, *, reviewed_only: bool, every_line: bool = True
) -> dict[str, Any]:
    """What `trials match --format json` writes: every study for a person, in the order of interest, and what to ask next."""
    told = _Told(case, knowledge)
    ordered = ranked(matches)
    counts = Counter(item.verdict for item in ordered)
    return {
        **_head("trial match", knowledge),
        "case": case.id,
        "title": case.title,
        "decided_on": case.decided_on.isoformat() if case.decided_on else None,
        "as_of": as_of([item.study.record for item in ordered]),
        "reviewed_only": reviewed_only,
        "counts": {verdict: counts[verdict] for verdict in VERDICTS},
        "ask_next": [question_row(item, knowledge) for item in ask_next(ordered, knowledge, case.facts)],
        "trials": [told.trial(item, every_line=every_line) for item in ordered],
        "notes": list(case.notes),
    }


def why_document(found: Match, case: Case, knowledge: Knowledge, *, reviewed_only: bool) -> dict[str, Any]:
    """What `trials why --format json` writes: one study, every line of its text in order."""
    told = _Told(case, knowledge)
    record, reading = found.study.record, found.study.reading
    trial = told.trial(found, every_line=True)
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in trial["lines"]:
        rows.setdefault(row["line"], []).append(row)
    also = {part["id"] for row in trial["lines"] for part in row["also"]}
    decided = {row["id"] for row in trial["lines"]}
    for atom in reading.atoms:
        if atom.id in decided:
            continue
        word = atom.effect if atom.effect in ("allow", "define") else "one of several" if atom.id in also else atom.kind
        rows.setdefault(atom.line, []).append(
            atom_row(atom)
            | {"verdict": word, "criterion": "", "because": [], "to_judge": False, "mends": "", "also": []}
        )
    text = [
        {
            "line": line.number, "section": line.section, "kind": line.kind, "text": line.text, "scope": line.scope,
            "unread": list(line.unread), "atoms": rows.get(line.number, []),
        }
        for line in reading.lines
        if line.kind != "blank"
    ]  # fmt: skip
    return {
        **_head("trial explained", knowledge),
        "case": case.id,
        "title": case.title,
        "decided_on": case.decided_on.isoformat() if case.decided_on else None,
        "as_of": as_of([record]),
        "reviewed_only": reviewed_only,
        "trial": trial,
        "text_sha256": text_hash(record),
        "fields": rows.get(0, []),
        "text": text,
        "notes": list(case.notes),
    }


def funnel_document(found: Funnel, record: TrialRecord, name: str, knowledge: Knowledge) -> dict[str, Any]:
    """What `trials funnel --format json` writes: the people of a study, and which line loses whom."""

    def text(loss: Loss) -> str:
        return write(loss.clause.holds, knowledge.vocabulary).replace(UNRECORDED, JUDGED_TEXT.replace(" ", "_"))

    return {
        **_head("trial funnel", knowledge),
        "case": name,
        "as_of": as_of([record]),
        "trial": record_row(record),
        "people": found.people,
        "verdicts": {verdict: found.verdicts.get(verdict, 0) for verdict in VERDICTS},
        "lines": [
            atom_row(loss.clause.atom) | {
                "criterion": text(loss), "first": loss.first, "alone": loss.alone, "failed": loss.failed, "open": loss.open,
                "relaxed": [
                    {
                        "criterion": write(step.criterion, knowledge.vocabulary).replace(UNRECORDED, "for_a_person_to_judge"),
                        "gained": step.gained,
                    }
                    for step in loss.steps
                ],
            }
            for loss in found.losses
        ],
    }  # fmt: skip


def _head(kind: str, knowledge: Knowledge) -> dict[str, Any]:
    return {
        "chemoplan": __version__,
        "knowledge": {
            "version": knowledge.version,
            "sha256": knowledge.sha256,
            "as_of": knowledge.as_of,
            "overlays": list(knowledge.overlays),
            "signed_off": False,
        },
        "kind": kind,
    }


def as_of(records: Sequence[TrialRecord]) -> dict[str, Any]:
    """The days on which the records were retrieved: the oldest, the newest, and how many state none."""
    days = sorted(record.retrieved for record in records if record.retrieved)
    return {
        "oldest": days[0].isoformat() if days else None,
        "newest": days[-1].isoformat() if days else None,
        "unknown": sum(record.retrieved is None for record in records),
    }


def as_of_text(span: Row) -> str:
    """The same in words."""
    days = list(dict.fromkeys(day for day in (span["oldest"], span["newest"]) if day))
    if not days:
        return "an unknown day" if span["unknown"] else "no records"
    return " to ".join(days) + (f", {span['unknown']} of an unknown day" if span["unknown"] else "")


def record_row(record: TrialRecord) -> dict[str, Any]:
    """What identifies a study, and how old the record is."""
    return {
        "nct_id": record.nct_id,
        "title": record.title,
        "as_of": record.as_of,
        "status": record.status,
        "phases": list(record.phases),
        "url": record.url,
        "invented": record.invented,
        "sha256": record.sha256,
    }


def atom_row(atom: Atom) -> dict[str, Any]:
    """A criterion as it was read, with its place and its review status."""
    return {
        "id": atom.id, "line": atom.line, "section": atom.section, "span": atom.span, "effect": atom.effect, "kind": atom.kind,
        "atom": atom.atom, "scope": atom.scope, "note": atom.note, "review": atom.status if atom.line else "field of the record",
    }  # fmt: skip


def question_row(item: Question, knowledge: Knowledge) -> dict[str, Any]:
    """A question with the studies that wait for its answer."""
    return {
        "fact": item.fact,
        "question": knowledge.vocabulary[item.fact].question,
        "settles": list(item.settles),
        "moves": list(item.moves),
        "effort": item.effort,
        "cost": item.cost,
    }


def left_text(row: Row) -> str:
    """How many lines of a study are left to a person."""
    return (
        f"{len(row['beside'])} of judgement or logistics, {count_text(len(row['unread']), 'line')} without a criterion"
    )


def place_text(row: Row) -> str:
    """Where a line stands."""
    return "field of the record" if row["line"] == 0 else f"{row['section']}, line {row['line']}"


def status_text(row: Row) -> str:
    """Status, phase and the day of the record."""
    phases = "/".join(
        phase.replace("EARLY_PHASE1", "early phase 1").replace("PHASE", "phase ")
        for phase in row["phases"]
        if phase != "NA"
    )
    parts = [row["status"].lower().replace("_", " ") or "status unknown", phases, f"as of {row['as_of']}"]
    return "; ".join(part for part in parts if part) + ("; invented" if row["invented"] else "")


def mending_text(row: Row) -> str:
    """When a fixable study would hold, in words."""
    found = row["from"]
    if not found:
        return ""
    parts = []
    if found["days"] is not None:
        parts.append(f"holds in {found['days']} days" + (f", from {found['date']}" if found["date"] else ""))
    if found["repeat"]:
        parts.append(f"may hold after a repeat of {', '.join(found['repeat'])}")
    return "; ".join(parts)


def verdict_of(row: Row) -> str:
    """The verdict word of a line for its mark: an open line that only a person can judge is told as such."""
    return (
        "to be judged" if row["verdict"] == "open" and row["to_judge"] and not row["because"] else str(row["verdict"])
    )
