"""How thorough the suite is: FAULT_KILLS says it."""

import os

KILLS = int(os.environ.get("FAULT_KILLS", "10"))
# A run ends after that many seconds even if there were fewer kills.
SECONDS = float(os.environ.get("FAULT_SECONDS", "inf"))
# A short run, as in CI, takes samples of what a long one does in full.
THOROUGH = KILLS >= 100
