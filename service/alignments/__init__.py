"""Alignments that people and programs propose, and the decisions of people on them."""
