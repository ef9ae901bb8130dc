"""The front door for patients and referrers, and the case page for care teams. Shows, never decides."""
