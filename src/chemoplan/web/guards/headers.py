"""The headers of every answer: what a page may load (its own files alone), who may frame it (nobody), what stays in a cache."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

POLICY = "; ".join(
    (
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "font-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "manifest-src 'self'",
    )
)  # fmt: skip
FIXED = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
ONE_YEAR = 31_536_000


def harden(headers: MutableHeaders, *, secure: bool) -> None:
    """Put the fixed headers on an answer. What says nothing about caching is kept nowhere: it may be about a person."""
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store")
    if secure:
        headers.setdefault("strict-transport-security", f"max-age={ONE_YEAR}; includeSubDomains")
