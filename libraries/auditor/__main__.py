"""`python -m libraries.auditor`."""

import sys

from libraries.auditor.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
