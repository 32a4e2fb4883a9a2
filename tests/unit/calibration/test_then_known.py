"""A model cut off at an origin: the same before it, a random walk of its own past after it, and nothing of its future."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tzsim.calibration.then_known import Driver, past, then_known
from tzsim.errors import InputError
from tzsim.ir.codec import content_of
from tzsim.ir.model import Model
from tzsim.kernel.compile import compile_model
from tzsim.translate import read_model

MODEL = """\
{UTF-8}
Sector: steel, glass
    ~~|
world([(2010,0)-(2020,9)],(2010.5,1),(2011.5,1.1),(2012.5,1.21),(2013.5,WORLD))
    ~ Dmnl ~|
price[steel]([(2010,0)-(2020,9)],(2010,1),(2011,1.2),(2012,1),(2013,3),(2014,PRICE))
    ~ Dmnl ~|
price[glass]([(2010,0)-(2020,9)],(2010,2),(2020,2))
    ~ Dmnl ~|
sales[Sector]= world(Time)*price[Sector](MIN(Time, last))
    ~ Dmnl ~|
at base= price[steel](2013)
    ~ Dmnl ~|
last= 2014
    ~ Year ~|
INITIAL TIME= 2010 ~ Year ~|
FINAL TIME= 2016 ~ Year ~|
TIME STEP= 0.5 ~ Year ~|
SAVEPER= 0.5 ~ Year ~|
"""
DRIVERS = (Driver("world", "trend"), Driver("price", "last"))


def model(tmp_path: Path, world: float = 2, price: float = 3) -> Model:
    path = tmp_path / "m.mdl"
    path.write_text(MODEL.replace("WORLD", str(world)).replace("PRICE", str(price)), "utf-8")
    return read_model(path)


def run(of: Model, **values: float) -> dict[str, np.ndarray]:
    names = ["sales[steel]", "sales[glass]", "at base"]
    times = [2010 + 0.5 * k for k in range(13)]
    kernel = compile_model(of, outputs=names, inputs=list(values), times=times, backend="numpy")
    found = kernel.run(np.array([[v] for v in values.values()]).reshape(len(values), 1)).values
    return dict(zip(names, found[:, :, 0], strict=True))


def test_nothing_of_the_future_is_left(tmp_path: Path) -> None:
    one, _ = then_known(model(tmp_path), DRIVERS, 2013.0, 3)
    other, _ = then_known(model(tmp_path, world=7, price=0.1), DRIVERS, 2013.0, 3)
    assert content_of(one) == content_of(other)
    assert content_of(model(tmp_path)) != content_of(model(tmp_path, world=7))


def test_before_the_origin_the_model_is_as_it_was_and_after_it_a_walk(tmp_path: Path) -> None:
    whole = run(model(tmp_path))
    cut, priors = then_known(model(tmp_path), DRIVERS, 2013.0, 3)
    neutral = run(cut)
    for name in ("sales[steel]", "sales[glass]"):
        assert neutral[name][:5] == pytest.approx(whole[name][:5], rel=1e-12)  # to the start of 2012
    assert [p.variable for p in priors] == [
        *(f"world step {k}" for k in (1, 2, 3)),
        *(f"price step {k}[{s}]" for s in ("steel", "glass") for k in (1, 2, 3)),
    ]
    # world grew by log 1.1 in each of two years without scatter; steel has points to 2013 = the end of 2012
    assert neutral["sales[glass]"][-1] == pytest.approx(2 * 1.21 * 1.1 ** (2016 - 2012.5), rel=1e-12)
    drift, sd = past((2010, 2011, 2012, 2013), (1, 1.2, 1, 3), "last")
    assert drift == 0
    assert sd == pytest.approx(np.sqrt((np.log(1.2) ** 2 * 2 + np.log(3) ** 2) / 3))
    pushed = run(cut, **{"price step 1[steel]": 1.0, "price step 2[steel]": -2.0})
    ratio = pushed["sales[steel]"] / neutral["sales[steel]"]
    at = {2010 + 0.5 * k: r for k, r in enumerate(ratio)}
    assert [at[t] for t in (2012.5, 2013)] == pytest.approx([1, 1])
    assert at[2013.5] == pytest.approx(np.exp(0.5 * sd))
    assert at[2014.0] == pytest.approx(np.exp(sd))
    assert at[2016.0] == pytest.approx(np.exp(sd))  # read at `last` = 2014 from then on
    assert pushed["sales[glass]"] == pytest.approx(neutral["sales[glass]"])


def test_readings_at_a_fixed_time_beyond_the_origin_are_unknown_too(tmp_path: Path) -> None:
    cut, _ = then_known(model(tmp_path), DRIVERS, 2012.0, 3)
    _, sd = past((2010, 2011, 2012), (1, 1.2, 1), "last")
    assert run(cut)["at base"] == pytest.approx(1.0)
    assert run(cut, **{"price step 1[steel]": 1.0})["at base"] == pytest.approx(np.exp(sd))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'last' is no table of numbers above zero"):
        then_known(model(tmp_path), [Driver("last", "trend")], 2013.0, 1)
    with pytest.raises(InputError, match="'wurld'"):
        then_known(model(tmp_path), [Driver("wurld", "trend")], 2013.0, 1)
