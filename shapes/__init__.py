"""SHACL shapes and the validator that runs them."""
