"""Who gets the processor first: long queries stand back behind everything that is short.

Linux may schedule every session as one group ("autogroup"), and a reader is a session of its own, so there the priority
of the group counts and that of the process is not looked at.
"""

import os
from pathlib import Path

COURTEOUS = 15
"""A tenth of the weight of an ordinary process and less, but never nothing: the query still ends."""


def lower(pid: int) -> bool:
    """Lower the priority of a process; True if the system did so."""
    return _set(pid, COURTEOUS)


def restore(pid: int) -> bool:
    """Give a process the priority of this one again; only privileged users may."""
    return _set(pid, os.getpriority(os.PRIO_PROCESS, 0))


def _set(pid: int, nice: int) -> bool:
    group = Path(f"/proc/{pid}/autogroup")
    try:
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        if group.exists():
            group.write_text(str(nice), encoding="ascii")
    except OSError:
        return False
    return True
