"""From panels, case lists and files to what one sample was tested for. What is not proved to be covered is not covered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chemoplan.case.statement import Problem, Source
from chemoplan.genomics.tumor import Assay
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.refused import shown
from chemoplan.intake.study.clinical import ClinicalSheet
from chemoplan.intake.study.copy_number import CopyCalls, assayed_genes, looked_at
from chemoplan.intake.study.fusions import FusionCalls
from chemoplan.intake.study.panels import PanelMatrix

_PROFILES = ("mutations", "copy_number", "fusions")
_PANEL_COLUMN = "GENE_PANEL"


@dataclass
class Profiles:
    """What the folder says of who was tested for what. `called`, `copies`, `fusions` are None without such a file."""

    matrix: PanelMatrix
    panels: Mapping[str, tuple[frozenset[str], str]]
    listed: Mapping[str, frozenset[str]]
    clinical: ClinicalSheet
    called: frozenset[str] | None
    copies: tuple[CopyCalls, ...] | None
    fusions: FusionCalls | None
    without_list: dict[str, set[str]] = field(default_factory=dict)
    without_panel: set[str] = field(default_factory=set)
    """Panels whose genes are not known, and sequenced samples without a panel, as met by `assays_of`."""

    def done(self, profile: str, sample: str) -> bool:
        """True when the folder holds the profile's file and says that the sample was looked at for it."""
        if not self._has_file(profile):
            return False
        if sample in self.listed.get(profile, ()) or profile in self.matrix.panels.get(sample, {}):
            return True
        if profile == "mutations":
            return sample in (self.called or ())
        if profile == "fusions":
            return self.fusions is not None and sample in self.fusions.by_sample
        return any(calls.by_sample.get(sample) for calls in self.copies or ())

    def panel(self, profile: str, sample: str) -> tuple[str, Source] | None:
        """The panel that looked at a sample for a profile, when it is named. The clinical sheet's column does not tell
        whether a panel looked for fusions."""
        if not self.done(profile, sample):
            return None
        if sample in self.matrix.panels:
            return self.matrix.panels[sample].get(profile)
        row = self.clinical.rows.get(sample) if profile != "fusions" else None
        name = row.cells.get(_PANEL_COLUMN) if row else None
        if row is None or name is None:
            return None
        return name, Source(self.clinical.document, f"line {row.line}, column {_PANEL_COLUMN}")

    def untested(self, samples: tuple[str, ...]) -> dict[str, int]:
        """How many samples are not known to have been looked at, for each profile."""
        return {profile: sum(not self.done(profile, sample) for sample in samples) for profile in _PROFILES}

    def problems(self) -> tuple[Problem, ...]:
        """What is missing to know the coverage, once each."""
        problems = []
        for panel, samples in self.without_list.items():
            if panel.lower() in table("cbioportal")["no_panel"]:
                place, wanted = (
                    f"gene panel {panel}",
                    "no coverage by codon is told, so no gene is taken as read in full",
                )
            else:
                place, wanted = (
                    f"data_gene_panel_{panel}.txt",
                    "not in the folder; its genes are needed to say what was covered",
                )
            problems.append(Problem(place, f"{wanted} ({len(samples)} sample(s) of the panel {shown(panel)})"))
        if self.without_panel:
            message = (
                f"{len(self.without_panel)} sequenced sample(s) name no gene panel; no gene is taken as read in full "
                "(a panel matrix or the column GENE_PANEL with data_gene_panel_*.txt would tell)"
            )
            problems.append(Problem("data_gene_panel_matrix.txt", message))
        return tuple(problems)

    def _has_file(self, profile: str) -> bool:
        return {"mutations": self.called, "copy_number": self.copies, "fusions": self.fusions}[profile] is not None


def assays_of(sample: str, profiles: Profiles) -> tuple[Assay, ...]:
    """What a sample was tested for: one assay a panel, and one for the copy number file."""
    by_panel: dict[str, dict[str, frozenset[str]]] = {}
    sources: dict[str, Source] = {}
    for profile in _PROFILES:
        named = profiles.panel(profile, sample)
        if named is None:
            if profile == "mutations" and profiles.done(profile, sample):
                profiles.without_panel.add(sample)
            continue
        panel, source = named
        sources.setdefault(panel, source)
        genes, _ = profiles.panels.get(panel.lower(), (frozenset(), ""))
        if not genes:
            profiles.without_list.setdefault(panel, set()).add(sample)
        if profile == "copy_number":
            genes = looked_at(genes, profiles.copies or (), sample)
        by_panel.setdefault(panel, {})[profile] = genes
    assays = [
        Assay(
            name=panel,
            source=sources[panel],
            genes=genes.get("mutations", frozenset()),
            copy_number=genes.get("copy_number", frozenset()),
            fusions=genes.get("fusions", frozenset()),
        )
        for panel, genes in by_panel.items()
    ]
    for calls in profiles.copies or ():
        assayed = assayed_genes(calls, sample)
        if assayed:
            source = Source(calls.document, f"sample {sample}")
            assays.append(Assay(f"copy number ({calls.document})", source, copy_number=assayed))
    return tuple(assays)
