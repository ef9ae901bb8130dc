"""The living page of the design: every piece in every state, so that it can be looked at and tested in one place."""

from __future__ import annotations

from starlette.responses import Response

from chemoplan.web.access import ADMINISTRATOR, PUBLIC, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.visit import Visit

CHOICES = (("email", "Email"), ("phone", "Phone call"), ("post", "A letter"))
FIELDS = (
    Field("name", label="Full name", hint="As on your insurance card", autocomplete="name", words=True),
    Field("mail", "email", label="Email address", words=True),
    Field("number", "tel", label="Phone number", autocomplete="tel", required=False, words=True),
    Field("weight", "number", label="Weight in kilograms", words=True),
    Field("born", "date", label="Birth date", autocomplete="bday", words=True),
    Field("secret", "password", label="Password", autocomplete="current-password", words=True),
    Field("place", "select", label="Clinic", choices=(("main", "Main building"), ("river", "Riverside")), words=True),
    Field("way", "radios", label="How may we reach you?", hint="Choose one", choices=CHOICES, words=True),
    Field("ways", "checkboxes", label="What may we send?", choices=CHOICES, required=False, words=True),
    Field("agree", "checkbox", label="I want to get reminders", words=True),
    Field("story", "textarea", label="What would you like to say?", hint="A few words are enough", words=True),
    Field("scan", "file", label="Report or scan", hint="PDF, PNG, JPEG or plain text", required=False, words=True),
)
FILLED = {
    "name": "Pat Example", "mail": "pat@example", "number": "555-0123", "weight": "70.5", "born": "11/27/1960",
    "place": "river", "way": "phone", "ways": ["email", "post"], "agree": "yes", "story": "Nothing typed is lost.",
}  # fmt: skip
WRONG = (
    ("name", "form.needed_text"), ("mail", "form.no_email"), ("born", "form.no_date"), ("place", "form.needed_select"),
    ("way", "form.needed_radios"), ("agree", "form.needed_checkbox"), ("scan", "form.file_kind"),
)  # fmt: skip
FIGURES = (
    "rectum", "stages", "margin", "gene-test", "pathway", "stoma", "pump", "hai-flow", "timeline", "watch-and-wait",
)  # fmt: skip


@page("/design", name="design", who=ADMINISTRATOR, languages=("en", "es"))
def design(visit: Visit) -> Response:
    """Every piece. `state=wrong` shows the form with errors, `layout=staff` the working pages."""
    return _shown(visit)


@page("/design/open", name="design-open", who=PUBLIC)
def design_open(visit: Visit) -> Response:
    """The same for everybody, in a demonstration alone."""
    return _shown(visit) if visit.building.settings.demo else visit.not_found()


def _shown(visit: Visit) -> Response:
    wrong = visit.query.get("state") == "wrong"
    form = Form(FIELDS, dict(FILLED) if wrong else {}, list(WRONG) if wrong else [])
    layout = "staff" if visit.query.get("layout") == "staff" else "public"
    return visit.page("design.html.j2", status=422 if wrong else 200, form=form, figures=FIGURES, layout=layout)
