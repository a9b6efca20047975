"""Why there is no answer to a request: a cause for programs, a message for people."""

from typing import Literal, NamedTuple

Cause = Literal[
    "budget",  # of the batch or of a proxy; or nothing is known of what a request may cost
    "no_key",
    "temperature",  # the model takes none, or not this one
    "refused",  # by the provider or by litellm, for good
    "transport",  # after all attempts
    "unusable",  # an answer came that cannot be used
    "recorded",  # there is no such answer in the file
    "ledger",  # neither the ledger nor the locks beside it can be used
    "gateway",  # it cannot be started, or failed
    "file",  # the sample cannot be written
    "interrupted",  # the job was stopped
    "unknown",  # the job broke off
]


class Failure(NamedTuple):
    """What went wrong. No program reads the message."""

    cause: Cause
    message: str


class NoAnswerError(Exception):
    """There is no answer to a request now."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(cause, message)
