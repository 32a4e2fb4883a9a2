"""The support page says what the readers do: it is current, and its rows are what a call of the function gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tzsim.errors import InputError, Unsupported
from tzsim.ir.functions import FUNCTIONS
from tzsim.translate import read_model, support
from tzsim.translate.vensim import functions as vensim
from tzsim.translate.xmile import functions as xmile

PAGE = Path(__file__).resolve().parents[3] / "docs" / "support.md"
CONTROL = "INITIAL TIME=0~~|\nFINAL TIME=1~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == support.page(), (
        "python -m tzsim.translate.support > docs/support.md"
    )


def test_notes_name_functions_that_exist() -> None:
    assert set(support.APPROXIMATED) <= set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(vensim.UNSUPPORTED.keys() - {"TIME STEP", "A FUNCTION OF"}))
def test_what_the_page_calls_refused_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(f"y = 1~~|\nx = {name}(y, 1, 1)~~|\n" + CONTROL)
    with pytest.raises(Unsupported, match=re.escape(name)) as caught:
        read_model(path)
    assert "m.mdl:2:" in str(caught.value)
    assert "x" in str(caught.value)


@pytest.mark.parametrize("name", sorted(xmile.UNSUPPORTED))
def test_what_the_page_calls_refused_in_xmile_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.xmile"
    call = name if name in ("CLOCKTIME", "RUNCOUNT") else f"{name.replace(' ', '_')}(1)"
    path.write_text(
        "<xmile><sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs><model><variables>"
        f"<aux name='x'><eqn>{call}</eqn></aux></variables></model></xmile>"
    )
    with pytest.raises(InputError, match=f"x: {name}"):
        read_model(path)
