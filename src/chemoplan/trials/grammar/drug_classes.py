"""Reads lists of drugs and classes of drugs: "an anti-PD-1 antibody, a MEK inhibitor or any other PARP inhibitor"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chemoplan.trials.lexicon import lexicon

_ARTICLES = re.compile(
    r"(?:a |an |any |the |other |another |either |specific |approved |prior |previous |treatment with |therapy with |both |more "
    r"|(?:>= ?|>)?(?:1|one)(?: \(1\))?(?: or more)? )*"
)
_JOIN = re.compile(
    r"\s*(?:\((?:e\.g\.,?|i\.e\.?,?|including,?|such as)?[^()]*\))?\s*(?:,|;|/|and/or|or|and|&)*\s*(?:and/or|or|and)?\s*"
)
_SUFFIX = re.compile(
    r"(?:-(?:based|containing))?(?:-(?= ?(?:or|and|,)))?(?: (?:containing|based))?"
    r"(?: (?:chemo-?therap(?:y|ies)|chemotherapeutic|monoclonal|antibod(?:y|ies)|therap(?:y|ies)|regimens?|treatments?|agents?|drugs?"
    r"|inhibitors?|targeted)\b)*(?: \((?:mab|mabs|mt)\))?"
)
_TARGETS = (
    r"(?:parp|alk|met|mtor|akt|erk|raf|mapk|atr|atm|wrn|hdac|trk|ret|ezh2|cdk|btk|aurora kinase|proteasome|tyrosine kinase|multikinase"
    r"|topoisomerase|aromatase|androgen receptor signaling|(?:pan-?)?raf|k?ras|[a-z]\d-[a-z]\d"
    r"|[a-z]{2,6}-?\d{1,3}[a-z]?(?:[-/][a-z]?\d{1,2})?)"
)
_INHIBITOR = re.compile(
    rf"(?P<target>{_TARGETS})(?: pathway)?[- ](?:(?:small[- ]molecule|kinase|receptor) )?(?P<what>inhibitors?|degraders?)(?: therapy)?\b"
)
_TARGETED = re.compile(
    rf"(?P<target>{_TARGETS})[- ](?:targeted|targeting|directed) (?:agents?|therap(?:y|ies)|drugs?|treatments?|antibod(?:y|ies))"
)
_AGAINST = re.compile(
    rf"anti-?(?P<target>{_TARGETS}|tgf-?[bβ]|claudin ?18\.2)"
    r"(?: (?:antibod(?:y|ies)|therap(?:y|ies)|agents?|treatments?))+"
)
_NO_TARGETS = ("ct", "covid-19", "day", "grade")
_PDL1 = re.compile(r"pd-?\(?l\)?-?1|/ ?(?:pd-?)?l-?1|ligand|\(pd-l1\)")
_PD1_ITSELF = re.compile(r"\bpd-?1|\bpd-?\(l\)-?1|death(?: protein)?-? ?1|\(ligand\)")
CHECKPOINT = "immunotherapy(checkpoint)"


@dataclass(frozen=True, slots=True)
class DrugList:
    """The classes of a list, where it begins and ends, and how it is joined ("all", "any", or "" where nothing says)."""

    names: tuple[str, ...]
    begin: int
    end: int
    joined: str


@dataclass(frozen=True, slots=True)
class _Words:
    drug: re.Pattern[str]
    classes: tuple[str, ...]


@lru_cache(maxsize=1)
def _words() -> _Words:
    drugs = lexicon("prior_therapy")["classes"]
    return _Words(
        re.compile("|".join(f"(?P<d{at}>{pattern})" for at, pattern in enumerate(drugs.values()))),
        tuple(drugs),
    )


def drug_list(text: str, at: int) -> DrugList:
    """The drug classes listed from `at` on; no names where none stands there."""
    names: list[str] = []
    begin = end = names_end = at
    joined = ""
    while True:
        article = _ARTICLES.match(text, end)
        start = article.end() if article else end
        found = _one(text, start)
        if found is None:
            break
        if not names:
            begin = start
        else:
            joint = text[names_end:start]
            if re.search(r"\bor\b", joint):
                joined = "any"
            elif re.search(r"\band\b|&", joint):
                joined = "all"
        names.append(found[0])
        suffix = _SUFFIX.match(text, found[1])
        names_end = suffix.end() if suffix else found[1]
        joint_match = _JOIN.match(text, names_end)
        end = joint_match.end() if joint_match else names_end
    return DrugList(_collapsed(names), begin, names_end, joined)


def _one(text: str, at: int) -> tuple[str, int] | None:
    """The class that stands at the place, and where it ends. One that the lexicon does not name is named by its target."""
    table = _words()
    match = table.drug.match(text, at)
    if match is not None:
        name = table.classes[next(index for index in range(len(table.classes)) if match[f"d{index}"])]
        return (_checkpoint(match.group()) if name == CHECKPOINT else name), match.end()
    for pattern, shape in ((_INHIBITOR, "{}_inhibitor"), (_TARGETED, "{}_targeted"), (_AGAINST, "anti_{}")):
        match = pattern.match(text, at)
        if match and match["target"] not in _NO_TARGETS:
            what = (
                shape.replace("inhibitor", "degrader") if match.groupdict().get("what", "").startswith("deg") else shape
            )
            return what.format(re.sub(r"[^a-z0-9]+", "_", match["target"].replace("β", "b"))), match.end()
    return None


def _checkpoint(words: str) -> str:
    """Which checkpoint the words name: PD-1, PD-L1, either of them, or checkpoints as such."""
    if re.search(r"ctla|checkpoint|cd137|l?-?\)?-?2\b", words):
        return CHECKPOINT
    first, ligand = _PD1_ITSELF.search(words) is not None, _PDL1.search(words) is not None
    if first and ligand:
        return "immunotherapy(anti_pd1_or_pdl1)"
    return "immunotherapy(anti_pdl1)" if ligand else "immunotherapy(anti_pd1)"


def _collapsed(names: list[str]) -> tuple[str, ...]:
    """A list that names checkpoints one by one is one class: the narrowest that holds them all."""
    kept = list(dict.fromkeys(names))
    wide = {"immunotherapy", "immunotherapy(checkpoint_or_costimulation)"} & set(kept)
    blocked = [name for name in kept if name == CHECKPOINT or name.startswith("immunotherapy(anti_")]
    if wide:
        return tuple(name for name in kept if name not in blocked)
    if len(blocked) > 1:
        one = CHECKPOINT if CHECKPOINT in blocked else "immunotherapy(anti_pd1_or_pdl1)"
        return tuple(dict.fromkeys(one if name in blocked else name for name in kept))
    return tuple(kept)
