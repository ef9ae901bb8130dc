"""Registry records in any of their forms, read into one."""

from chemoplan.trials.registry.read import read_records

__all__ = ["read_records"]
