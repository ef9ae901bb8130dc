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


@page("/design", name="design", who=PUBLIC, methods=("GET", "POST"))
def design(visit: Visit) -> Response:
    """Every piece, for administrators, and for everybody in a demonstration.

    `state=wrong` shows the form filled and with errors, `layout=staff` the frame of the working pages. The form is read and
    checked like any other, and kept nowhere.
    """
    if not visit.building.settings.demo and visit.role not in ADMINISTRATOR:
        return visit.not_found()
    form = Form(FIELDS)
    if visit.method == "POST":
        form = Form.read(FIELDS, visit.data)
        if not form.errors:
            return visit.redirect("design")
    elif visit.query.get("state") == "wrong":
        form = Form(FIELDS, dict(FILLED), list(WRONG))
    layout = "staff" if visit.query.get("layout") == "staff" else "public"
    status = 422 if visit.method == "POST" else 200
    return visit.page("design.html.j2", status=status, form=form, figures=FIGURES, layout=layout)
