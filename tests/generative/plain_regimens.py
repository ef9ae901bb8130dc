"""The regimens once more, written down by hand and by no shared code: the published figures as a clinician would say them.

Each line: part, figure, `m2` or `kg` or `flat`, and what else bears on the dose. Used by the second implementation in plain_orders.py.
"""

from __future__ import annotations

Line = tuple[str, float, str]

OX = ("oxaliplatin", 85, "m2")
LV = ("leucovorin", 400, "m2")
BOLUS = ("fluorouracil-bolus", 400, "m2")
PUMP = ("fluorouracil-infusion", 2400, "m2")
IRI = ("irinotecan", 180, "m2")
BEV = ("bevacizumab", 5, "kg")
BEV3 = ("bevacizumab", 7.5, "kg")
CET = ("cetuximab", 500, "m2")
PAN = ("panitumumab", 6, "kg")
ENCO = ("encorafenib", 300, "flat")
FUDR = ("floxuridine", 0.12, "pump")
RT = ("radiation", 50.4, "flat")

FOLFOX = [OX, LV, BOLUS, PUMP]
FOLFIRI = [IRI, LV, BOLUS, PUMP]
SLV = [LV, BOLUS, PUMP]
DE_GRAMONT = [("leucovorin", 200, "m2"), BOLUS, ("fluorouracil-infusion", 600, "m2")]
CAPE = ("capecitabine", 1250, "m2")
CAPE_OX = [("oxaliplatin", 130, "m2"), ("capecitabine", 1000, "m2")]
CAPE_IRI = [("irinotecan", 200, "m2"), ("capecitabine", 800, "m2")]
TRIPLET = [("irinotecan", 165, "m2"), OX, ("leucovorin", 200, "m2"), ("fluorouracil-infusion", 3200, "m2")]
FTD = ("trifluridine_tipiracil", 35, "m2")

PLAIN: dict[str, list[Line]] = {
    "mfolfox6": FOLFOX,
    "mfolfox6-uk-flat-folinate": [OX, ("leucovorin", 350, "flat"), BOLUS, PUMP],
    "mfolfox7": [OX, ("leucovorin", 200, "m2"), PUMP],
    "folfox4": [OX, *DE_GRAMONT],
    "capox": CAPE_OX,
    "folfiri": FOLFIRI,
    "folfiri-nz-low-dose-folinate": [IRI, ("leucovorin", 50, "flat"), BOLUS, PUMP],
    "mfolfirinox-prodige23": [OX, IRI, LV, PUMP],
    "folfoxiri": TRIPLET,
    "lv5fu2": DE_GRAMONT,
    "slv5fu2": SLV,
    "roswell-park": [("leucovorin", 500, "m2"), ("fluorouracil-bolus", 500, "m2")],
    "quasar": [("leucovorin", 50, "flat"), ("fluorouracil-bolus", 370, "m2")],
    "capecitabine": [CAPE],
    "capiri": CAPE_IRI,
    "irinotecan-q3w": [("irinotecan", 350, "m2")],
    "irinotecan-weekly": [("irinotecan", 125, "m2")],
    "lccrt-capecitabine": [RT, ("capecitabine", 825, "m2")],
    "lccrt-fluorouracil": [RT, ("fluorouracil-infusion", 225, "m2")],
    "lccrt-fluorouracil-cao": [RT, ("fluorouracil-infusion", 1000, "m2")],
    "scrt": [("radiation", 25, "flat")],
    "mfolfox6-bevacizumab": [BEV, *FOLFOX],
    "folfiri-bevacizumab": [BEV, *FOLFIRI],
    "folfoxiri-bevacizumab": [BEV, *TRIPLET],
    "slv5fu2-bevacizumab": [BEV, *SLV],
    "capox-bevacizumab": [BEV3, *CAPE_OX],
    "capecitabine-bevacizumab": [BEV3, CAPE],
    "capiri-bevacizumab": [BEV3, *CAPE_IRI],
    "folfiri-ziv-aflibercept": [("ziv_aflibercept", 4, "kg"), *FOLFIRI],
    "folfiri-ramucirumab": [("ramucirumab", 8, "kg"), *FOLFIRI],
    "mfolfox6-cetuximab": [CET, *FOLFOX],
    "mfolfox6-panitumumab": [PAN, *FOLFOX],
    "mfolfox6-encorafenib-cetuximab": [ENCO, CET, *FOLFOX],
    "folfiri-cetuximab": [CET, *FOLFIRI],
    "folfiri-panitumumab": [PAN, *FOLFIRI],
    "folfiri-encorafenib-cetuximab": [ENCO, CET, *FOLFIRI],
    "folfoxiri-panitumumab": [PAN, ("irinotecan", 150, "m2"), OX, ("leucovorin", 200, "m2"), PUMP],
    "irinotecan-cetuximab": [CET, IRI],
    "cetuximab": [("cetuximab", 250, "m2")],
    "panitumumab": [PAN],
    "encorafenib-cetuximab": [ENCO, ("cetuximab", 250, "m2")],
    "pembrolizumab": [("pembrolizumab", 200, "flat")],
    "nivolumab": [("nivolumab", 240, "flat")],
    "nivolumab-ipilimumab": [("nivolumab", 240, "flat"), ("ipilimumab", 1, "kg")],
    "dostarlimab-rectal": [("dostarlimab", 500, "flat")],
    "tucatinib-trastuzumab": [("tucatinib", 300, "flat"), ("trastuzumab", 6, "kg")],
    "pertuzumab-trastuzumab": [("pertuzumab", 420, "flat"), ("trastuzumab", 6, "kg")],
    "lapatinib-trastuzumab": [("lapatinib", 1000, "flat"), ("trastuzumab", 2, "kg")],
    "trastuzumab-deruxtecan": [("trastuzumab_deruxtecan", 5.4, "kg")],
    "sotorasib-panitumumab": [("sotorasib", 960, "flat"), PAN],
    "adagrasib-cetuximab": [("adagrasib", 600, "flat"), CET],
    "adagrasib-panitumumab": [("adagrasib", 600, "flat"), PAN],
    "trifluridine-tipiracil": [FTD],
    "trifluridine-tipiracil-bevacizumab": [BEV, FTD],
    "regorafenib": [("regorafenib", 160, "flat")],
    "fruquintinib": [("fruquintinib", 5, "flat")],
    "larotrectinib": [("larotrectinib", 100, "flat")],
    "entrectinib": [("entrectinib", 600, "flat")],
    "repotrectinib": [("repotrectinib", 160, "flat")],
    "selpercatinib": [("selpercatinib", 160, "flat")],
    "hai-floxuridine": [FUDR],
    "hai-floxuridine-irinotecan": [FUDR, ("irinotecan", 200, "m2")],
    "hai-floxuridine-oxaliplatin-fluorouracil": [FUDR, OX, LV, ("fluorouracil-infusion", 2000, "m2")],
    "hai-floxuridine-oxaliplatin-irinotecan": [FUDR, ("oxaliplatin", 100, "m2"), ("irinotecan", 150, "m2")],
}
LOADING = {
    ("cetuximab", "cetuximab"): 400,
    ("encorafenib-cetuximab", "cetuximab"): 400,
    ("tucatinib-trastuzumab", "trastuzumab"): 8,
    ("pertuzumab-trastuzumab", "pertuzumab"): 840,
    ("pertuzumab-trastuzumab", "trastuzumab"): 8,
    ("lapatinib-trastuzumab", "trastuzumab"): 4,
}
"""Figures of the first dose where it is another one."""
LIGHT = {
    ("selpercatinib", "selpercatinib"): (50, 120, "flat"),
    ("nivolumab-ipilimumab", "nivolumab"): (40, 3, "kg"),
}
"""Below a weight in kg another figure: selpercatinib 120 mg below 50 kg, nivolumab 3 mg/kg below 40 kg."""
