"""The examples of each model in the report, and the links to the page of answers."""

import re
from urllib.parse import parse_qs

from divergent_bench.reporting.report.examples import examples, linked, to_answers
from divergent_bench.reporting.report.page import render_page
from tests.helpers.results import results


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line[2:-2].split(" | ")] for line in lines[2:]]


def example(text: str) -> str:
    return re.sub(r"\[(.*?)\].*", r"\1", text)


def test_each_model_shows_its_best_middle_and_worst_answer_and_one_without_a_score():
    scores = [
        {"model": "a", "score": score, "digest": f"{place:064}", "scored_words": f"w{place}|x"}
        for place, score in enumerate((70.0, 90.0, 80.0, 60.0, 75.0))
    ]
    scores += [{"model": "a", "score": None, "n_valid": 3, "n_words": 10, "digest": "f" * 64}] * 2
    scores += [{"model": "b", "score": 50.0}, {"model": "c", "score": None, "outcome": "refused"}]

    found = rows_of("\n".join(examples(results(scores))))

    of_a = [(example(row[1]), row[2], row[3]) for row in found[:4]]
    assert of_a == [
        ("best", "90.00", "w1, x"),
        ("median", "75.00", "w4, x"),
        ("worst", "60.00", "w3, x"),
        ("unscorable", "n/a", "3 valid of 10 words; outcome: ok"),
    ]
    assert "digest=0000000000000001" not in found[0][1]  # a digest begins with its first digits
    assert [row[0] for row in found] == [
        linked("a", "model"),
        "",
        "",
        "",
        *(linked(model, "model") for model in "bc"),
    ]
    assert [example(row[1]) for row in found[4:]] == ["best", "unscorable"]


def test_a_long_ranking_shows_some_and_says_how_many_follow():
    scores = [{"model": f"m{place:02}", "score": 50.0 + place} for place in range(15)]
    text = "\n".join(examples(results(scores)))

    assert len(rows_of(text)) == 12
    assert "And 3 more: [all answers](answers.html)." in text


def test_a_link_says_what_is_chosen_whatever_it_is_called(tmp_path):
    label = 'x&y=(1) "q"/ü'
    link = to_answers("9", model=label, scorable="no")
    address = re.fullmatch(r"\[9\]\(answers\.html#(.*)\)", link)

    assert parse_qs(address[1]) == {"model": [label], "scorable": ["no"]}
    page = render_page(f"# t\n\n{linked(label, 'model')}", tmp_path)
    assert re.search(r'<a href="answers\.html#model=[^"]*">x&amp;y=\(1\) &quot;q&quot;/ü</a>', page)
    # Within another page there is nothing beside it that a link could lead to.
    assert "href" not in render_page(linked(label, "model"), tmp_path, pictures=False)
