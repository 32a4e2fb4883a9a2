"""Public models against the output of the tools that made them, by the shared harness.

The cases are not part of the repository: they are looked for in ../shared/conformance, or where TZSIM_CONFORMANCE points.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
CASES = Path(os.environ.get("TZSIM_CONFORMANCE", HERE.parents[1].parent / "shared" / "conformance"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CASES / "conformance.py").is_file(), reason=f"no conformance cases in {CASES.name}"
    ),
]
# suite, format -> least number of cases that must pass; real models need only run
BARS = {
    ("sdx-tests", "mdl"): 75,
    ("sdx-tests", "xmile"): 28,
    ("sdx-tests", "stmx"): 18,
    ("sdx-samples", "mdl"): 4,
    ("sdx-samples", "xmile"): 5,
    ("sdx-samples", "stmx"): 6,
    ("sde", "mdl"): 37,
    ("sde", "stmx"): 9,
}
REAL_SHARE = 0.88
# numbers that differ from the printed ones for a reason that is not ours
KNOWN = {
    # Vensim prints 0 for the point after a cell without number, then goes on: its own fault, says the model's comment
    "sde/models/directlookups_invalidcell/directlookups_invalidcell.mdl": "mismatch",
    # asks for normal quantiles of probabilities of 1 and above, which do not exist: nan, as it should be
    "real/bptk/test_invnorm.stmx": "mismatch",
    # columns of the printed run that are no variables of the model
    "sde/models/npv/npv.mdl": "partial",
    "sde/models/same_family_179/same_family_179.mdl": "partial",
}


def _harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance", CASES / "conformance.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["conformance"] = module
    spec.loader.exec_module(module)
    return module


def _run(engine: str) -> list[tuple[object, dict[str, object]]]:
    harness = _harness()
    listed = {line.strip() for line in (CASES / "cases.txt").read_text().splitlines() if line.strip()}
    defects = harness.find_defects()
    cases = [c for c in harness.find_cases() if c.id in listed and c.id not in defects]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZSIM_CONFORMANCE_ENGINE", engine)
        return list(harness.run_all(cases, f"{HERE / 'adapter.py'}:run", 240, 2))


@pytest.fixture(scope="module")
def results() -> list[tuple[object, dict[str, object]]]:
    return _run("interpreter")


def test_every_suite_reaches_its_bar(results: list[tuple[object, dict[str, object]]]) -> None:
    passed: Counter[tuple[str, str]] = Counter()
    for case, result in results:
        passed[case.suite, case.fmt] += result["status"] == "pass"  # type: ignore[attr-defined]
    short = {suite: f"{passed[suite]} of {least}" for suite, least in BARS.items() if passed[suite] < least}
    assert not short


def test_real_models_run(results: list[tuple[object, dict[str, object]]]) -> None:
    real = [r["status"] for c, r in results if c.suite == "real"]  # type: ignore[attr-defined]
    assert sum(s in ("ran", "pass") for s in real) >= REAL_SHARE * len(real)


def test_no_model_gives_a_wrong_answer_or_ends_badly(results: list[tuple[object, dict[str, object]]]) -> None:
    bad = {
        r["id"]: f"{r['status']}: {r.get('reason', '')}"
        for _, r in results
        if r["status"] not in ("pass", "ran", "unsupported")
        and not (r["status"] == "crash" and str(r.get("reason", "")).startswith("InputError"))
        and KNOWN.get(str(r["id"])) != r["status"]
    }
    assert not bad


@pytest.mark.parametrize("engine", ["llvm", "numpy"])
def test_no_case_passes_in_one_backend_and_fails_in_another(
    engine: str, results: list[tuple[object, dict[str, object]]]
) -> None:
    before = {str(r["id"]): r["status"] for _, r in results}
    different = {
        str(r["id"]): f"{before[str(r['id'])]} interpreted, {r['status']} in {engine}: {r.get('reason', '')}"
        for _, r in _run(engine)
        if r["status"] != before[str(r["id"])]
    }
    assert not different
