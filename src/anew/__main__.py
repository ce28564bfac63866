"""`python -m anew` is `anew`."""

import sys

from anew.cli import main

sys.exit(main())
