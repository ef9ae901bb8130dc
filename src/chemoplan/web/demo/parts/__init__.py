"""What a demonstration shows, one module an area, each with `fill(database, center, people, now)`."""

ORDER = ("referrals", "cases", "releases", "questions_and_symptoms", "board", "preferences", "appointments")
"""The modules in the order in which they fill a database: releases need cases."""
