"""The care team's work on one person: the case and its versions, what they see of it, orders, releases, the board."""
