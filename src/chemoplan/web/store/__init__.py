"""What is kept and how: the tables, the two databases, the steps between versions, the log, the copies."""
