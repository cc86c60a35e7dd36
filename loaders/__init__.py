"""One source, one file: records in, validated quads out."""
