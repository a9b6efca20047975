"""The one exception that is meant for people."""

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend.

    The message says what is wrong, where (file, key, line) and how to fix it. Entry points print it
    without a traceback and exit with code 2. The `details` say the same for programs, where it is
    known: each is a `base.failures.Failure` or a `config.loading.Problem`.
    """

    def __init__(self, message: str = "", details: "Iterable[object]" = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)
