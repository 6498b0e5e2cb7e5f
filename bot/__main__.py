"""`python -m bot` is the command `jobwatch`."""

from bot.cli import main

main()
