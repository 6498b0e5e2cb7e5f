"""`python -m bot` is the command `jobwatch`."""

import gc

# Nothing that is imported is ever garbage, and looking for some takes a tenth of the start. The command line switches
# the collector on again.
gc.disable()

from bot.cli import main

if __name__ == "__main__":
    main()
