"""From a regimen to an order: dose arithmetic, dose changes, tablets, pumps, the course. Decimal numbers throughout."""
