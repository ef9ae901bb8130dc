"""A doctor sends a patient: the form, the records, the way of a referral, and the same as FHIR."""
