"""`python -m chainrule`: the command line."""

import sys

if __name__ == "__main__":
    try:
        from chainrule.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
