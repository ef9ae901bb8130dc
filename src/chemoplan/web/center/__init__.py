"""The center an installation speaks for: its file, hours, times on offer and prices. All of it is data."""
