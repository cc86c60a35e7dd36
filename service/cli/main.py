"""The command `strategraph` as a process: how it ends, also when it is stopped or nobody reads its output."""

from __future__ import annotations

import os
import sys

# As a shell reports a process that was ended by SIGINT, and one by SIGPIPE.
STOPPED, UNREAD = 130, 141


def main() -> None:
    """Run the command line and end the process with its status."""
    # Whoever closes an output (`>&-`) wants nothing from it; Python would give None to all that write there.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    try:
        # Imported here, so that Ctrl-C is answered during the second that this takes, too.
        from service.cli.commands import run

        status = run()
    except KeyboardInterrupt:
        print("strategraph: stopped", file=sys.stderr)  # noqa: T201
        status = STOPPED
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough. Like cat, not 0: the output is not complete.
        status = UNREAD
    _let_go()
    sys.exit(status)


def _let_go() -> None:
    """Drop what cannot be written any more: Python would try again at its end, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
