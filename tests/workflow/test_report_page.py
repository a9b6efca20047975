"""The page of `snakemake --report`, in a real browser."""

import base64
import re
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from divergent_bench.reporting.figure_catalogue import figures_of
from tests.helpers.browser import IN_A_BROWSER
from tests.helpers.finished import copy_of
from tests.helpers.workflow import Workflow

pytestmark = IN_A_BROWSER

EMPTY = "kinds"

# The menu slides from width to width, and a click at where a link just was would miss it.
STILL = """document.head.insertAdjacentHTML(
    "beforeend", "<style>* { transition: none !important }</style>"
)"""

# Path, caption and content of all that the page holds, once each picture could be decoded.
EVERYTHING = """
const decode = async ([path, { caption, data_uri, mime_type }]) => {
    if (mime_type.startsWith("image/")) {
        const image = new Image();
        image.src = data_uri;
        await image.decode();
        if (image.naturalWidth <= 300 || image.naturalHeight <= 100) throw Error(path);
    }
    return [path, caption, data_uri];
};
const tell = arguments[0];
Promise.all(Object.entries(results).map(decode)).then(tell, error => tell(String(error)));
"""


@pytest.fixture(scope="module")
def run(finished_demo: Workflow, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Return the demo with its page, as if one of its figures had nothing to draw."""
    flow = copy_of(finished_demo, tmp_path_factory.mktemp("page"))
    (flow.results() / "figures/empty.txt").write_text(f"dat {EMPTY}\n", encoding="utf-8")
    flow.run("--report", str(flow.directory / "report.html"))
    return flow


@pytest.fixture(autouse=True)
def _on_the_page(run: Workflow, browser: Chrome) -> Iterator[None]:
    browser.implicitly_wait(5)
    browser.get(address(run))
    browser.execute_script(STILL)
    yield
    browser.implicitly_wait(0)


def address(run: Workflow) -> str:
    return (run.directory / "report.html").as_uri()


def follow(browser: Chrome, text: str) -> None:
    browser.find_element(By.XPATH, f"//nav//a[normalize-space()='{text}']").click()


def categories(browser: Chrome) -> list[str]:
    """Return the categories of the menu, in its order."""
    heading = "//nav//ul/*[normalize-space()='Results' or normalize-space()='RESULTS']"
    items = browser.find_elements(By.XPATH, f"{heading}/following-sibling::li")
    return [item.text for item in items]


def links(browser: Chrome, row: int) -> list[WebElement]:
    """Return what can be clicked in a row of the open category: to look, and to read about it."""
    return browser.find_elements(By.CSS_SELECTOR, f"nav tbody tr:nth-child({row + 1}) a")


def content(data_uri: str) -> bytes:
    return base64.b64decode(data_uri.partition(";base64,")[2])


def displayed(browser: Chrome) -> bytes:
    """Return the content of what stands beside the menu, after a look at it."""
    shown = browser.find_element(By.CSS_SELECTOR, "#app > div > nav + div :is(img, iframe)")
    assert shown.is_displayed()
    assert shown.size["width"] > 300
    assert shown.size["height"] > 100
    if shown.tag_name == "img":
        browser.execute_script("return arguments[0].decode()", shown)  # fails if it is broken
        assert shown.get_property("naturalWidth") > 300
        assert shown.get_property("naturalHeight") > 100
    else:
        browser.switch_to.frame(shown)
        # A page of some megabytes takes a moment; a small table has few words.
        WebDriverWait(browser, 20).until(
            lambda page: len(page.find_element(By.TAG_NAME, "body").text.split()) > 30
        )
        # All at once: where there is none, to look for one would wait for it.
        browser.execute_script("return Promise.all([...document.images].map((e) => e.decode()))")
        browser.switch_to.default_content()
    return content(shown.get_attribute("src"))


def first_results(browser: Chrome) -> Iterator[tuple[str, str, bytes]]:
    """Click through the page; yield path, caption and content of the first of each category."""
    for category in categories(browser):
        follow(browser, category)
        look, _ = links(browser, 0)
        assert not look.get_attribute("download"), "everything can be looked at"
        look.click()
        shown = displayed(browser)
        _, about = links(browser, 0)
        about.click()
        path = browser.find_element(By.CSS_SELECTOR, "nav ol li.grow").text
        caption = browser.find_element(By.CSS_SELECTOR, "nav .prose").text
        yield path, caption, shown
        follow(browser, category)
        follow(browser, "Results")


def held_by(browser: Chrome) -> list[list[str]]:
    """Return path, caption and address of the content of every result."""
    held = browser.execute_async_script(EVERYTHING)
    assert isinstance(held, list), held
    return held


def test_every_figure_is_displayed_and_every_result_is_the_file_of_the_run(run, browser):
    held = held_by(browser)

    made = run.results()
    drawn = {path for path in made.glob("figures/**/*.svg") if path.stem != EMPTY}
    promised = {*drawn, *made.glob("tables/*.html"), made / "report_words.html"}
    assert len(promised) > 15
    paths = {path for path, *_ in held}
    assert str((made / f"figures/{EMPTY}.svg").relative_to(run.directory)) not in paths
    assert {str(path.relative_to(run.directory)) for path in promised} <= paths
    html = (run.directory / "report.html").read_text(encoding="utf-8")
    titles = [figure.title for name, figure in figures_of(set()).items() if name != EMPTY]
    for label in (*titles, "Leaderboard", "Conditions", "Tests", "In words"):
        assert label in html
    for path, caption, uri in held:
        assert content(uri) == (run.directory / path).read_bytes(), path
        assert len(caption.split()) > 10, path
    clicked = list(first_results(browser))
    assert len(clicked) > 2
    for path, caption, shown in clicked:
        assert shown == (run.directory / path).read_bytes(), path
        assert len(caption.split()) > 10, path


def test_the_first_view_says_what_was_run_and_the_views_of_the_workflow_are_drawn(run, browser):
    described = browser.find_element(By.CSS_SELECTOR, "#app .prose").text
    assert run.config["name"] in described
    assert run.config["description"] in described
    # The finding, as the report has it.
    report = (run.results() / "report.md").read_text(encoding="utf-8")
    finding = report.partition("## Finding")[2].partition("\n\n## ")[0]
    bullets = [line for line in finding.splitlines() if line.startswith("- ")]
    items = browser.find_elements(By.CSS_SELECTOR, "#app .prose li")
    assert len(items) == len(bullets)
    numbers = re.findall(r"\d+\.\d+", bullets[0])
    assert numbers == re.findall(r"\d+\.\d+", items[0].text)
    for view, plots in (("Workflow", 1), ("Statistics", 2)):
        follow(browser, view)
        WebDriverWait(browser, 10).until(
            lambda _, n=plots: len(browser.find_elements(By.CSS_SELECTOR, "#app canvas")) == n
        )
    follow(browser, "About")
