"""Cohorts: the same answers for many cases, as columns."""
