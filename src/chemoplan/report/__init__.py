"""A plan as text, JSON, HTML, PDF and FHIR. This room formats what other rooms decided; it never decides."""
