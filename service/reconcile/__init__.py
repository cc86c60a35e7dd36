"""Matching names of others' tables to things of ours: the W3C Reconciliation Service API, as OpenRefine speaks it."""
