"""Progress of long reads and downloads: a bar on a terminal, now and then a line in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(
    label: str, total: int | None = None, done: int = 0
) -> Iterator[Callable[[int], object]]:
    """Say what is done, and give the function to call with each new number of bytes.

    Parameters
    ----------
    label
        What is done, as "Reading x.zip".
    total, done
        Bytes in all, if known, and those that are there already.
    """
    if sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(
            desc=label, total=total, initial=done, unit="B", unit_scale=True, leave=False
        ) as bar:
            yield bar.update
        return
    print(f"{label} ...", file=sys.stderr)
    yield _Tenths(label, total, done).advance


class _Tenths:
    """Prints a line at each tenth of the way."""

    def __init__(self, label: str, total: int | None, done: int) -> None:
        self._label, self._total, self._done = label, total, done

    def advance(self, n_bytes: int) -> None:
        if not self._total:
            return
        before = 10 * self._done // self._total
        self._done += n_bytes
        now = 10 * self._done // self._total
        if before < now < 10:  # the end speaks for itself
            print(f"{self._label}: {10 * now} %", file=sys.stderr, flush=True)
