"""Progress of long reads and downloads: a bar on a terminal, now and then a line in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(
    label: str, total: int | None = None, done: int = 0
) -> Iterator[Callable[[int], object]]:
    """Show how far something is; give the function to call with each new number of bytes.

    `label` says what is done, as "Reading x.zip"; `total` is the number of all bytes, if known, and
    `done` that of those already here. A log gets a line at each tenth of the way.
    """
    if sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(
            desc=label, total=total, initial=done, unit="B", unit_scale=True, leave=False
        ) as bar:
            yield bar.update
        return
    print(f"{label} ...", file=sys.stderr)

    def advance(n_bytes: int) -> None:
        nonlocal done
        before, done = done, done + n_bytes
        if total and 10 * before // total < (tenths := 10 * done // total) < 10:
            print(f"{label}: {10 * tenths} %", file=sys.stderr, flush=True)

    yield advance
