"""A long mixed load on a service, and whether its memory stays flat."""
