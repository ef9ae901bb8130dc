"""Readers, one file a format. A reader states facts and where each came from; it never guesses and never decides."""

from chemoplan.intake.read import read_document, read_reading
from chemoplan.intake.refused import InputRefused

__all__ = ["InputRefused", "read_document", "read_reading"]
