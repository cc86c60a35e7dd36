"""Named SPARQL queries, one file per question, and their catalogue."""
