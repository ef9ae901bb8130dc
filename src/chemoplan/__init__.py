"""chemoplan: from a person's facts to an explained, cited chemotherapy plan for rectal cancer."""

__version__ = "0.1.0"
