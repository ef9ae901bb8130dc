"""A file of many people, one pass over its records: equal genotypes are read once and their observations shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chemoplan.case.statement import Problem
from chemoplan.genomics.germline.observed import GermlineSample
from chemoplan.genomics.tumor import Build
from chemoplan.intake.germline.build import decide_build
from chemoplan.intake.germline.column import refuse_tumor
from chemoplan.intake.germline.genotype import call_limits
from chemoplan.intake.germline.observe import Desk
from chemoplan.intake.germline.panel import GermlinePanel
from chemoplan.intake.germline.reader import conflicts, declared_panel, make_desks, observe_all, whole_file
from chemoplan.intake.germline.records import read_records
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.vcf_file import read_header


@dataclass(frozen=True)
class GermlineCohort:
    """The people of one file: as many as it has (chosen) columns, each made when it is asked for.

    People with the same genotype at a position share one Observation object, so a caller may remember results by the
    identity of the observations.
    """

    document: str
    build: Build
    samples: tuple[str, ...]
    problems: tuple[Problem, ...]
    _columns: Mapping[str, int]
    _desks: Mapping[str, Desk]
    _panel: GermlinePanel | None

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[GermlineSample]:
        for name in self.samples:
            observations = observe_all(self._desks, self._columns[name])
            yield GermlineSample(
                sample=name,
                document=self.document,
                build=self.build,
                observations=observations,
                panel=self._panel.name if self._panel else "",
                panel_positions=self._panel.positions if self._panel else frozenset(),
                problems=(*self.problems, *conflicts(observations, self.document)),
            )


def read_germline_cohort(
    path: Path,
    *,
    build: Build | None = None,
    min_quality: int | None = None,
    min_depth: int | None = None,
    panel: GermlinePanel | Path | None = None,
    samples: Sequence[str] | None = None,
) -> GermlineCohort:
    """The people of a VCF or BCF in the order of its columns (or of `samples`), read in one pass.

    Raises InputRefused as `read_germline` does, before the first person; a person with other than two alleles at a
    position is kept, with that position not assessed.
    """
    path = Path(path)
    header = read_header(path)
    refuse_tumor(header, path.name)
    if not header.samples:
        raise InputRefused(
            f"{path.name}: has no sample column, so no genotype of a person; expected FORMAT and samples"
        )
    columns = {name: number for number, name in enumerate(header.samples)}
    lost = next((name for name in samples or () if name not in columns), None)
    if lost is not None:
        raise InputRefused(f"{path.name}: no sample {shown(lost)} among its {len(columns):,}")
    declared = declared_panel(panel)
    found = read_records(path, header, None)
    decided, problems = decide_build(header, build, found, path.name)
    limits = call_limits(min_quality, min_depth)
    return GermlineCohort(
        document=path.name,
        build=decided,
        samples=tuple(header.samples if samples is None else samples),
        problems=(*problems, *whole_file(found, path, header, limits)),
        _columns=columns,
        _desks=make_desks(found, decided, header, path.name, limits),
        _panel=declared,
    )
