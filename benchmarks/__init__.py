"""Measurements of speed and memory, side by side with a peer in one run; never part of the tests."""
