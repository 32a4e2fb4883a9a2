"""The recorded check of the machinery: of this spec, and its ranks uniform."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tzsim.calibration.sbc import holm, uniformity
from tzsim.calibration.spec import read_spec

RECORD = Path(__file__).parents[2] / "calibration" / "sbc" / "cluster.json"


def test_the_recorded_check_is_of_this_spec_and_passes() -> None:
    record = json.loads(RECORD.read_text("utf-8"))
    assert record["hashes"] == dict(sorted(read_spec(RECORD.with_suffix(".yaml")).hashes.items()))
    machinery = record["machinery"]
    assert machinery["replicates"] >= 200
    ranks = np.array(machinery["ranks"])
    p = np.array([uniformity(row, machinery["draws"]) for row in ranks])
    assert p == pytest.approx(list(machinery["p_values"].values()))
    assert holm(p).min() >= 0.01
    assert all(control["rejected"] for control in record["controls"].values())
