"""What can become of a query other than an answer.

StoreError
  QueryError
    QuerySyntaxError      the text is not SPARQL; knows line and column
    QueryRefused          it is SPARQL, but would leave this machine (SERVICE)
    QueryUnsupported      it is SPARQL, but asks for what the engine does not have (an unknown function)
    QueryLimitError       it was stopped
      QueryTimeout
      QueryMemory
      QueryRows
    ReaderCrashed         the process that answered it ended
    QueueFull             too many are waiting
"""

from service.store.errors import StoreError


class QueryError(StoreError):
    """A query that got no answer."""


class QuerySyntaxError(QueryError):
    """The text of the query is not SPARQL."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """Say where it is wrong, if that is known."""
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(where + message)
        self.line = line
        self.column = column


class QueryRefused(QueryError):
    """A query that this service does not run, with the reason."""


class QueryUnsupported(QueryError):
    """A query that the engine understands but cannot run, with the reason."""


class QueryLimitError(QueryError):
    """A query that was stopped because it passed a limit."""


class QueryTimeout(QueryLimitError):
    """It took longer than its time."""

    def __init__(self, seconds: float) -> None:
        """Say what the limit was."""
        super().__init__(f"The query was stopped after {seconds:g} s.")
        self.seconds = seconds


class QueryMemory(QueryLimitError):
    """It needed more memory than its share."""

    def __init__(self, megabytes: int) -> None:
        """Say what the limit was."""
        super().__init__(f"The query was stopped because it needed more than {megabytes} MiB of memory.")
        self.megabytes = megabytes


class QueryRows(QueryLimitError):
    """Its result had more rows than allowed."""

    def __init__(self, rows: int) -> None:
        """Say what the limit was."""
        super().__init__(f"The result has more than {rows} rows. Add a LIMIT, or ask for it in pages.")
        self.rows = rows


class ReaderCrashed(QueryError):
    """The reader process ended while it ran the query; another takes its place."""

    words = "The process that ran the query ended unexpectedly"

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(f"{self.words}. Another takes its place: ask again.")


class QueueFull(QueryError):
    """More queries wait than the queue holds; try again after some seconds."""

    def __init__(self, retry_after: int) -> None:
        """Say after how many seconds to come again."""
        super().__init__("Too many queries are waiting.")
        self.retry_after = retry_after
