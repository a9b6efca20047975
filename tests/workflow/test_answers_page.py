"""The page of answers, that of a table, and the report beside them, in a real browser."""

import csv
from collections.abc import Callable

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from divergent_bench.base.records import read_record
from divergent_bench.instrument.spaces import open_space
from divergent_bench.reporting.pages.answers import answers_page
from tests.helpers.answers import sample, table_of_words, word
from tests.helpers.browser import IN_A_BROWSER, narrow, tab_to, unreachable, violations
from tests.helpers.hostile import ANSWERS
from tests.helpers.scores import scores_table
from tests.helpers.workflow import Workflow

pytestmark = IN_A_BROWSER
MODEL = "SmolLM2-135M-Instruct"


@pytest.fixture(scope="module")
def scores(finished_demo: Workflow) -> list[dict[str, str]]:
    with (finished_demo.results() / "scores.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page_of(flow: Workflow, name: str, fragment: str = "") -> str:
    return (flow.results() / name).as_uri() + fragment


def shown(browser: Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, "#table tbody tr:has(button[data-row])")


def cells(browser: Chrome, kind: str) -> list[str]:
    return [row.find_element(By.CSS_SELECTOR, f"td.{kind}").text for row in shown(browser)]


def count(browser: Chrome) -> int:
    return int(browser.find_element(By.ID, "count").text.split()[0].replace(",", ""))


def until(browser: Chrome, is_so: Callable[[Chrome], object]) -> None:
    WebDriverWait(browser, 10).until(is_so)


def test_answers_are_searched_filtered_and_sorted(finished_demo, scores, browser):
    browser.get(page_of(finished_demo, "answers.html"))
    assert count(browser) == len(scores)

    words = [row["scored_words"].split("|")[0] for row in scores if row["scored_words"]]
    sought = max(words, key=len)
    browser.find_element(By.ID, "by-search").send_keys(sought.upper())
    until(browser, lambda page: count(page) < len(scores))
    assert all(sought in text.lower() for text in cells(browser, "words"))
    assert "search=" in browser.current_url
    browser.find_element(By.CSS_SELECTOR, "#filters [type=reset]").click()
    until(browser, lambda page: count(page) == len(scores))

    Select(browser.find_element(By.ID, "by-model")).select_by_value(MODEL)
    Select(browser.find_element(By.ID, "by-scorable")).select_by_value("yes")
    of_model = [float(r["score"]) for r in scores if r["model"] == MODEL and r["score"]]
    until(browser, lambda page: count(page) == len(of_model))
    heading = browser.find_element(By.XPATH, "//th[normalize-space()='score']//*[@role='button']")
    tab_to(browser, heading)
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    until(browser, lambda page: page.find_elements(By.CSS_SELECTOR, "[aria-sort=ascending]"))
    numbers = [row.find_elements(By.CSS_SELECTOR, "td.number") for row in shown(browser)]
    found = [float(score.text) for _, score in numbers]
    assert found == [round(score, 2) for score in sorted(of_model)][: len(found)]


def test_an_answer_opens_with_its_distances_and_its_text(finished_demo, scores, browser):
    row = next(row for row in scores if row["model"] == MODEL and row["score"])
    browser.get(page_of(finished_demo, "answers.html", f"#digest={row['digest'][:16]}"))

    details = browser.find_element(By.CSS_SELECTOR, ".details")  # one answer: open already
    assert row["digest"] in details.text
    link = details.find_element(By.CSS_SELECTOR, "dd a").get_property("href")
    assert link == (finished_demo.directory / row["sample"]).as_uri()
    record = read_record(str(finished_demo.directory / row["sample"]))
    text = details.find_element(By.TAG_NAME, "pre").text
    assert text.split() == record["answer"]["text"].split()
    details.find_element(By.TAG_NAME, "button").click()
    numbers = [
        float(cell.text)
        for cell in details.find_elements(By.CSS_SELECTOR, ".numbers td")
        if cell.text
    ]
    assert len(numbers) == 7 * 6
    assert sum(numbers) / len(numbers) == pytest.approx(float(row["score"]), abs=0.1)


def test_the_report_leads_to_the_answers_that_it_counts(finished_demo, scores, browser):
    browser.get(page_of(finished_demo, "report.html"))
    unscorable = [row for row in scores if row["model"] == MODEL and not row["score"]]
    told = f"//h2[@id='scorability']/following::tr[contains(., '{MODEL}')]"
    row = browser.find_element(By.XPATH, told)
    row.find_element(By.LINK_TEXT, str(len(unscorable))).click()

    until(browser, lambda page: "answers.html" in page.current_url)
    assert count(browser) == len(unscorable)
    assert set(cells(browser, "text")) == {MODEL}


def test_the_first_screen_of_the_report_has_the_finding_and_its_picture(finished_demo, browser):
    narrow(browser, 1280, 800)
    browser.get(page_of(finished_demo, "report.html"))

    points = browser.find_elements(By.CSS_SELECTOR, "#finding ~ .beside li")
    (picture,) = browser.find_elements(By.CSS_SELECTOR, "#finding ~ .beside img")
    assert len(points) > 2
    assert picture.get_property("naturalWidth") > 300
    for each in (*points, picture):
        assert each.rect["x"] >= 0
        assert each.rect["x"] + each.rect["width"] <= 1280
        assert each.rect["y"] + each.rect["height"] <= 800


@pytest.mark.parametrize("name", ["answers.html", "report.html", "tables/summary.html"])
def test_a_page_is_of_use_to_all_and_on_a_narrow_screen(finished_demo, browser, name):
    for width in (1280, 390):
        narrow(browser, width)
        browser.get(page_of(finished_demo, name))
        for button in browser.find_elements(By.CSS_SELECTOR, "button[data-row]")[:1]:
            button.click()
            browser.find_element(By.CSS_SELECTOR, ".details button").click()
        assert violations(browser) == []
        assert unreachable(browser) == []
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, "only tables and texts scroll sideways"


def test_a_table_is_sorted_by_a_column(finished_demo, browser):
    browser.get(page_of(finished_demo, "tables/summary.html"))
    place = 1 + browser.execute_script(
        "return [...document.querySelectorAll('thead th')]"
        ".findIndex((head) => head.textContent === 'mean')"
    )
    browser.find_element(By.CSS_SELECTOR, f"thead th:nth-child({place}) [role=button]").click()
    until(browser, lambda page: page.find_elements(By.CSS_SELECTOR, "[aria-sort=ascending]"))
    found = browser.find_elements(By.CSS_SELECTOR, f"tbody td:nth-child({place})")
    means = [float(cell.text) for cell in found]
    assert len(means) == 4
    assert means == sorted(means)


def test_what_answers_hold_does_nothing(browser, tmp_path):
    rows = [sample(tmp_path, seed, text) for seed, text in enumerate(ANSWERS)]
    words = [word(seed, 0, text, "not in dictionary") for seed, text in enumerate(ANSWERS)]
    hostile = '<img src=x onerror="document.title=1">'
    rows = [row | {"model": hostile} for row in rows]
    words = [each | {"model": hostile} for each in words]
    file = tmp_path / "answers.html"
    page = answers_page(
        scores_table(rows), table_of_words(words), open_space("wordnet"), name=hostile,
        directory=tmp_path,
    )  # fmt: skip
    file.write_text(page, encoding="utf-8")

    browser.get(file.as_uri())
    for button in browser.find_elements(By.CSS_SELECTOR, "button[data-row]"):
        button.click()
    browser.find_element(By.ID, "by-search").send_keys("<img &lt;")
    until(browser, lambda page: count(page) == len(ANSWERS))  # all are of this model
    assert not browser.find_elements(By.CSS_SELECTOR, "img, iframe, object")
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 3
    assert browser.title == f"Answers: {hostile}"
