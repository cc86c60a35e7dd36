"""Reads FROM and FROM NAMED, because several FROM need what the engine does not do: a set union of graphs."""

from service.store.text import Names, has_dataset_clause, prologue, tokens


def dataset_clause(text: str, base_iri: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the graphs of FROM and of FROM NAMED, each once."""
    if not has_dataset_clause(text):
        return (), ()
    found = list(tokens(text))
    start, names = prologue(found, 0, Names(base_iri, {}))
    graphs: dict[bool, dict[str, None]] = {False: {}, True: {}}
    for index in range(start, len(found) - 2):
        if found[index].text == "{":
            # A dataset clause comes before WHERE; only a CONSTRUCT has braces before that.
            if found[start].word != "CONSTRUCT" or found[index - 1].word == "WHERE":
                break
        elif found[index].word == "FROM":
            is_named = found[index + 1].word == "NAMED"
            iri = names.resolve(found[index + 1 + is_named])
            if iri is not None:
                graphs[is_named][iri] = None
    return tuple(graphs[False]), tuple(graphs[True])
