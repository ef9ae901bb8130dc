"""What serve --demo shows: invented people and what they did."""
