"""Bytes of files that say nothing of their encoding: Chinese of GB18030 and Western letters are told apart."""

from __future__ import annotations

import pytest

from tzsim.translate.text import decode


@pytest.mark.parametrize(
    "name", ["Größe", "Bevölkerung", "población", "Übergang", "naïve", "Städte", "año", "élève", "coût"]
)
def test_western_letters_stay_themselves(name: str) -> None:
    assert decode(f"{name} = 3 ~~|".encode("cp1252")) == f"{name} = 3 ~~|"


@pytest.mark.parametrize("name", ["滕州锂电", "产业集群营收", "工业总产值（亿元）", "锂电产能"])
def test_chinese_names_stay_themselves(name: str) -> None:
    assert decode(f"{name} = 3 ~~|".encode("gb18030")) == f"{name} = 3 ~~|"
