"""Commands about one case: plan, audit, facts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.germline import germline_of_case_options, with_germline
from chemoplan.cli.shared import (
    DONE,
    EPILOG,
    NO,
    Refused,
    case_options,
    format_option,
    knowledge_option,
    output_option,
    read_case,
    refusing,
    show,
    write,
    write_bytes,
    write_json,
)
from chemoplan.cli.tumor import tumor_of_case_options, with_tumor


@click.command(epilog=EPILOG)
@click.argument("case", type=click.Path(path_type=Path, allow_dash=True))
@format_option("plan", "text", "json", "html", "pdf", "fhir")
@click.option("--brief", is_flag=True, help="Text only: leave out evidence and reasons.")
@output_option
@case_options
@tumor_of_case_options
@germline_of_case_options
@knowledge_option
@refusing
def plan(
    case: Path,
    form: str,
    brief: bool,
    output: Path | None,
    row: str | None,
    decided_on: date | None,
    overlays: tuple[Path, ...],
    germline_file: Path | None,
    germline_sample: str | None,
    **tumor: Any,
) -> None:
    """Plan for CASE: options, why, what is missing.

    CASE is a case file (YAML or JSON), a FHIR R4 Bundle, or a table with --row; - reads standard input.

    \b
    Examples:
      chemoplan plan case.yaml
      chemoplan plan case.yaml --on 2026-11-24 --format json
      chemoplan plan cases.csv --row 3 --format pdf --output plan.pdf
      chemoplan plan case.yaml --tumor calls.maf --panel genes.txt
      chemoplan plan case.yaml --germline person.vcf.gz --germline-sample S1
    """
    from chemoplan.plan.recommend import recommend

    knowledge, reading, resolved = read_case(
        case, row, decided_on, overlays, joining=_joining(tumor, germline_file, germline_sample)
    )
    result = recommend(resolved, knowledge)
    if form == "text":
        from chemoplan.report.text import print_plan

        show(lambda console: print_plan(result, console, detail="brief" if brief else "full"), output)
    elif form == "json":
        write_json(result, output)
    elif form == "html":
        from chemoplan.report.html import plan_html

        write(plan_html(result), output)
    elif form == "pdf":
        from chemoplan.report.pdf import plan_pdf

        write_bytes(plan_pdf(result), output)
    else:
        from chemoplan.report.fhir import plan_bundle

        write_json(plan_bundle(reading, result), output)


@click.command(epilog=EPILOG)
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--regimen", metavar="ID", help="Regimen of an order that names none: an id, or id@version.")
@format_option("findings", "text", "json", "html")
@output_option
@case_options
@knowledge_option
@refusing
def audit(
    plan_file: Path,
    case: Path,
    regimen: str | None,
    form: str,
    output: Path | None,
    row: str | None,
    decided_on: date | None,
    overlays: tuple[Path, ...],
) -> None:
    """Hold somebody's PLAN, or an order, against CASE. Exit status 1 when something in it must not be done.

    PLAN is YAML or JSON: option ids, drug components, dose fractions, dates. An order is YAML or JSON with a regimen
    and the doses of its drugs, what chemoplan order --format json writes, or FHIR R4 MedicationRequests: its doses are
    worked out again.

    \b
    Examples:
      chemoplan audit proposed.yaml case.yaml
      echo '{"options": ["tme"]}' | chemoplan audit - case.yaml --format json
      chemoplan audit order.yaml case.yaml
      chemoplan audit requests.fhir.json case.yaml --regimen mfolfox6@1
    """
    from chemoplan.dosing.written import is_order
    from chemoplan.intake.mapping import as_mapping, read_data

    if str(plan_file) == str(case) == "-":
        raise Refused(["PLAN and CASE are both standard input; give one of them as a file"])
    knowledge, _, resolved = read_case(case, row, decided_on, overlays)
    document, data = read_data(plan_file)
    if is_order(data):
        result = _audit_order(data, document, regimen or "", resolved, knowledge, form, output)
    elif regimen:
        raise Refused([f"--regimen: {document} is a proposed plan, not an order"])
    else:
        result = _audit_plan(as_mapping(data, document), document, resolved, knowledge, form, output)
    sys.exit(NO if any(finding["severity"] == "reject" for finding in result["findings"]) else DONE)


def _audit_plan(
    data: dict[str, Any], document: str, case: Any, knowledge: Any, form: str, output: Path | None
) -> dict[str, Any]:
    from chemoplan.plan.audit import audit as audit_plan
    from chemoplan.plan.proposed import read_proposal

    result = audit_plan(read_proposal(data, knowledge, document), case, knowledge)
    if form == "text":
        from chemoplan.report.text import print_audit

        show(lambda console: print_audit(result, console), output)
    elif form == "json":
        write_json(result, output)
    else:
        from chemoplan.report.html import audit_html

        write(audit_html(result), output)
    return result


def _audit_order(
    data: Any, document: str, regimen: str, case: Any, knowledge: Any, form: str, output: Path | None
) -> dict[str, Any]:
    from chemoplan.dosing.audit_order import audit_order
    from chemoplan.dosing.written import read_written

    if isinstance(data, list) or "resourceType" in data:
        from chemoplan.intake.fhir.medication_requests import read_requests

        data = read_requests(data, document)
    result = audit_order(read_written(data, knowledge, document, regimen), case, knowledge)
    if form == "text":
        from chemoplan.report.text import print_order_audit

        show(lambda console: print_order_audit(result, console), output)
    elif form == "json":
        write_json(result, output)
    else:
        from chemoplan.report.audit_order_html import order_audit_html

        write(order_audit_html(result), output)
    return result


@click.command(epilog=EPILOG)
@click.argument("case", type=click.Path(path_type=Path, allow_dash=True))
@format_option("facts", "text", "json")
@output_option
@case_options
@tumor_of_case_options
@germline_of_case_options
@knowledge_option
@refusing
def facts(
    case: Path,
    form: str,
    output: Path | None,
    row: str | None,
    decided_on: date | None,
    overlays: tuple[Path, ...],
    germline_file: Path | None,
    germline_sample: str | None,
    **tumor: Any,
) -> None:
    """Every fact of CASE: where it came from, what was derived, what is missing.

    \b
    Examples:
      chemoplan facts case.yaml
      chemoplan facts bundle.fhir.json --format json
      chemoplan facts case.yaml --tumor calls.maf --sample T1
    """
    from chemoplan.plan.recommend import recommend
    from chemoplan.plan.shape import fact_row

    knowledge, reading, resolved = read_case(
        case, row, decided_on, overlays, for_plan=False, joining=_joining(tumor, germline_file, germline_sample)
    )
    rows = [fact_row(fact.name, resolved, knowledge) for fact in knowledge.vocabulary.about_case()]
    result = {
        "case": resolved.id,
        "decided_on": resolved.decided_on.isoformat() if resolved.decided_on else None,
        "facts": rows,
        "missing": recommend(resolved, knowledge)["missing"],
        "problems": [{"path": item.path, "message": item.message} for item in resolved.problems],
        "unread": reading.extra,
    }
    if form == "json":
        write_json(result, output)
        return
    from chemoplan.report.text import print_facts

    show(lambda console: print_facts(result, console), output)


def _joining(
    tumor: dict[str, Any], germline_file: Path | None, germline_sample: str | None
) -> Callable[[Any, Any], Any]:
    """What other files add to the reading of a case: its tumor, and its inherited genes."""

    def join(reading: Any, knowledge: Any) -> Any:
        return with_germline(with_tumor(reading, knowledge, **tumor), knowledge, germline_file, germline_sample)

    return join
