"""What the commands share: refusals with exit status 2, common options, reading a case, writing a result."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

DONE, NO, BAD_INPUT, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 130
F = TypeVar("F", bound=Callable[..., Any])

NARROWEST = 20
EPILOG = (
    "Exit status: 0 done; 1 the answer is no, or there are findings; 2 the input is bad; 3 a fault of this program."
)


class Refused(click.ClickException):
    """Bad input: one clear line for each problem, exit status 2."""

    exit_code = BAD_INPUT

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines

    def show(self, file: Any = None) -> None:
        """Print one line for each problem."""
        for line in self.lines:
            click.echo(f"chemoplan: {one_line(line)}", err=True)


def one_line(text: str) -> str:
    """A message as one line."""
    return " ".join(text.split())


def refusing(command: F) -> F:
    """Turn the rooms' refusals into one clear line and exit status 2."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ModuleNotFoundError as missing:
            extra = {
                "z3": "proof",
                "polars": "genomics",
                "pyarrow": "cohort",
                "numpy": "cohort",
                "pyspark": "spark",
                "pysam": "genomics",
                "plutoprint": "pdf",
                **dict.fromkeys(
                    (
                        "starlette",
                        "uvicorn",
                        "sqlalchemy",
                        "alembic",
                        "argon2",
                        "pyotp",
                        "segno",
                        "holidays",
                        "python_multipart",
                    ),
                    "web",
                ),
                "psycopg": "postgres",
            }.get(str(missing.name).split(".")[0])
            if extra is None:
                raise
            raise Refused([f"this needs the extra {extra!r}: pip install 'chemoplan[{extra}]'"]) from None
        except ValueError as refused:
            if not _is_refusal(refused):
                raise
            raise Refused(list(getattr(refused, "lines", None) or [str(refused)])) from None

    return run  # type: ignore[return-value]


def _is_refusal(error: ValueError) -> bool:
    return type(error).__name__.endswith("Refused")


class Date(click.ParamType[date]):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read YYYY-MM-DD."""
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no date; expected YYYY-MM-DD", param, ctx)


def format_option(what: str, *forms: str) -> Callable[[F], F]:
    """`--format`, with the forms that a command can give; the first one is the default."""
    return click.option(
        "--format", "form", type=click.Choice(forms), default=forms[0], show_default=True, help=f"Form of the {what}."
    )


def knowledge_option(command: F) -> F:
    """`--knowledge DIR`, repeatable."""
    return click.option(
        "--knowledge", "overlays", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
        help="Folder of local entries that add to, replace or retire the shipped ones. Repeatable.",
    )(command)  # fmt: skip


def case_options(command: F) -> F:
    """Options of every command that reads a case."""
    command = click.option(
        "--row", metavar="N|ID", help="Which row, when CASE is a table: its number (from 1) or its case id."
    )(command)
    return click.option(
        "--on",
        "decided_on",
        type=Date(),
        help="Date of the decision; findings older than their shelf life count as unknown.",
    )(command)


def output_option(command: F) -> F:
    """`--output FILE`."""
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write to a file instead of the terminal.",
    )(command)


def read_case(
    path: Path,
    row: str | None,
    decided_on: date | None,
    overlays: tuple[Path, ...],
    *,
    for_plan: bool = True,
    joining: Callable[[Any, Any], Any] | None = None,
) -> Any:
    """The knowledge, what the document says, and the case it makes. Raises what `refusing` turns into one line.

    `joining` takes the reading and the knowledge and gives the reading with what another file adds.
    """
    from chemoplan.case import resolve
    from chemoplan.intake.read import read_document
    from chemoplan.knowledge import load_knowledge

    loaded = load_knowledge(overlays)
    reading = read_document(path, row=row, decided_on=decided_on)
    if decided_on:
        reading = replace(reading, decided_on=decided_on)
    if joining is not None:
        reading = joining(reading, loaded)
    return loaded, reading, resolve(reading, loaded, decided_on, for_plan=for_plan)


def show(printer: Callable[[Any], None], output: Path | None) -> None:
    """Print to the terminal, or as plain text to a file."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # a reader such as `head` has seen enough: nothing went wrong

    if output is None:
        if sys.stdout is None:
            raise Refused(["standard output is closed; add --output FILE"])
        console = Terminal(highlight=False, soft_wrap=False)
        console.width = max(console.width, NARROWEST)
        printer(console)
        return
    with Writing(output), output.open("w", encoding="utf-8") as stream:
        printer(Console(file=stream, width=110, highlight=False))


def write_json(data: Any, output: Path | None) -> None:
    """Write deterministic JSON."""
    from chemoplan.report.json import to_json

    write(to_json(data), output)


def write(text: str, output: Path | None) -> None:
    """Write text to the terminal or a file."""
    if output is None:
        whole = text if text.endswith("\n") else text + "\n"
        _to_stdout(whole.encode("utf-8"))  # UTF-8 whatever the terminal speaks
        return
    with Writing(output):
        output.write_text(text, encoding="utf-8")


def _to_stdout(data: bytes) -> None:
    if sys.stdout is None:
        raise Refused(["standard output is closed; add --output FILE"])
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        raise BrokenPipeError from None  # without its number, which Click would turn into exit status 1


def write_bytes(data: bytes, output: Path | None) -> None:
    """Write bytes to a file or a pipe, never to a terminal."""
    if output is None:
        if sys.stdout.isatty():
            raise Refused(["a PDF is not for a terminal; add --output plan.pdf"])
        _to_stdout(data)
        return
    with Writing(output):
        output.write_bytes(data)


class Writing:
    """Turns a failed write into a refusal that names the path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError):
            reason = (error.strerror or type(error).__name__).lower()
            raise Refused([f"{self.path.name}: cannot be written ({reason}); choose another place"]) from None


def save_case(path: Path, facts: dict[str, Any], title: str) -> None:
    """Save facts as a case file."""
    import yaml

    with Writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"title": title, "note": "An invented person, found by proof.", "facts": facts}
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
