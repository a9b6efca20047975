"""Ten words, and the layouts in which answers list them."""

# ruff: noqa: SIM905 -- a list of words stays readable

W = tuple("kettle glacier rumour beetle verdict saffron pulley ballad tunnel mercy".split())


def numbered(*entries: str) -> str:
    return "\n".join(f"{n}. {entry}" for n, entry in enumerate(entries, start=1))


def bulleted(*entries: str) -> str:
    return "\n".join(f"- {entry}" for entry in entries)


NUMBERED = numbered(*W)
BULLETS = bulleted(*W)
COLUMN = "\n".join(W)
COMMAS = ", ".join(W)
