"""Debian's chromium, driven as a person would use it."""

import json
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

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


def console_errors(browser: Chrome) -> list[str]:
    """Return the errors on the console since this was last asked."""
    return [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]


def requested(browser: Chrome, page: str) -> set[str]:
    """Return the addresses that the page at the address `page` has asked for."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
    return {each["request"]["url"] for each in sent if each["documentURL"].startswith(page)}
