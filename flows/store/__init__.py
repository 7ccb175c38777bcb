"""Everything that reads or writes DuckDB: plain functions on a connection, one module per subject.

Only flows write. A batch of articles with all that was read from them commits together or not at
all; a second write of the same thing changes nothing.
"""

from flows.store.database import Database, transaction

__all__ = ["Database", "transaction"]
