"""How many words break the rules of the task, although a score may count them."""

from collections.abc import Iterator

from divergent_bench.base.names import percent
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import MISSING, Cell, Row, missing, table, who


def rules(results: Results) -> Iterator[str]:
    """Write the section on words that break rules; nothing for a task without any."""
    if not (known := results.task.rules):
        return
    yield "## Words that break the rules"
    meanings = "; ".join(f"{name.replace('_', ' ')}: {rule.told}" for name, rule in known.items())
    yield (
        "Share of all words of the answers, valid or not. A word may break several rules, and no "
        f"score depends on them: what the dictionary knows counts. In the table, {meanings}."
    )
    columns: dict[str, Cell] = {"model": who, "n": "{n:,}"}
    columns |= {name.replace("_", " "): _share(name) for name in known}
    rows = results.ranking.sort_values(["baseline", "label"])
    yield table(rows, columns, "l" + "r" * (len(columns) - 1))


def _share(rule: str) -> Cell:
    def cell(row: Row) -> str:
        share = row[f"share_{rule}"]
        return MISSING if missing(share) else f"{percent(share, 1)}%"

    return cell
