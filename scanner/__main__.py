"""``python -m scanner`` is ``clearway``."""

import sys

from scanner.commands import main

sys.exit(main())
