"""Who may do what: tokens with roles, and how often anybody may ask."""
