"""Registered studies: their records, their eligibility text as criteria, and the verdict for a person."""
