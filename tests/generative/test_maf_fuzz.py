"""Whatever the bytes: a reading in which every row is accounted for, or one refusing line."""

from __future__ import annotations

import gzip
import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.intake.maf import MafReading, read_maf
from chemoplan.intake.refused import InputRefused

HEADER = (
    "Hugo_Symbol\tNCBI_Build\tChromosome\tStart_Position\tVariant_Classification\tReference_Allele\tTumor_Seq_Allele1\t"
    "Tumor_Seq_Allele2\tTumor_Sample_Barcode\tHGVSc\tHGVSp_Short\tHGVSp\tHGVSg\tt_depth\tt_ref_count\tt_alt_count\tFILTER\t"
    "Mutation_Status"
)
ROWS = [
    "KRAS\tGRCh37\t12\t25398284\tMissense_Mutation\tC\tC\tT\tS1\tc.35G>A\tp.G12D\tp.Gly12Asp\t\t100\t75\t25\tPASS\tSomatic",
    "KRAS\tGRCh37\t12\t25398285\tMissense_Mutation\tC\tC\tA\tS2\tc.34G>T\tp.G12C\t\t12:g.25398285C>A\t\t10\t5\twga\t",
    "TP53\tGRCh37\t17\t7577538\tMissense_Mutation\tC\tC\tT\tS1\t\tp.R248Q\t\t\t\t\t\t\tGermline",
    "EGFR\tGRCh37\t7\t55242465\tIn_Frame_Del\tGGAATTAAGAGAAGC\tGGAATTAAGAGAAGC\t-\tS3\t\tp.E746_A750del\t\t\t9\t\t4\t\t",
    "TTN\tGRCh37\t2\t1\tSilent\tA\tA\tG\tS3\t\tp.A1=\t\t\t\t\t\t\t",
    "Other Biomarkers\t\t\t\t\t\t\t\tS1\t\tMSI-H\t\t\t\t\t\t\t",
]
CELLS = [
    "",
    ".",
    "NA",
    "-",
    "KRAS",
    "S1",
    "GRCh38",
    "p.?",
    "c.35G>A",
    "12:g.1_2delinsAA",
    "\x1b[31m",
    "é",
    "9" * 30,
    "Silent",
]


def read(content: bytes, genes: frozenset[str]) -> MafReading | None:
    """The reading, or None after one proper line of refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.maf"
        path.write_bytes(content)
        try:
            return read_maf(path, genes=genes)
        except InputRefused as refused:
            message = str(refused)
            assert message.startswith("calls.maf") and message.isprintable()
            return None


def check(content: bytes, reading: MafReading | None, rows: int | None = None) -> None:
    """Every row is a call of a tumor, or set aside with a count and (but for reported results) a problem line."""
    if reading is None:
        return
    calls = sum(tumor.calls or 0 for tumor in reading.tumors)
    assert calls + sum(reading.set_aside.values()) == reading.rows
    if rows is not None:
        assert reading.rows == rows
    told = " ".join(problem.message for problem in reading.problems)
    for reason, words in (
        ("no sample", "belong to no tumor"),
        ("not somatic", "no somatic"),
        ("repeated", "counted once"),
    ):
        assert (reason in reading.set_aside) == (words in told)
    for tumor in reading.tumors:
        assert tumor.sample.isprintable() and 0 <= (tumor.altering or 0) <= (tumor.calls or 0)
        assert 0 <= tumor.uninterpreted <= (tumor.calls or 0)
        for variant in tumor.variants:
            assert variant.text.isprintable() and variant.source.locator.startswith("line ")
            line = int(variant.source.locator.removeprefix("line "))
            assert 1 < line <= content.count(b"\n") + content.count(b"\r") + 1


GENES = st.sampled_from([frozenset[str](), frozenset({"KRAS", "EGFR"})])


@given(seed=st.integers(0, 2**32 - 1), genes=GENES)
@settings(max_examples=settings.default.max_examples // 2)
def test_mutated_bytes_give_a_reading_or_one_line(seed: int, genes: frozenset[str]) -> None:
    chance = random.Random(seed)
    content = bytearray("\n".join([HEADER, *chance.choices(ROWS, k=chance.randint(0, 8)), ""]).encode())
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content)) if content else 0
        size = chance.randint(1, 12)
        match chance.randint(0, 4):
            case 0:
                del content[at : at + size]
            case 1:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                content[at:at] = chance.choice(
                    [b"\t", b"\n", b"\r\n", b"\r", b"#", b'"', b"\0", b"\xff", b"\n\n", b"\n#x"]
                )
            case 3:
                content[at:at] = content[at : at + 200]
            case _:
                del content[at:]
    packed = gzip.compress(bytes(content)) if chance.random() < 0.2 else bytes(content)
    if packed != content and chance.random() < 0.5:
        packed = packed[: chance.randrange(1, len(packed))]
    check(bytes(content), read(packed, genes))


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(ROWS), st.lists(st.tuples(st.integers(0, 17), st.sampled_from(CELLS)))), min_size=1
    ),
    genes=GENES,
)
@settings(max_examples=settings.default.max_examples // 2)
def test_no_row_of_odd_cells_is_lost(rows: list[tuple[str, list[tuple[int, str]]]], genes: frozenset[str]) -> None:
    lines = []
    for row, changes in rows:
        cells = row.split("\t")
        for place, cell in changes:
            cells[place] = cell
        lines.append("\t".join(cells))
    content = "\n".join([HEADER, *lines]).encode()
    check(content, read(content, genes), rows=sum(bool(line.strip()) for line in lines))


@given(content=st.binary(max_size=300))
@settings(max_examples=settings.default.max_examples // 2)
def test_any_bytes_give_a_reading_or_one_line(content: bytes) -> None:
    check(content, read(content, frozenset()))


@given(text=st.text(max_size=60), column=st.sampled_from(HEADER.split("\t")))
@settings(max_examples=settings.default.max_examples // 2)
def test_any_text_in_any_cell_gives_a_reading_or_one_line(text: str, column: str) -> None:
    cells = ROWS[0].split("\t")
    cells[HEADER.split("\t").index(column)] = text
    content = "\n".join([HEADER, "\t".join(cells), ROWS[1], ""]).encode("utf-8", errors="replace")
    check(content, read(content, frozenset()))
