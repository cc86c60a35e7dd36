"""The store on another engine: any SPARQL 1.1 server, asked and written to over HTTP through SPARQLWrapper."""
