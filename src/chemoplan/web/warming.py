"""What every process loads before its first visitor, so that nobody waits for it: words, templates, knowledge, a first plan."""

from __future__ import annotations

from datetime import UTC, datetime

from chemoplan.web.building import Building


def warm(building: Building) -> None:
    """Load and compile what the pages share. Takes a few seconds once, and changes nothing."""
    from chemoplan.case import resolve
    from chemoplan.intake.examples import example_readings
    from chemoplan.knowledge import load_knowledge
    from chemoplan.knowledge.people_texts import load_texts
    from chemoplan.plan.recommend import recommend
    from chemoplan.web.center.hours import status_words
    from chemoplan.web.say import SCREEN

    load_texts()
    load_texts(SCREEN)
    for name in building.templates.list_templates(extensions=["j2"]):
        building.templates.get_template(name)
    knowledge = load_knowledge(building.settings.knowledge)
    for reading in example_readings():
        recommend(resolve(reading, knowledge), knowledge)
    building.load_reviews()
    status_words(building.center, datetime.now(UTC), "en")
