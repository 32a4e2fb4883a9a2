"""In CI a skipped test is a failed one: what cannot run there was not tested. The terminal of whoever tests changes nothing."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

for name in ("COLUMNS", "LINES", "TZSIM_LANG"):  # of the tester's terminal, and of the test runner's workers
    os.environ.pop(name, None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped in CI: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}"
        )
