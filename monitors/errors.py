"""Every error that Stancewatch raises on purpose, in one tree.

An error says what happened, to whom, and whether trying again can help.
"""


class MonitorError(Exception):
    """The root of the tree; `retryable` tells whether the same call may succeed later."""

    retryable = False


class ConfigError(MonitorError):
    """A configuration file that cannot be used: the file, the line and the mend.

    Attributes:
        path: the file as the user wrote it.
        line: its line, from 1, or None where the file as a whole is meant.
        problem: what is wrong, in plain words.
        mend: what to write instead.
    """

    def __init__(self, path: str, line: int | None, problem: str, mend: str) -> None:
        self.path, self.line, self.problem, self.mend = path, line, problem, mend
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {problem}. {mend}" if mend else f"{where}: {problem}.")


class FeedError(MonitorError):
    """A feed that could not be read; `reason` is the word kept in the feed's status."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


class FetchError(FeedError):
    """A feed that did not come: time-out, refused connection, error status, too large."""

    def __init__(
        self, reason: str, detail: str = "", *, retryable: bool = True, status: int | None = None
    ) -> None:
        super().__init__(reason, detail)
        self.retryable = retryable
        self.status = status


class NotAFeedError(FeedError):
    """A body that came and is no feed: a web page, a login form, nothing at all."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_a_feed", detail)


class ArticleError(MonitorError):
    """An input article that does not have the promised fields; names its place in the file."""


class AnalysisTimeoutError(MonitorError):
    """An article whose reading took longer than it may; another try would take as long."""

    def __init__(self, message: str = "the article took too long to read") -> None:
        super().__init__(message)


class BackendError(MonitorError):
    """A stance backend that is unknown, cannot be loaded, or answers outside its contract.

    `retryable` where it is only out of reach for now.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class BudgetError(BackendError):
    """What may be spent on a backend is spent; nothing more is asked until the limit is over."""


class StoreError(MonitorError):
    """The database cannot be opened or written; `retryable` when another process holds it."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class DeliveryError(MonitorError):
    """A message that a channel did not take; `retryable` unless the channel itself is wrong."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable
