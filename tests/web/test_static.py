"""The files that every page loads: whole, small, our own, and free of other hosts and other people's marks."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from chemoplan.web.building import STATIC
from chemoplan.web.center.file import load_center

TEMPLATES = STATIC.parent / "templates"
STYLE = (STATIC / "style.css").read_text(encoding="utf-8")
HTMX_4_0_1 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
OWN = sorted(
    path for path in [*STATIC.rglob("*"), *TEMPLATES.rglob("*.j2")] if path.suffix in (".css", ".js", ".svg", ".j2")
)


def test_htmx_is_the_pinned_release_with_its_license_beside_it() -> None:
    assert hashlib.sha256((STATIC / "htmx.min.js").read_bytes()).hexdigest() == HTMX_4_0_1
    assert "Zero-Clause BSD" in (STATIC / "htmx.LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_file_names_an_outside_host_or_a_mark_of_others(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|(?:src|href)=\"//|url\(\s*[\"']?//", text)
    assert not re.search(r"\bNHS\b|nhsuk|Frutiger|mskcc|Sloan", text, re.IGNORECASE)


# A `_paper` becomes a PDF and is sent to no browser: it carries its style within.
PAGES = [path for path in OWN if path.suffix == ".j2" and not path.name.endswith("_paper.html.j2")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_template_writes_a_style_or_a_script_into_the_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", text)


def test_style_and_script_stay_small() -> None:
    assert len(STYLE.encode()) <= 40_000
    assert (STATIC / "enhance.js").stat().st_size < 4_096


def test_every_file_that_the_style_names_is_there() -> None:
    named = re.findall(r"url\(([^)]+)\)", STYLE)
    assert named
    for name in named:
        assert (STATIC / name).read_bytes()[:4] == b"wOF2"
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / "LICENSE.txt").read_text(encoding="utf-8").upper()


def test_every_custom_property_that_is_used_is_defined() -> None:
    used = set(re.findall(r"var\((--[a-z-]+)\)", STYLE))
    assert used <= set(re.findall(r"(--[a-z-]+):", STYLE))


# Text color, ground, least contrast.
PAIRS = (
    *(("--ink", ground, 4.5) for ground in ("--paper", "--sand-deep")),
    *(("--quiet", ground, 4.5) for ground in ("--paper", "--sand", "--tint", "--sand-deep")),
    *((f"--{tone}", f"--{tone}-tint", 4.5) for tone in ("good", "open", "bad", "calm")),
    *(("--brand", ground, 4.5) for ground in ("--paper", "--sand", "--brand-tint")),
    *(("--paper", ground, 4.5) for ground in ("--brand-dark", "--bad")),
    ("--warm", "--sand", 4.5),
    *(("--focus", ground, 3) for ground in ("--paper", "--sand-deep")),
    ("--edge", "--paper", 3),
)


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_colors_keep_their_contrast(text: str, ground: str, least: float) -> None:
    assert contrast(token(text), token(ground)) >= least


def test_the_colors_of_the_center_keep_the_contrast_of_the_defaults() -> None:
    brand = load_center().brand
    assert contrast(brand["color"], "#ffffff") >= 4.5
    assert contrast("#ffffff", brand["color_dark"]) >= 4.5
    assert contrast(brand["color"], brand["tint"]) >= 4.5


def token(name: str) -> str:
    """The value of a custom property; one that names another is followed."""
    value = re.search(rf"{name}: ([^;]+);", STYLE)
    assert value, name
    named = re.fullmatch(r"var\((--[a-z-]+)\)", value[1])
    return token(named[1]) if named else value[1]


def contrast(one: str, other: str) -> float:
    """The contrast of two colors after WCAG."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    """The relative luminance of #rgb or #rrggbb."""
    digits = color.lstrip("#")
    whole = "".join(sign * 2 for sign in digits) if len(digits) == 3 else digits
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
