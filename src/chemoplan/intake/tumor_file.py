"""The door for tumor files: recognizes by content what a file is, and puts the files of one tumor together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from chemoplan.case.statement import Problem
from chemoplan.genomics.loci import codons_of
from chemoplan.genomics.tumor import Assay, Build, Fusion, Tumor
from chemoplan.intake.fhir.tables import table
from chemoplan.intake.fusion_table import read_fusions
from chemoplan.intake.refused import InputRefused, shown
from chemoplan.intake.segments import read_copy_number
from chemoplan.intake.typed import Typed, read_typed, read_typed_list
from chemoplan.intake.vcf import read_vcf
from chemoplan.intake.vcf_file import first_bytes, is_vcf
from chemoplan.intake.vcf_header import listed

_ENOUGH = 1 << 16
_EXPECTED = "expected a MAF, a VCF or BCF, a folder of a study, or a list of changes such as 'KRAS G12C', one a line"


def read_tumor(
    path: Path,
    *,
    genes: Collection[str],
    sample: str | None = None,
    build: Build | None = None,
    panels: Sequence[Assay] = (),
    copy_number: Sequence[Path] = (),
    fusions: Sequence[Path] = (),
    typed: Sequence[str] = (),
) -> Tumor:
    """One tumor from its file of calls and whatever else belongs to it.

    `panels` say what was looked at (see `read_gene_panel`), `copy_number` and `fusions` are tables of this tumor, `typed`
    are results that a person states. Raises InputRefused, and nothing else: also when there are several tumors and none is
    named, when a file names another sample or build, and when a typed text is not understood.
    """
    path = Path(path)
    tumor = _one(path, frozenset(genes), sample, build)
    told, name = tumor.build or build, sample or _name(tumor, path)
    for table_path in copy_number:
        copies = read_copy_number(table_path, genes=genes, build=told, sample=name)
        tumor = replace(
            tumor,
            copies=(*tumor.copies, *copies.copies),
            assays=(*tumor.assays, copies.assay),
            problems=(*tumor.problems, *copies.problems),
        )
    for table_path in fusions:
        found = read_fusions(table_path, sample=name)
        kept = tuple(item for item in found.fusions if any(gene in genes for gene in item.genes))
        tumor = replace(
            tumor,
            fusions=(*tumor.fusions, *kept),
            problems=(*tumor.problems, *found.problems, *_others(found.fusions, kept)),
        )
    if typed:
        tumor = _with_typed(tumor, _understood(read_typed(typed, told)))
    return with_panels(tumor, panels)


def with_panels(tumor: Tumor, panels: Sequence[Assay]) -> Tumor:
    """The tumor with what its panels looked at, but for the codons that its own file shows to be read too little."""
    return replace(tumor, assays=(*tumor.assays, *(_without(panel, tumor.shallow) for panel in panels)))


def _without(panel: Assay, shallow: frozenset[tuple[str, int]]) -> Assay:
    """A panel without some codons: a gene that loses one is no longer read as a whole, only in its other known codons."""
    partly = {gene for gene, _ in shallow} & panel.genes
    rest = {(gene, codon.number) for gene in partly for codon in codons_of(gene)}
    return replace(panel, genes=panel.genes - partly, codons=(panel.codons | rest) - shallow)


def _name(tumor: Tumor, path: Path) -> str | None:
    """The sample as the file itself names it; None where the name is only a role (TUMOR) or taken from the file's."""
    made_up = tumor.sample in (path.stem, path.name.split(".")[0])
    return None if made_up or tumor.sample.lower() in table("vcf")["tumor_columns"] else tumor.sample


def read_tumors(path: Path, *, genes: Collection[str], build: Build | None = None) -> tuple[Tumor, ...]:
    """Every tumor of a MAF or a study folder, or the one tumor of a VCF or a list. Raises InputRefused.

    What the file as a whole has to say is told with each of its tumors.
    """
    tumors, problems = read_file_of_tumors(path, genes=genes, build=build)
    return tuple(_with_problems(tumor, problems) for tumor in tumors) if problems else tumors


def read_file_of_tumors(
    path: Path, *, genes: Collection[str], build: Build | None = None
) -> tuple[tuple[Tumor, ...], tuple[Problem, ...]]:
    """The same with what the file as a whole has to say apart, told once."""
    path = Path(path)
    if path.is_dir():
        return _study(path, frozenset(genes))
    start = _start(path)
    if is_vcf(start) or not (_is_maf(start) or _named_maf(path)):
        tumor = _one(path, frozenset(genes), None, build)
        return (replace(tumor, problems=()),), tumor.problems
    tumors, problems = _maf(path, frozenset(genes), build)
    if not tumors:
        raise InputRefused(f"{path.name}: holds no tumor{_first(problems)}; {_EXPECTED}")
    return tumors, problems


def _first(problems: Sequence[Problem]) -> str:
    return f" ({problems[0].message})" if problems else ""


def _with_problems(tumor: Tumor, problems: tuple[Problem, ...]) -> Tumor:
    return replace(tumor, problems=tuple(dict.fromkeys((*problems, *tumor.problems))))


def _one(path: Path, genes: frozenset[str], sample: str | None, build: Build | None) -> Tumor:
    if path.is_dir():
        return _picked(path, *_study(path, genes), sample, build)
    start = _start(path)
    if not start.strip():
        raise InputRefused(f"{path.name}: empty; {_EXPECTED}")
    if is_vcf(start) or _named_vcf(path):
        return read_vcf(path, genes=genes, build=build, sample=sample)
    if _is_maf(start) or _named_maf(path):
        return _picked(path, *_maf(path, genes, build), sample, build)
    return _list(path, start, sample, build)


def _start(path: Path) -> bytes:
    """Enough of a file to see its header, without a byte order mark."""
    return first_bytes(path, _ENOUGH).removeprefix(b"\xef\xbb\xbf")


def _named_vcf(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith((".vcf", ".vcf.gz", ".vcf.bgz", ".bcf"))


def _is_maf(start: bytes) -> bool:
    """True when the first line that is no comment names the first column of a MAF; what else it lacks, the reader tells."""
    lines = (line for line in start.replace(b"\r", b"\n").split(b"\n") if line.strip() and not line.startswith(b"#"))
    return b"hugo_symbol" in next(lines, b"").lower()


def _named_maf(path: Path) -> bool:
    return path.name.lower().endswith((".maf", ".maf.gz", ".maf.bgz"))


def _maf(path: Path, genes: frozenset[str], build: Build | None) -> tuple[tuple[Tumor, ...], tuple[Problem, ...]]:
    from chemoplan.intake.maf import read_maf

    reading = read_maf(path, genes=genes, build=build)
    return reading.tumors, reading.problems


def _study(path: Path, genes: frozenset[str]) -> tuple[tuple[Tumor, ...], tuple[Problem, ...]]:
    from chemoplan.intake.study import read_study

    study = read_study(path, genes=genes)
    return study.tumors, study.problems


def _picked(
    path: Path, tumors: tuple[Tumor, ...], problems: tuple[Problem, ...], sample: str | None, build: Build | None
) -> Tumor:
    """The one tumor, or the one that is named."""
    names = [tumor.sample for tumor in tumors]
    if not tumors:
        raise InputRefused(f"{path.name}: holds no tumor{_first(problems)}; {_EXPECTED}")
    if sample is None:
        if len(tumors) > 1:
            raise InputRefused(f"{path.name}: holds {len(tumors)} samples ({listed(names)}); name one with --sample")
        found = tumors[0]
    else:
        of_sample = [tumor for tumor in tumors if tumor.sample == sample]
        if not of_sample:
            raise InputRefused(f"{path.name}: no sample {shown(sample)}; it holds {listed(names)}")
        found = of_sample[0]
    if build is not None and found.build is not None and found.build != build:
        raise InputRefused(f"{path.name}: is on {found.build}, but {build} was given; expected one build")
    return _with_problems(found, problems)


def _list(path: Path, start: bytes, sample: str | None, build: Build | None) -> Tumor:
    """A text with one statement a line. A line that is not understood refuses the list: it might be what matters."""
    if b"\0" in start or path.suffix.lower() not in (".txt", ".list", ""):
        raise InputRefused(f"{path.name}: not recognized; {_EXPECTED}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused(f"{path.name}: not UTF-8 text; {_EXPECTED}") from None
    stated = _understood(read_typed_list(text, path.name, build))
    if not (stated.variants or stated.copies or stated.fusions or stated.results):
        raise InputRefused(f"{path.name}: states nothing; {_EXPECTED}")
    empty = Tumor(sample=sample or path.stem, build=build, calls=len(stated.variants) if stated.variants else None)
    return _with_typed(empty, stated)


def _understood(stated: Typed) -> Typed:
    if stated.problems:
        first, *others = stated.problems
        more = f" (and {len(others)} more)" if others else ""
        raise InputRefused(f"{first.path}: {first.message}{more}")
    return stated


def _with_typed(tumor: Tumor, stated: Typed) -> Tumor:
    return replace(
        tumor,
        variants=(*tumor.variants, *stated.variants),
        copies=(*tumor.copies, *stated.copies),
        fusions=(*tumor.fusions, *stated.fusions),
        results=(*tumor.results, *stated.results),
    )


def _others(found: Sequence[Fusion], kept: Sequence[Fusion]) -> tuple[Problem, ...]:
    """Fusions of genes that nobody asked about are counted, not dropped in silence."""
    count = len(found) - len(kept)
    if not count:
        return ()
    fusions = "1 fusion of other genes was" if count == 1 else f"{count} fusions of other genes were"
    return (Problem(found[0].source.document, f"{fusions} read and mean nothing here"),)
