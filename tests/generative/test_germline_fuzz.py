"""Whatever way a genotype is written it is read the same; whatever the bytes, a reading or one line."""

from __future__ import annotations

import gzip
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pysam")

from chemoplan.genomics.germline.observed import GermlineSample
from chemoplan.genomics.tumor import Build
from chemoplan.intake import InputRefused
from chemoplan.intake.germline import read_germline, read_germline_cohort, read_typed_germline
from chemoplan.intake.germline.sites import Site, site_tables
from chemoplan.knowledge import load_knowledge
from tests.spec.germline_files import header, record, reference_records

POSITIONS = load_knowledge().germline.positions
FEWER = max(settings.default.max_examples // 5, 1) if settings.default else 100


def in_file(content: bytes, name: str = "person.vcf", **options: object) -> GermlineSample | None:
    """The reading, or None after one proper line of refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return read_germline(path, **options)  # type: ignore[arg-type]
        except InputRefused as refused:
            message = str(refused)
            assert message.startswith(name) and message.isprintable() and folder not in message
            return None


@st.composite
def people(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    """Two GRCh38 alleles at every listed position, most of them reference."""
    found = {name: (item.grch38.ref, item.grch38.ref) for name, item in POSITIONS.items()}
    for name in draw(st.lists(st.sampled_from(sorted(POSITIONS)), unique=True, max_size=12)):
        alleles = st.sampled_from((POSITIONS[name].grch38.ref, *POSITIONS[name].grch38.alts))
        found[name] = (draw(alleles), draw(alleles))
    return found


def moved(site: Site, ref: str, alt: str, chance: random.Random) -> tuple[int, str, str]:
    """The same change of a repeat written elsewhere in it, or with more of its bases."""
    whole = alt + site.bases[len(ref) :]
    spots = []
    for start in range(len(site.bases)):
        for end in range(start + 1, len(site.bases) + 1):
            middle = whole[start : len(whole) - (len(site.bases) - end)]
            tail = site.bases[end:]
            if middle and site.bases[:start] + middle + tail == whole:
                spots.append((site.first + start, site.bases[start:end], middle))
    return chance.choice(spots)


def written(person: dict[str, tuple[str, str]], build: Build, chance: random.Random) -> list[str]:
    """Records of a person in one of many ways: split or joined, shifted, phased or not, with or without chr, as blocks."""
    prefix = chance.choice(["chr", ""])
    lines = header(build, prefix=prefix)
    bar = chance.choice("/|")
    for name, pair in person.items():
        site = site_tables()[build].sites[name]
        contig, ref, named = f"{prefix}{site.chromosome}", site.ref, site.reference
        spelled = {form_name: form[: len(form) - len(site.bases) + len(ref)] for form, form_name in site.forms.items()}
        alts = [allele for allele in dict.fromkeys(pair) if allele != named]
        style = chance.choice(["joined", "split", "block"])
        if not alts and style == "block":
            lines.append(
                record(
                    f"{contig}:{site.first}",
                    chance.choice(["N", ref[0]]),
                    "<NON_REF>",
                    f"0{bar}0",
                    info=f"END={site.last}",
                )
            )
        elif style == "joined" or len(alts) < 2:
            offered = list(dict.fromkeys([*alts, *chance.sample(sorted(set(spelled) - {named}), k=len(spelled) - 1)]))
            if site.indel and len(alts) == 1 and chance.random() < 0.5:
                offered = alts
            numbers = [0 if allele == named else offered.index(allele) + 1 for allele in pair]
            position, base, texts = site.first, ref, [spelled[allele] for allele in offered]
            if site.indel and len(offered) == 1:
                position, base, text = moved(site, ref, texts[0], chance)
                texts = [text]
            lines.append(record(f"{contig}:{position}", base, ",".join(texts) or ".", f"{numbers[0]}{bar}{numbers[1]}"))
        else:
            for allele in alts:
                position, base, text = (
                    moved(site, ref, spelled[allele], chance) if site.indel else (site.first, ref, spelled[allele])
                )
                cells = ["1" if item == allele else "0" for item in pair]
                lines.append(record(f"{contig}:{position}", base, text, bar.join(cells)))
    return lines


@given(person=people(), build=st.sampled_from(["GRCh37", "GRCh38"]), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=FEWER)
def test_every_way_of_writing_a_person_is_read_as_that_person(
    person: dict[str, tuple[str, str]], build: Build, seed: int
) -> None:
    lines = written(person, build, random.Random(seed))
    found = in_file("\n".join([*lines, ""]).encode())
    assert found is not None and found.build == build
    for name, item in found.observations.items():
        assert item.status == "called" and sorted(item.alleles) == sorted(person[name]), (name, item)
        assert not item.phased or item.alleles == person[name]


@given(kept=st.sets(st.sampled_from(sorted(POSITIONS))), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=FEWER)
def test_what_is_not_in_the_file_is_never_called(kept: set[str], seed: int) -> None:
    chance = random.Random(seed)
    bad = {name for name in kept if chance.random() < 0.3}
    instead = {
        name: None if name not in kept else chance.choice(["./.", "0/.", "./0"]) if name in bad else "0/0"
        for name in POSITIONS
    }
    found = in_file("\n".join([*header(), *reference_records(instead=instead), ""]).encode())
    assert found is not None
    called = {name for name, item in found.observations.items() if item.status == "called"}
    assert called == kept - bad and all(item.reason for name, item in found.observations.items() if name not in called)


BASE = "\n".join(
    [
        *header(),
        record("chr1:97078900", "N", "<NON_REF>", "0/0:60:30", "GT:GQ:DP", info="END=97440000"),
        record("chr1:97450058", "C", "T", "0/1:60:30", "GT:GQ:DP"),
        record("chr1:97450066", "GG", "G", "0|1:60:30:97450058", "GT:GQ:DP:PS"),
        record("chr1:97883329", "A", "G,*", "1/2:60:30", "GT:GQ:DP"),
        record("chr2:233760233", "C", "CAT", "1|0"),
        record("chr2:233760233", "C", "CATAT", "0|1"),
        record("chr2:233760233", "CAT", "C,<*>", "0|0:.:.,.", "GT:GQ:AD"),
        record("chr2:233760498", "G", "<DEL>", "0/1", info="END=233760980"),
        "",
    ]
).encode()
WORDS = [
    b"\t",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"|",
    b"/",
    b".",
    b",",
    b":",
    b";",
    b"<",
    b"*",
    b"99999999999",
    b"-1",
    b"##x",
    b"nan",
    b"1e9",
]


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    body = content.find(b"#CHROM") if chance.random() < 0.7 else 0
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(max(min(body, len(changed) - 1), 0), max(len(changed), 1)) if changed else 0
        match chance.randint(0, 4):
            case 0:
                del changed[at : at + chance.randint(1, 12)]
            case 1:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                changed[at:at] = chance.choice(WORDS)
            case 3:
                changed[at:at] = changed[at : at + 60]
            case _:
                if chance.random() < 0.3:
                    del changed[at:]
    return bytes(changed)


def check(found: GermlineSample | None) -> None:
    """A reading says something of every position, and nothing that it cannot stand by."""
    if found is None:
        return
    assert set(found.observations) == set(POSITIONS)
    for name, item in found.observations.items():
        assert item.position == name and item.reason.isprintable()
        assert (item.status == "called") == (not item.reason)
        assert len(item.alleles) in ((2,) if item.status == "called" else (0, 2))
        listed = {POSITIONS[name].grch38.ref, *POSITIONS[name].grch38.alts}
        assert all(allele in listed or allele[0] == "?" or allele == "." for allele in item.alleles)
        assert item.status == "not_assessed" or "." not in item.alleles
        assert item.reason == "missing" or item.source is not None
    assert all(problem.message.isprintable() for problem in found.problems)


@given(seed=st.integers(0, 2**32 - 1))
def test_mutated_bytes_give_a_reading_or_one_line(seed: int) -> None:
    chance = random.Random(seed)
    content = mutated(BASE, chance)
    packed = gzip.compress(content) if chance.random() < 0.2 else content
    if packed is not content and chance.random() < 0.5:
        packed = packed[: chance.randrange(len(packed))]
    check(in_file(packed, "person.vcf.gz" if packed is not content else "person.vcf"))


@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"##fileformat=VCFv4.2\n", b"\x1f\x8b\x08", b"BCF\2\2"]),
)
@settings(max_examples=FEWER)
def test_any_bytes_are_refused_in_one_line(content: bytes, start: bytes) -> None:
    check(in_file(start + content))


CELLS = st.text(alphabet="01234./|:,-;PASGT*<>N é\x1b", max_size=12)


@given(cells=st.lists(CELLS, min_size=8, max_size=8))
@settings(max_examples=FEWER)
def test_any_text_in_the_cells_gives_a_reading_or_one_line(cells: list[str]) -> None:
    lines = BASE.decode().split("\n")
    start = len(header())
    rows = [line.split("\t")[:-1] for line in lines[start : start + 8]]
    body = ["\t".join([*row, cell]) for row, cell in zip(rows, cells, strict=True)]
    check(in_file("\n".join([*lines[:start], *body, ""]).encode()))


@given(
    cells=st.lists(st.sampled_from(["0/0", "0|1", "1|0", "./.", "1", "0/1/1", "./1", "0/2"]), min_size=1, max_size=6)
)
@settings(max_examples=FEWER)
def test_a_person_in_a_cohort_is_the_person_alone(cells: list[str]) -> None:
    names = [f"P{number}" for number in range(len(cells))]
    lines = [
        *header(samples=names),
        record("chr1:97450058", "C", "T", cells),
        record("chr2:233760233", "C", "CAT", cells[::-1]),
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.vcf"
        path.write_text("\n".join(lines))
        for person in read_germline_cohort(path):
            try:
                alone = read_germline(path, sample=person.sample)
            except InputRefused:
                assert any("where a person has 2" in item.reason for item in person.observations.values())
                continue
            assert alone == person


@given(
    text=st.one_of(
        st.text(max_size=40), st.from_regex(r"(DPYD|UGT1A1|uracil)[ :]{1,2}[*0-9A-Za-z./ ]{0,20}", fullmatch=True)
    )
)
@settings(max_examples=FEWER)
def test_any_typed_text_is_a_result_or_one_line(text: str) -> None:
    try:
        (found,) = read_typed_germline([text])
        assert found.gene in ("DPYD", "UGT1A1") and found.value
    except InputRefused as refused:
        assert str(refused).isprintable()
