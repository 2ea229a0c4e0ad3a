"""Start hoga with `python -m hoga`."""

import sys

from hoga.cli import main

if __name__ == "__main__":
    sys.exit(main())
