"""The graph of organisations, networks, projects, strategies and places, apart from pages so that it can be tested."""
