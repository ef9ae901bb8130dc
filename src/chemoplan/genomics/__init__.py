"""Variants and what they mean: protein changes, tumor biomarkers, assertions about treatment. Reads no files."""
