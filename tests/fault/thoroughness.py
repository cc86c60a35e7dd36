"""How thorough the suite is: FAULT_KILLS says it."""

import os

KILLS = int(os.environ.get("FAULT_KILLS", "10"))
# A short run, as in CI, takes samples of what a long one does in full.
THOROUGH = KILLS >= 100
