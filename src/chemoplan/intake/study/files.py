"""Which file of a study folder holds what: by its meta files, else by the names that such files go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from chemoplan.case.statement import Problem
from chemoplan.genomics.tumor import Build
from chemoplan.intake.builds import read_build
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import InputRefused, one_line, shown
from chemoplan.intake.sheet import read_bytes

EXPECTED = "a cBioPortal study folder with meta_study.txt, data_clinical_sample.txt and data_mutations.txt"


@dataclass(frozen=True)
class StudyFiles:
    """The files of a study by role (mutations, copy_number, fusions, samples, ...)."""

    folder: Path
    id: str
    name: str
    build: Build | None
    by_role: Mapping[str, Path]
    problems: tuple[Problem, ...]


def find_files(folder: Path) -> StudyFiles:
    """The files of a study folder. Raises InputRefused when it is none."""
    listing = _listing(folder)
    problems: list[Problem] = []
    metas = {name: read_pairs(path) for name, path in sorted(listing.items()) if name.startswith("meta_")}
    study = metas.pop("meta_study.txt", {})
    by_role: dict[str, Path] = {}
    for role, rules in table("cbioportal")["files"].items():
        missing: list[str] = []
        path = _named_by_meta(role, rules, metas, listing, missing, problems)
        if path is None:
            path = _named_by_habit(role, rules, metas, listing, problems)
        instead = f"{one_line(path.name)} was read" if path else "nothing was read"
        problems += [
            Problem(
                one_line(listing[name].name),
                f"names {shown(metas[name]['data_filename'])}, which is not in the folder; {instead} for {role}",
            )
            for name in missing
        ]
        if path is not None:
            by_role[role] = path
    if not {"copy_number", "copy_number_long"} & set(by_role):
        message = "log ratios or numbers of copies are not read; expected discrete levels (data_CNA.txt)"
        patterns = table("cbioportal")["continuous"]
        problems += [
            Problem(one_line(path.name), message)
            for name, path in listing.items()
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]
    if not by_role:
        raise InputRefused(f"{one_line(folder.name)}: no data file of a study in this folder; expected {EXPECTED}")
    identifier = study.get("cancer_study_identifier") or one_line(folder.resolve().name)
    genome = study.get("reference_genome", "")
    build = read_build(genome) if genome else None
    if genome and build is None:
        raise InputRefused(
            f"meta_study.txt: the reference_genome is {shown(genome)}; expected hg19 (GRCh37) or hg38 (GRCh38)"
        )
    return StudyFiles(folder, identifier, study.get("name") or identifier, build, by_role, tuple(problems))


def read_pairs(path: Path) -> dict[str, str]:
    """The "name: value" lines of a meta file, a case list or a gene panel. Raises InputRefused when it cannot be read."""
    _, content = read_bytes(path)
    pairs: dict[str, str] = {}
    for line in content.decode("utf-8-sig", errors="replace").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() and not name.startswith("#"):
            pairs.setdefault(name.strip().lower(), value.strip())
    return pairs


def _listing(folder: Path) -> dict[str, Path]:
    """The files of a folder by their name in lower case, without .gz; a plain file goes before a compressed one."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file())
    except FileNotFoundError:
        raise InputRefused(f"{one_line(folder.name)}: no such folder; expected {EXPECTED}") from None
    except NotADirectoryError:
        raise InputRefused(f"{one_line(folder.name)}: is a file; expected {EXPECTED}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a readable path"
        raise InputRefused(f"{one_line(folder.name)}: cannot be read ({reason.lower()})") from None
    listing: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name.lower().endswith(".gz"), path.name)):
        listing.setdefault(path.name.lower().removesuffix(".gz"), path)
    return listing


def _named_by_meta(
    role: str,
    rules: Mapping[str, list[Mapping[str, str]]],
    metas: Mapping[str, Mapping[str, str]],
    listing: Mapping[str, Path],
    missing: list[str],
    problems: list[Problem],
) -> Path | None:
    """The file that a meta file names for a role; meta files that name an absent one are added to `missing`."""
    found: list[Path] = []
    for name, meta in metas.items():
        if _kind(meta) not in rules["meta"] or not meta.get("data_filename"):
            continue
        data = _data(meta)
        if data in listing:
            found.append(listing[data])
        else:
            missing.append(name)
    return _only_one(role, list(dict.fromkeys(found)), problems)


def _named_by_habit(
    role: str,
    rules: Mapping[str, list[str]],
    metas: Mapping[str, Mapping[str, str]],
    listing: Mapping[str, Path],
    problems: list[Problem],
) -> Path | None:
    """The file that goes by a usual name, unless a meta file says that it is something else."""
    found: list[Path] = []
    for path in dict.fromkeys(
        path for pattern in rules["names"] for name, path in listing.items() if fnmatchcase(name, pattern)
    ):
        name = path.name.lower().removesuffix(".gz")
        other = next((meta for meta, told in metas.items() if _data(told) == name and all(_kind(told).values())), None)
        if other is None:
            found.append(path)
        else:
            kind = " ".join(_kind(metas[other]).values())
            message = f"says that {one_line(path.name)} is {one_line(kind)}; not read for {role.replace('_', ' ')}"
            problems.append(Problem(one_line(listing[other].name), message))
    return _only_one(role, found, problems)


def _kind(meta: Mapping[str, str]) -> dict[str, str]:
    return {"type": meta.get("genetic_alteration_type", "").upper(), "format": meta.get("datatype", "").upper()}


def _data(meta: Mapping[str, str]) -> str:
    """The name of the data file of a meta file, as the listing has it."""
    return Path(meta.get("data_filename", "")).name.lower().removesuffix(".gz")


def _only_one(role: str, found: list[Path], problems: list[Problem]) -> Path | None:
    problems.extend(
        Problem(one_line(path.name), f"not read: {one_line(found[0].name)} is read for {role.replace('_', ' ')}")
        for path in found[1:]
    )
    return found[0] if found else None
