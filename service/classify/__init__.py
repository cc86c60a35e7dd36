"""What a text covers of the SDGs, the SMART Concept and the Green Deal, with the words that show it."""
