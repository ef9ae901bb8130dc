"""Every cookie that the application can set. All of them are needed for something that the visitor asked for; there are no others."""

from __future__ import annotations

COOKIES = (
    "form",
    "session",
    "provider",
    "appointment",
    "appointment-kept",
    "refer",
    "referral",
    "referral-code",
    "banner",
)
"""The names without the prefix that they carry over TLS. What each is for, and how long it stays: legal.cookies.list."""
DRAFTS = ("appointment", "appointment-kept", "refer")
"""Cookies that open a draft: forgetting the device throws the draft away too."""
