"""`python -m tzsim`: the same as the command `tzsim`."""

from tzsim.cli import main

main()
