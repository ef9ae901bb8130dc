"""The door: one tumor a sample of a study, with its calls, copies, fusions, results and what it was tested for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from chemoplan.case.statement import Problem
from chemoplan.genomics.tumor import Build, CopyNumber, Tumor
from chemoplan.intake.maf import MafReading, patient_of, read_maf
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.study.assays import Profiles, assays_of
from chemoplan.intake.study.clinical import ClinicalSheet, read_clinical
from chemoplan.intake.study.copy_number import CopyCalls, merged, read_copy_matrix, read_copy_rows
from chemoplan.intake.study.files import StudyFiles, find_files
from chemoplan.intake.study.fusions import FusionCalls, read_fusions_by_gene, read_structural_variants
from chemoplan.intake.study.panels import PanelMatrix, read_case_lists, read_panel_matrix, read_panels

_FEW = 3


@dataclass(frozen=True)
class Study:
    """A study: its tumors, and what was read beside them.

    `patients` and `samples` hold the clinical sheets as they are, by id and column (empty cells left out). `untested` counts,
    for each profile (mutations, copy_number, fusions), the samples of which the folder does not say that they were looked at.
    """

    id: str
    name: str
    build: Build | None
    tumors: tuple[Tumor, ...]
    problems: tuple[Problem, ...]
    patients: Mapping[str, Mapping[str, str]]
    samples: Mapping[str, Mapping[str, str]]
    untested: Mapping[str, int]


def read_study(folder: Path, *, genes: frozenset[str], progress: Callable[[str], None] | None = None) -> Study:
    """A cBioPortal study folder. Raises InputRefused, and nothing else.

    Calls, copies and fusions in `genes` are kept one by one (none named: all). `progress` is called with the name of each
    file before it is read. A sample that was sequenced and has no call has 0 calls; one of which the folder does not say
    that it was sequenced has None.
    """
    files = find_files(folder)
    told = progress or (lambda name: None)
    by_role = files.by_role

    def named(role: str) -> Path | None:
        path = by_role.get(role)
        if path is not None:
            told(path.name)
        return path

    try:
        panels, panel_problems = read_panels(folder)
        case_lists = read_case_lists(folder)
    except OSError as error:
        raise InputRefused(f"{folder.name}: cannot be read ({(error.strerror or 'not readable').lower()})") from None
    path = named("samples")
    samples = read_clinical(path, "SAMPLE_ID") if path else ClinicalSheet()
    path = named("patients")
    patients = read_clinical(path, "PATIENT_ID") if path else ClinicalSheet()
    path = named("mutations")
    sequenced = case_lists.get("mutations", (frozenset(), ()))[1]
    calls = read_maf(path, genes=genes, build=files.build, may_be_empty=bool(sequenced)) if path else None
    path = named("copy_number")
    matrix_copies = read_copy_matrix(path, genes) if path else CopyCalls()
    path = named("copy_number_long")
    long_copies = read_copy_rows(path, genes) if path else CopyCalls()
    path = named("fusions") or named("fusions_legacy")
    fusions = None
    if path:
        reader = read_structural_variants if "fusions" in by_role else read_fusions_by_gene
        fusions = reader(path, genes)
    if {"fusions", "fusions_legacy"} <= set(by_role):
        unread = Problem(by_role["fusions_legacy"].name, f"not read: {by_role['fusions'].name} is read for fusions")
        files = replace(files, problems=(*files.problems, unread))
    path = named("panel_matrix")
    matrix = read_panel_matrix(path) if path else PanelMatrix()
    profiles = Profiles(
        matrix=matrix,
        panels=panels,
        listed={profile: ids for profile, (ids, _) in case_lists.items()},
        clinical=samples,
        called=frozenset(tumor.sample for tumor in calls.tumors if tumor.calls is not None) if calls else None,
        copies=(matrix_copies, long_copies) if {"copy_number", "copy_number_long"} & set(by_role) else None,
        fusions=fusions,
    )
    names = _samples(samples, calls, matrix_copies, long_copies, fusions, case_lists, matrix)
    tumors = _tumors(names, files, samples, patients, calls, merged(matrix_copies, long_copies), fusions, profiles)
    problems = (
        *files.problems,
        *samples.problems,
        *patients.problems,
        *(calls.problems if calls else ()),
        *matrix_copies.problems,
        *long_copies.problems,
        *(fusions.problems if fusions else ()),
        *matrix.problems,
        *panel_problems,
        *_about_samples(names, samples, calls, case_lists, by_role),
        *profiles.problems(),
    )
    return Study(
        id=files.id,
        name=files.name,
        build=calls.build if calls else files.build,
        tumors=tumors,
        problems=problems,
        patients={name: row.cells for name, row in patients.rows.items()},
        samples={name: row.cells for name, row in samples.rows.items()},
        untested=profiles.untested(names),
    )


def _samples(
    clinical: ClinicalSheet,
    calls: MafReading | None,
    matrix_copies: CopyCalls,
    long_copies: CopyCalls,
    fusions: FusionCalls | None,
    case_lists: Mapping[str, tuple[frozenset[str], tuple[str, ...]]],
    matrix: PanelMatrix,
) -> tuple[str, ...]:
    """Every sample of the folder once: in the order of the clinical sheet, then of the other files."""
    return tuple(
        dict.fromkeys(
            [
                *clinical.rows,
                *((tumor.sample for tumor in calls.tumors) if calls else ()),
                *matrix_copies.by_sample,
                *long_copies.by_sample,
                *(fusions.by_sample if fusions else ()),
                *(sample for _, samples in case_lists.values() for sample in samples),
                *matrix.panels,
            ]
        )
    )


def _tumors(
    names: tuple[str, ...],
    files: StudyFiles,
    samples: ClinicalSheet,
    patients: ClinicalSheet,
    calls: MafReading | None,
    copies: Mapping[str, list[CopyNumber]],
    fusions: FusionCalls | None,
    profiles: Profiles,
) -> tuple[Tumor, ...]:
    called = {tumor.sample: tumor for tumor in calls.tumors} if calls else {}
    tumors: list[Tumor] = []
    for name in names:
        row = samples.rows.get(name)
        patient = (row.cells.get("PATIENT_ID") if row else None) or patient_of(name)
        of_patient = patients.rows.get(patient)
        tumor = called.get(name) or Tumor(name, build=calls.build if calls else files.build)
        if tumor.calls is None and profiles.done("mutations", name):
            tumor = replace(tumor, calls=0, altering=0)
        tumors.append(
            replace(
                tumor,
                patient=patient,
                copies=tuple(copies.get(name, ())),
                fusions=tuple(fusions.by_sample.get(name, ())) if fusions else (),
                results=(*tumor.results, *(row.results if row else ()), *(of_patient.results if of_patient else ())),
                assays=assays_of(name, profiles),
            )
        )
    return tuple(tumors)


def _about_samples(
    names: tuple[str, ...],
    clinical: ClinicalSheet,
    calls: MafReading | None,
    case_lists: Mapping[str, tuple[frozenset[str], tuple[str, ...]]],
    by_role: Mapping[str, Path],
) -> tuple[Problem, ...]:
    """Where the files disagree on which samples there are."""
    problems: list[Problem] = []
    if clinical.document:
        beyond = [name for name in names if name not in clinical.rows]
        if beyond:
            message = f"{_count(beyond)} not in the clinical sheet; kept, without clinical results"
            problems.append(Problem(clinical.document, message))
        unnamed = [name for name, row in clinical.rows.items() if "PATIENT_ID" not in row.cells]
        if unnamed:
            message = f"{_count(unnamed)} without a PATIENT_ID; the patient is taken from the sample id"
            problems.append(Problem(clinical.document, message))
    sequenced = case_lists.get("mutations")
    if calls and sequenced:
        unlisted = [tumor.sample for tumor in calls.tumors if tumor.sample not in sequenced[0]]
        if unlisted:
            message = f"{_count(unlisted)} not in the list of sequenced samples but with calls; kept as sequenced"
            problems.append(Problem("cases_sequenced.txt", message))
    if calls is not None and not calls.rows:
        file = by_role["mutations"].name
        problems.append(
            Problem(file, "a header and no rows: no call in any of the sequenced samples; check that it is complete")
        )
    if calls is None:
        problems.append(
            Problem("data_mutations.txt", "no mutation file in the folder; no mutation is known or excluded")
        )
    elif not by_role.get("samples"):
        problems.append(
            Problem("data_clinical_sample.txt", "no clinical sheet in the folder; the patients are not known")
        )
    return tuple(problems)


def _count(names: list[str]) -> str:
    """How many samples, and the first few."""
    few = ", ".join(shown(name) for name in names[:_FEW]) + (", ..." if len(names) > _FEW else "")
    return f"{len(names)} sample(s) ({few})"
