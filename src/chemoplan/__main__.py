"""`python -m chemoplan`."""

from chemoplan.cli import main

main()
