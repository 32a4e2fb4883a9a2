"""The forecast that the report's tests draw, made once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tzsim.forecast.result import Forecast


def load_synthetic() -> ModuleType:
    """The module beside this file (tests are no package, so it has no import name of its own)."""
    name = "report_synthetic"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("synthetic.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def forecast() -> Forecast:
    made = load_synthetic().forecast()
    assert isinstance(made, Forecast)
    return made


@pytest.fixture(scope="session")
def hostile(forecast: Forecast) -> Forecast:
    """The same forecast with names that try to break out of HTML, SVG and spreadsheets."""
    changed = load_synthetic().with_hostile_names(forecast)
    assert isinstance(changed, Forecast)
    return changed
