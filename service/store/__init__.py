"""The only room that talks to an RDF engine: immutable generations, changes, readers."""
