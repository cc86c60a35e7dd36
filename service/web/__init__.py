"""Sources of styles and scripts, and their build."""
