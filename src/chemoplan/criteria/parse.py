"""From text to a typed criterion: names, values and units are checked against the vocabulary while the tree is built."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from chemoplan.criteria.tree import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    Criterion,
    Has,
    IsUnknown,
    MemberOf,
    Not,
    Operator,
    Or,
    Predicate,
    SetIs,
    all_of,
    any_of,
)  # fmt: skip
from chemoplan.vocabulary import Fact, SetValue, ValueRefused, Vocabulary, load_vocabulary
from chemoplan.vocabulary.nearest import nearest


class CriterionRefused(ValueError):
    """A criterion that cannot be read: 1-based line and column within the text, and what would be right."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


Complaint = Callable[[Fact | Predicate], str | None]
"""What is wrong with a fact or a predicate where it stands, or None when nothing is."""

LONGEST, DEEPEST, DIGITS = 20_000, 100, 12
"""Characters, levels of nesting and digits of a number that every reader copes with."""

LONGEST_NAME = 60
"""Characters of an unknown name that a refusal repeats."""


def parse(
    text: str,
    vocabulary: Vocabulary | None = None,
    *,
    predicates: Collection[str] = (),
    complaint: Complaint = lambda _: None,
) -> Criterion:
    """Read a criterion. `predicates` names what a question may ask about a plan (none in knowledge).

    `complaint` may refuse a fact or the subject of a predicate that is well formed but does not belong here.
    Raises CriterionRefused with line, column and the nearest right name.
    """
    if len(text) > LONGEST:
        raise CriterionRefused("the criterion is too long; split it")
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as problem:
        raise _syntax_refused(problem, text) from None
    if _depth(tree) > DEEPEST:
        raise CriterionRefused("the criterion is nested too deeply; split it")
    return _Builder(vocabulary or load_vocabulary(), predicates, complaint).build(tree)


def _depth(tree: Tree[Any]) -> int:
    """Levels of the parse tree, counted without recursion."""
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
    return depth


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = (files("chemoplan.criteria") / "grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


_EXPECTED = {
    "COMPARISON": "a comparison", "NAME": "a name", "NUMBER": "a number", "LPAR": "'('", "RPAR": "')'", "LBRACE": "'{'",
    "RBRACE": "'}'", "$END": "the end", "SUBJECT": "an option, component or class", "UNIT": "a unit", "COMMA": "','",
}  # fmt: skip


def _syntax_refused(problem: UnexpectedInput, text: str) -> CriterionRefused:
    if isinstance(problem, UnexpectedToken):
        expected = sorted({_EXPECTED.get(name, f"'{name.lower()}'") for name in problem.accepts or problem.expected})
        found = "the end" if problem.token.type == "$END" else repr(str(problem.token))
        line, column = _position_of(problem, text)
        return CriterionRefused(f"found {found}; expected {' or '.join(expected)}", line, column)
    if isinstance(problem, UnexpectedCharacters):
        return CriterionRefused(
            f"{problem.char!r} does not belong to the criteria language", problem.line, problem.column
        )
    assert isinstance(problem, UnexpectedEOF | UnexpectedInput)
    return CriterionRefused("the criterion ends too early", 1, len(text) + 1)


def _position_of(problem: UnexpectedToken, text: str) -> tuple[int, int]:
    if problem.token.type == "$END" or not isinstance(problem.line, int) or problem.line < 1:
        lines = text.split("\n")
        return len(lines), len(lines[-1]) + 1
    return problem.line, problem.column


Item = TypeVar("Item", Fact, Predicate)


class _Builder:
    """Turns the parse tree into criterion nodes, typed by the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, predicates: Collection[str], complaint: Complaint) -> None:
        self.vocabulary, self.predicates, self.complaint = vocabulary, predicates, complaint

    def build(self, tree: Tree[Any]) -> Criterion:
        children: list[Any] = list(tree.children)
        match tree.data:
            case "always":
                return ALWAYS
            case "never":
                return NEVER
            case "either":
                return any_of(*(self.build(child) for child in children))
            case "both":
                return all_of(*(self.build(child) for child in children))
            case "negation":
                return Not(self.build(children[0]))
            case "flag":
                fact = self._fact(children[0], "flag")
                return Compare(fact.name, "=", True)
            case "compare":
                return self._compare(children[0], children[1], children[2])
            case "compare_set":
                return self._compare_set(children[0], children[1], children[2])
            case "member_of":
                return self._member_of(children[0], children[1])
            case "has":
                return self._has(self._fact(children[0], "set"), children[1])
            case "has_any" | "has_all":
                fact = self._fact(children[0], "set")
                members = [self._has(fact, self._word(item)) for item in children[1].children]
                if not members:
                    raise self._refuse(children[0], "the set is empty; name at least one member")
                return (any_of if tree.data == "has_any" else all_of)(*members)
            case "known":
                return Not(IsUnknown(self._fact(children[0]).name))
            case "unknown":
                return IsUnknown(self._fact(children[0]).name)
            case "predicate":
                return self._predicate(children[0], children[1])
        raise AssertionError(tree.data)

    def _fact(self, token: Token, *kinds: str) -> Fact:
        fact = self.vocabulary.get(str(token))
        if fact is None:
            close = self.vocabulary.nearest(str(token)) if len(token) <= LONGEST_NAME else None
            raise self._refuse(
                token, f"unknown fact {str(token[:LONGEST_NAME])!r}" + (f"; did you mean {close}?" if close else "")
            )
        if kinds and fact.kind not in kinds:
            right = {
                "flag": "stand alone or be compared with true or false", "set": "be tested with has or = {...}",
                "choice": "be compared with = or in {...}", "quantity": "be compared with a number", "count": "be compared with a number",
            }[fact.kind]  # fmt: skip
            raise self._refuse(token, f"{fact.name} is a {fact.kind}; it must {right}")
        return self._accepted(fact, token)

    def _compare(self, name: Token, operator: Token, value: Tree[Any]) -> Criterion:
        fact = self._fact(name, "flag", "choice", "quantity", "count")
        if fact.kind == "flag":
            text = str(value.children[0])
            if operator not in ("=", "!=") or text not in ("true", "false"):
                raise self._refuse(value, f"{fact.name} is a flag; compare it with = true or = false")
            wanted = (text == "true") == (operator == "=")
            return Compare(fact.name, "=", True) if wanted else Compare(fact.name, "=", False)
        if operator not in ("=", "!=") and not fact.is_number:
            raise self._refuse(operator, f"{fact.name} is a choice without order; compare it with =, != or in {{...}}")
        return Compare(fact.name, cast(Operator, str(operator)), self._read(fact, value))

    def _compare_set(self, name: Token, operator: Token, value: Tree[Any]) -> Criterion:
        fact = self._fact(name, "set")
        if operator not in ("=", "!="):
            raise self._refuse(operator, f"{fact.name} is a set; compare it with = {{...}} or use has")
        members = [self._has(fact, self._word(item)).member for item in value.children]
        same = SetIs(fact.name, frozenset(members))
        return same if operator == "=" else Not(same)

    def _member_of(self, name: Token, value: Tree[Any]) -> Criterion:
        fact = self._fact(name, "choice", "quantity", "count")
        if not value.children:
            raise self._refuse(name, "the set is empty; name at least one value")
        values = tuple(dict.fromkeys(self._read(fact, cast("Tree[Any]", item)) for item in value.children))
        return MemberOf(fact.name, values)

    def _has(self, fact: Fact, member: Token) -> Has:
        try:
            fact.read(SetValue(frozenset({str(member)})))
        except ValueRefused as refused:
            raise self._refuse(member, str(refused)) from None
        return Has(fact.name, str(member))

    def _word(self, item: Any) -> Token:
        token = item.children[0]
        assert isinstance(token, Token)
        return token

    def _read(self, fact: Fact, value: Tree[Any]) -> float | str:
        token = cast(Token, value.children[0])
        unit = str(value.children[1]) if len(value.children) > 1 else None
        if unit is not None and not fact.is_number:
            raise self._refuse(token, f"{fact.name} has no unit")
        raw: Any = str(token)
        if fact.is_number and value.data == "number":
            raw = float(raw)
            if raw != float(f"{raw:.{DIGITS}g}"):
                raise self._refuse(token, f"{token} has more than {DIGITS} digits; fewer will do")
        try:
            read = fact.read(raw, unit)
        except ValueRefused as refused:
            raise self._refuse(token, str(refused)) from None
        assert isinstance(read, float | str)
        return read

    def _predicate(self, name: Token, subject: Token) -> Criterion:
        if not self.predicates:
            raise self._refuse(name, f"{name}(...) may stand in a question only, not in a criterion")
        if str(name) not in self.predicates:
            close = nearest(str(name), self.predicates)
            known = ", ".join(f"{item}(X)" for item in self.predicates)
            raise self._refuse(
                name, f"unknown question {name}(...); expected {known}" + (f"; did you mean {close}?" if close else "")
            )
        return self._accepted(Predicate(str(name), str(subject)), subject)

    def _accepted(self, item: Item, token: Token) -> Item:
        message = self.complaint(item)
        if message:
            raise self._refuse(token, message)
        return item

    def _refuse(self, place: Token | Tree[Any], message: str) -> CriterionRefused:
        token = place if isinstance(place, Token) else cast(Token, place.children[0])
        return CriterionRefused(message, token.line or 1, token.column or 1)


__all__ = ["And", "CriterionRefused", "Or", "parse"]
