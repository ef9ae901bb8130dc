"""The words of diagnoses: which cancers a text names, with the site and histology of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.lexicon import lexicon


@dataclass(frozen=True, slots=True)
class Words:
    """The lexicon of tumors made ready. `extents[i]` are the tests that the group `e{i}` of `extent` stands for."""

    core: re.Pattern[str]
    extent: re.Pattern[str]
    extents: tuple[tuple[tuple[str, str | bool], ...], ...]
    sites: tuple[str, ...]
    histologies: tuple[str, ...]
    alone: tuple[str, ...]
    lone: tuple[str, ...]
    any_cancer: re.Pattern[str]
    named: re.Pattern[str]
    names: tuple[str, ...]
    site_alone: re.Pattern[str]


@lru_cache(maxsize=1)
def words() -> Words:
    """The lexicon, read once."""
    data = lexicon("tumor")
    cancers, sites, histologies = data["cancers"], data["sites"], data["histologies"]
    nouns, adjectives, alone = ([], [], [])  # type: tuple[list[str], list[str], list[str]]
    for at, entry in enumerate(sites.values()):
        nouns.append(f"(?P<n{at}>{entry['noun']})")
        adjectives.append(f"(?P<a{at}>{entry['adjective']})")
        if "alone" in entry:
            alone.append(f"(?P<w{at}>{entry['alone']})")
    kinds = "|".join(f"(?P<h{at}>{pattern})" for at, pattern in enumerate(histologies.values()))
    again = "|".join(f"(?P<g{at}>{pattern})" for at, pattern in enumerate(histologies.values()))
    lone = "|".join(f"(?P<y{at}>{pattern})" for at, pattern in enumerate(data["histology_alone"].values()))
    noun = "|".join(nouns)
    after = "|".join(item.replace("(?P<n", "(?P<m") for item in nouns)
    core = (
        rf"\b(?:(?P<solid>{data['solid']})"
        rf"|(?:(?:{'|'.join(adjectives)}) (?:{kinds}|{cancers})"
        rf"|(?:{again}|{cancers}) (?:of|in|originating in|arising from) (?:the )?(?:{noun})(?: or (?:the )?(?:{after}))?)"
        rf"(?: \(m?(?:crc|pdac|nsclc|hnscc|scchn|hcc|tnbc|rcc|npc|btc)\))?"
        rf"|(?:{'|'.join(alone)})|(?:{lone}))\b"
    )
    extent = "|".join(f"(?P<e{at}>{pattern})" for at, pattern in enumerate(data["extents"]))
    named = "|".join(f"(?P<k{at}>{pattern})" for at, pattern in enumerate(data["histology_named"].values()))
    tests = tuple(tuple((name, value) for name, value in pairs) for pairs in data["extents"].values())
    each = [
        f"(?P<s{at}>{entry['adjective']}|{entry['noun']}" + (f"|{entry['alone']})" if "alone" in entry else ")")
        for at, entry in enumerate(sites.values())
    ]
    return Words(
        re.compile(core),
        re.compile(rf"(?:{extent})\b"),
        tests,
        tuple(map(str, sites)),
        tuple(map(str, histologies)),
        tuple(entry.get("alone_histology", "") for entry in sites.values()),
        tuple(map(str, data["histology_alone"])),
        re.compile(rf"(?:{data['any_cancer']})\b"),
        re.compile(rf"(?:{named})\b"),
        tuple(map(str, data["histology_named"])),
        re.compile(rf"(?:{'|'.join(each)})(?: (?:{cancers}))?"),
    )


@dataclass(frozen=True, slots=True)
class Core:
    """One named cancer: its site and histology, "" where none is named; both are "" for any solid tumor."""

    start: int
    end: int
    site: str
    histology: str


_DIGESTIVE = re.compile(
    r"\bgastrointestinal(?: \(gi\))?(?: tract)? (?:malignanc(?:y|ies)|cancers?|tumou?rs?)\s*\((?P<list>[^()]*)\)"
)


def cores(text: str, start: int = 0, stop: int | None = None) -> list[Core]:
    """Every cancer that a plain text names from `start` on, up to `stop`."""
    table = words()
    found = []
    for match in table.core.finditer(text, start, len(text) if stop is None else stop):
        group = match.groupdict()
        sites = [
            table.sites[int(key[1:])]
            for key, value in group.items()
            if value and key[0] in "nmaw" and key[1:].isdigit()
        ]
        kinds = [
            table.histologies[int(key[1:])]
            for key, value in group.items()
            if value and key[0] in "hg" and key[1:].isdigit()
        ]
        kinds += [
            table.alone[int(key[1:])] for key, value in group.items() if value and key[0] == "w" and key[1:].isdigit()
        ]
        kinds += [table.lone[int(key[1:])] for key, value in group.items() if value and re.fullmatch(r"y\d+", key)]
        found.append(Core(match.start(), match.end(), ",".join(sites), kinds[0] if kinds else ""))
    digestive = _DIGESTIVE.search(text, start) if "gastrointestinal" in text else None
    listed = sites_listed(digestive["list"]) if digestive else ()
    if digestive and listed:
        begin, end = digestive.span()
        outside = [core for core in found if core.end <= begin or core.start >= end]
        found = sorted([*outside, Core(begin, end, ",".join(listed), "")], key=lambda core: core.start)
    return found


def sites_listed(text: str) -> tuple[str, ...]:
    """The sites of a list such as "gastric, pancreatic or anal cancer"; none where one of its words is no site."""
    table = words()
    found: list[str] = []
    for part in re.split(r",\s*(?:and/or |and |or )?|\s+(?:and/or|and|or)\s+", text.strip()):
        match = table.site_alone.fullmatch(part.strip())
        if match is None:
            return ()
        found += table.sites[next(at for at in range(len(table.sites)) if match[f"s{at}"])].split(",")
    return tuple(dict.fromkeys(found))
