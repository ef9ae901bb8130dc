"""The condition of an atom as a tree, and as text: `any(creatinine <= 1.5 xULN, creatinine_clearance >= 50 mL/min)`."""

from __future__ import annotations

from dataclasses import dataclass, field

Scalar = bool | float | str


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time and what it is counted from: `within 14 d before randomization`.

    `relation` is "within" (the event lies inside the span) or "for" (a state has held that long). `number` 0 with an
    anchor alone ("at screening") shows no span.
    """

    number: float
    unit: str
    anchor: str = ""
    relation: str = "within"
    text: str = ""
    """Shown instead of number and unit where the text names a choice, such as `min(3 mo, 5 half-lives)`."""
    inclusive: bool = field(default=False, compare=False)
    """The last day of the span still lies inside it: "within 28 days", "<= 28 days", not "< 28 days"."""

    def __str__(self) -> str:
        span = self.text or f"{show(self.number)} {self.unit}"
        return f"{self.relation} {span}" + (f" {self.anchor}" if self.anchor else "")


@dataclass(frozen=True, slots=True)
class Test:
    """`attribute operator value unit detail [method] window except {..}`.

    `operator` is ==, !=, <, <=, >, >=, in, includes, between, or empty for an attribute named alone inside any() or all().
    `value` is a tuple for `in` (shown in braces) and `between` (two numbers). `unit` is UCUM, `xULN` or `xLLN`.
    `detail` is a qualifier in words ("requiring systemic therapy", "by IHC"); it narrows the test.
    """

    __test__ = False  # not a test case
    attribute: str
    operator: str = "=="
    value: Scalar | tuple[Scalar, ...] = True
    unit: str = ""
    detail: str = ""
    method: str = ""
    window: Window | None = None
    exceptions: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.operator:
            parts = [self.attribute]
        elif self.operator == "in":
            assert isinstance(self.value, tuple)
            parts = [self.attribute, "in", "{" + ",".join(show(item) for item in self.value) + "}"]
        elif self.operator == "between":
            assert isinstance(self.value, tuple)
            low, high = (f"{show(item)} {self.unit}".strip() for item in self.value)
            parts = [self.attribute, "between", low, "and", high]
        else:
            assert not isinstance(self.value, tuple)
            parts = [self.attribute, self.operator, show(self.value)]
        if self.unit and self.operator != "between":
            parts.append(self.unit)
        parts += [self.detail] if self.detail else []
        parts += [f"[{self.method}]"] if self.method else []
        parts += [str(self.window)] if self.window else []
        parts += ["except {" + ", ".join(self.exceptions) + "}"] if self.exceptions else []
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the items."""

    items: tuple[Expression, ...]

    def __str__(self) -> str:
        return " and ".join(f"({item})" if isinstance(item, All) else str(item) for item in self.items)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the items. Window, detail and exceptions stand behind the whole."""

    items: tuple[Expression, ...]
    operator: str = ""
    value: Scalar | tuple[Scalar, ...] = True
    unit: str = ""
    detail: str = ""
    method: str = ""
    window: Window | None = None
    exceptions: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = "any(" + ", ".join(map(str, self.items)) + ")"
        tail = Test("", self.operator, self.value, self.unit, self.detail, self.method, self.window, self.exceptions)
        return f"{head} {str(tail).strip()}".strip()


@dataclass(frozen=True, slots=True)
class If:
    """Where `condition` holds, `then` must hold; elsewhere `otherwise`, or nothing."""

    condition: Expression
    then: Expression
    otherwise: Expression | None = None

    def __str__(self) -> str:
        parts = [self.condition, self.then] + ([self.otherwise] if self.otherwise else [])
        return "if(" + ", ".join(map(str, parts)) + ")"


@dataclass(frozen=True, slots=True)
class Not:
    """Negation; with `known`, a person of whom it is not known passes ("no known BRAF mutation")."""

    item: Expression
    known: bool = False

    def __str__(self) -> str:
        return f"not (known {self.item})" if self.known else f"not {self.item}"


@dataclass(frozen=True, slots=True)
class IsUnknown:
    """The attribute is not known, where a study accepts that explicitly."""

    attribute: str

    def __str__(self) -> str:
        return f"is_unknown({self.attribute})"


Expression = Test | All | Any | If | Not | IsUnknown


def show(value: Scalar | tuple[Scalar, ...]) -> str:
    """A value as the notation writes it: true, 5, 1.5, adenocarcinoma."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return str(int(value)) if value == int(value) else repr(float(value))
    return str(value)


def tests_of(expression: Expression) -> list[Test]:
    """Every test in the tree, in reading order."""
    match expression:
        case Test():
            return [expression]
        case All(items) | Any(items):
            return [test for item in items for test in tests_of(item)]
        case If(condition, then, otherwise):
            parts = [condition, then] + ([otherwise] if otherwise else [])
            return [test for item in parts for test in tests_of(item)]
        case Not(item):
            return tests_of(item)
        case IsUnknown():
            return []
