"""Maps without pages: outlines of regions, how they are drawn, and which colour a value gets."""
