"""The vocabulary of Strategraph: its ontology, its concept schemes and the page that explains them."""
