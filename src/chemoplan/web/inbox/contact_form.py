"""The form of the contact page: what is asked, for the page that asks and for the inbox that shows the answers."""

from __future__ import annotations

from chemoplan.web.forms import Field

CONTACT = (
    Field(
        "topic", "radios", "public.contact.topic",
        choices=tuple((name, f"public.contact.topics.{name}") for name in ("visit", "records", "cost", "site", "other")),
    ),
    Field("name", label="public.contact.name", autocomplete="name"),
    Field("email", "email", "public.contact.email", "public.contact.phone_hint", required=False, max_length=254),
    Field("phone", "tel", "public.contact.phone", required=False, max_length=30, autocomplete="tel"),
    Field("message", "textarea", "public.contact.message", "public.contact.message_hint", max_length=3000),
)  # fmt: skip
