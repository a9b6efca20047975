"""Debian's chromium, driven as a person would use it."""

import json
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
AXE = Path(__file__).with_name("axe") / "axe.min.js.xz"
# Of tests that open a page: skipped, with the reason, where there is nothing to open it with.
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and DRIVER.exists()),
        reason="needs Debian's browser: apt-get install chromium chromium-driver",
    ),
]
SWITCHES = (
    "--headless=new",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)

MOST_TABS = 60
# What is there to be clicked, and where something else, or nothing, would be hit instead.
UNREACHABLE = """
const isHit = (each) => {
    each.scrollIntoView({ block: "center", inline: "center" });
    const { left, top, width, height } = each.getClientRects()[0];
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return hit && (each.contains(hit) || [...(each.labels ?? [])].includes(hit));
};
const all = document.querySelectorAll("a, button, input, select, [role=button], [tabindex='0']");
const missed = [...all].filter((each) => each.getClientRects().length && !isHit(each));
scrollTo(0, 0);
return missed.map((each) => each.outerHTML.slice(0, 200));
"""


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """Run a browser that logs its console and its requests; `profile` is a directory of its own."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield browser
    finally:
        browser.quit()


def narrow(browser: Chrome, width: int, height: int = 844) -> None:
    """Show the page as on a device of this width, in CSS pixels."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def violations(browser: Chrome) -> list[str]:
    """Return what an accessibility checker (axe-core) finds serious or critical on the page."""
    browser.execute_script(lzma.decompress(AXE.read_bytes()).decode())
    found = browser.execute_async_script(
        "axe.run().then(({ violations }) => arguments[0](violations))"
    )
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def unreachable(browser: Chrome) -> list[str]:
    """Return the links and controls that nobody could click: beyond the edge, or below others."""
    found: list[str] = browser.execute_script(UNREACHABLE)
    return found


def tab_to(browser: Chrome, element: WebElement) -> None:
    """Press Tab until an element has the focus, as who has no mouse does."""
    for _ in range(MOST_TABS):
        if browser.switch_to.active_element == element:
            return
        ActionChains(browser).send_keys(Keys.TAB).perform()
    raise AssertionError(
        f"{MOST_TABS} times Tab do not lead to {element.get_property('outerHTML')}"
    )


def all_is_well(browser: Chrome) -> None:
    """Assert of all pages since this was last asked: no error, and nothing asked for but them."""
    assert [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
    pages = {url for each in sent if not (url := each["documentURL"]).startswith("chrome:")}
    assert pages, "whatever a page asks for would be seen"
    assert all(url.startswith(("file:", "data:")) for url in pages)
    asked = {each["request"]["url"] for each in sent if each["documentURL"] in pages}
    beside = {url.partition("#")[0] for url in asked} - {url.partition("#")[0] for url in pages}
    assert {url for url in beside if not url.startswith("data:")} == set()
