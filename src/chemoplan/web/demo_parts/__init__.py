"""What a demonstration shows, one module an area: `fill(database, center, people, now)`, in the order of the file names."""
