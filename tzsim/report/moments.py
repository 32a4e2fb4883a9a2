"""Years and times in the words of a language, as the templates of sentences take them."""

from __future__ import annotations

from tzsim.clock import Clock
from tzsim.report.wording import Lang


def moment(clock: Clock, label: float, lang: Lang, name: str = "year") -> dict[str, str]:
    """{year}: '2026年' and '2026'; {at_year}: '2026年' and 'in 2026'; {end_of_year}: '2026年底' and 'the end of 2026'; of a clock that is
    no calendar '第30天' and 'day 30', 'on day 30'. `name` stands in place of 'year'."""
    return {
        name: clock.said(label, lang),
        f"at_{name}": clock.at_said(label, lang),
        f"end_of_{name}": clock.end_said(label, lang),
    }


def heading(clock: Clock, lang: Lang) -> str:
    """The heading of a column of years or times."""
    axis = clock.axis(lang)
    return axis[0].upper() + axis[1:]
