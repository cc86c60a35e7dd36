"""Finds partners: facts about a pair become features, features become a score that a person can check and change."""
