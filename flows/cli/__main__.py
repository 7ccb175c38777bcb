"""`python -m flows.cli` is `stancewatch`."""

from flows.cli import main

main()
