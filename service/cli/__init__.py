"""The command line: wires loaders, store and service together."""

from service.cli.main import main

__all__ = ["main"]
