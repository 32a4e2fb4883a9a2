"""The model's test battery: what a modeller claims of a model, tried one by one. `check` is the one call."""

from tzsim.checks.battery import check
from tzsim.checks.result import CheckReport, CheckResult, Evidence

__all__ = ["CheckReport", "CheckResult", "Evidence", "check"]
