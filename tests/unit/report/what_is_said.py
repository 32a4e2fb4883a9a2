"""What a document may say of the values of a forecast: numbers, words and sentences in both languages, checked by rules written here
and by none of the report's own functions. `k` is the place of the language in `LANGS`."""

from __future__ import annotations

import re

import numpy as np
from drawn_forecasts import INPUTS, Case

from tzsim.forecast.movers import Mover
from tzsim.forecast.result import GoalResult, SeriesFan
from tzsim.forecast.sweep import Effect
from tzsim.scenario import Goal

# unit -> name in Chinese; name and size in English
UNITS: dict[str, tuple[str, str, float]] = {
    "亿元": ("亿元", "bn yuan", 0.1),
    "%": ("%", "%", 1),
    "个/年": ("个/年", "a year", 1),
    "亿立方米": ("亿立方米", "million m³", 100),
    "万千瓦": ("万千瓦", "MW", 10),
    "家": ("家", "number", 1),
    "核": ("核", "number", 1),
    "万吨标准煤": ("万吨标准煤", "thousand tce", 10),
    "WanTce/Year": ("万吨标准煤/年", "thousand tce a year", 10),
}
VERDICTS = (
    (95, "几乎肯定", "almost certain"),
    (80, "很可能", "very likely"),
    (60, "较可能", "likely"),
    (40, "难以断定", "about even"),
    (20, "较不可能", "unlikely"),
    (5, "很不可能", "very unlikely"),
    (0, "几乎不可能", "almost impossible"),
)
EVIDENCE = {
    "calibrated": ("已校准", "calibrated"),
    "partly": ("部分校准", "partly calibrated"),
    "prior only": ("仅先验", "prior only"),
    "delivery plan only": ("仅推进计划", "delivery plan only"),
}
NUMBER = r"−?\d[\d,]*(?:\.\d+)?"
CHANCE = r"<1%|>99%|\d+%"


def near(text: str, value: float) -> None:
    """The text is one number, and the value rounds to it in the decimals that it carries."""
    assert re.fullmatch(NUMBER, text), text
    shown = float(text.replace(",", "").replace("−", "-"))
    half = 0.5 * 10.0 ** -len(text.partition(".")[2])
    assert abs(shown - value) <= half * (1 + 1e-9) + 1e-9 * abs(value), (text, value)


def chance(text: str, p: float) -> None:
    if p < 0.01:
        assert text == "<1%"
    elif p > 0.99:
        assert text == ">99%"
    else:
        assert text.endswith("%"), text
        near(text[:-1], 100 * p)
        assert "." not in text


def chance_range(text: str, low: float, high: float, k: int) -> None:
    ends = text.split(("—", " to ")[k])
    chance(ends[0], low)
    chance(ends[-1], high)
    assert len(ends) == 2 or ends[0].strip("<>%") in (f"{100 * high:.0f}", "1", "99")


def amount(text: str, value: float, unit: str, k: int) -> None:
    """A number in the unit of the language, with that unit behind it."""
    zh, en, size = UNITS[unit]
    tail = zh if k == 0 else ("%" if unit == "%" else f" {en}")
    assert text.endswith(tail), (text, tail)
    near(text.removesuffix(tail), value * (size if k else 1))


def gap_amount(text: str, value: float, unit: str, k: int) -> None:
    if unit == "%":
        tail = ("个百分点", " percentage points")[k]
        assert text.endswith(tail), text
        near(text.removesuffix(tail), value)
    else:
        amount(text, value, unit, k)


def fine(text: str, value: float, spread: float) -> None:
    """Two figures of the spread can be told apart, as far as four decimals go."""
    decimals = len(text.partition(".")[2])
    assert (
        10.0**-decimals <= max(spread / 10 * (1 + 1e-9), 1e-4) or decimals >= 4 or float(value).is_integer()
    )


def verdict(text: str, k: int) -> str:
    whole = {"<1%": 0, ">99%": 100}.get(text) if text in ("<1%", ">99%") else int(text[:-1])
    assert whole is not None
    return next(row[1 + k] for row in VERDICTS if whole >= row[0])


def year_of(goal: Goal) -> int:
    year = max(goal.each_year) if goal.each_year else goal.date
    assert year is not None
    return year


def limit_words(case: Case, id: str, k: int) -> str:
    if id == "":
        return ""
    if id == "none":
        return ("无明显约束", "no limit")[k]
    return next((x.name.zh, x.name.en)[k] for x in case.forecast.scenario.view.limits if x.id == id)


def place_words(case: Case, element: str, k: int) -> str:
    name = case.forecast.scenario.view.elements[element]
    return (name.zh, name.en)[k]


def input_words(case: Case, m: Mover, goal: Goal | None, k: int) -> str:
    """The label, with its element unless that is the goal's only one, and with the year of a shock."""
    base, _, rest = m.element.partition("[")
    element = rest.rstrip("]")
    text = (INPUTS[base].zh, INPUTS[base].en)[k]
    if element and not (goal is not None and goal.limits_of == (element,)):
        text += ("（{}）", " ({})")[k].format(place_words(case, element, k))
    if m.time is not None:
        text = f"{m.time:.0f}年{text}" if k == 0 else f"{text} in {m.time:.0f}"
    return text


# --- sentences --------------------------------------------------------------------------------------------------------


def check_movers(text: str, case: Case, goal: Goal, k: int) -> None:
    found = case.moved[goal.id][:3]
    item = (
        r"([^、]+?)（解释(\d+)%的方差，(正向|反向)）",
        r"(.+?) \((\d+)% of the variance; (higher raises it|higher lowers it)\)",
    )[k]
    said = re.findall(item, text.partition(("是", ": ")[k])[2])
    assert len(said) == len(found), text
    for (name, share, sign), m in zip(said, found, strict=True):
        assert re.sub(r"^[,;]? ?(and )?", "", name) == input_words(case, m, goal, k)
        near(share, 100 * m.share)
        assert sign == (("正向", "higher raises it") if m.rises else ("反向", "higher lowers it"))[k]


def check_binding(text: str, case: Case, element: str, year: int, k: int) -> None:
    """The largest share comes first with its loss, the next limit where it has a twentieth."""
    b = case.forecast.binding
    i, j = b.elements.index(element), b.years.index(year)
    name = re.escape(place_words(case, element, k))
    order = np.argsort(-b.share[i, j])
    first = int(order[0])
    if first == len(b.limits):
        form = (
            rf"{year}年{name}的产出在(\d+)%的模拟中没有受到明显约束。",
            rf"{name} in {year}: no limit costs noticeable output in (\d+)% of the draws\.",
        )[k]
    else:
        limit = limit_words(case, b.limits[first], k)
        form = (
            rf"{year}年{name}的产出在(\d+)%的模拟中主要受{limit}制约，平均使产出减少([\d.]+)%。",
            rf"{name} in {year}: held back most by {limit} in (\d+)% of the draws; the mean loss is ([\d.]+)% of output\.",
        )[k]
    said = re.match(form, text)
    assert said, (text, form)
    near(said[1], 100 * b.share[i, j, first])
    if first < len(b.limits):
        assert "." in said[2]
        near(said[2], 100 * b.cost[i, j, first])
    runner = next(int(n) for n in order[1:] if n < len(b.limits))
    rest = text[said.end() :].strip()
    if b.share[i, j, runner] < 0.05:
        assert rest == ""
        return
    limit = limit_words(case, b.limits[runner], k)
    after = re.fullmatch(
        (rf"其次是{limit}（(\d+)%的模拟）。", rf"Next comes {limit} \((\d+)% of the draws\)\.")[k], rest
    )
    assert after, rest
    near(after[1], 100 * b.share[i, j, runner])


def check_chance(text: str, case: Case, result: GoalResult, k: int) -> None:
    form = (
        rf"达成概率为({CHANCE})，95%抽样误差区间(.+?)，即“(.+?)”。",
        rf"The probability is ({CHANCE}) \(95% sampling error (.+?)\): (.+?)\.",
    )[k]
    said = re.match(form, text)
    assert said, text
    assert result.probability is not None
    chance(said[1], result.probability)
    chance_range(said[2], result.probability_low or 0.0, result.probability_high or 0.0, k)
    assert said[3] == verdict(said[1], k)
    assert EVIDENCE[result.evidence][k] in text
    yearly = re.findall((rf"(\d{{4}})年({CHANCE})", rf"(\d{{4}}): ({CHANCE})")[k], text)
    assert [int(y) for y, _ in yearly] == [y for y, _ in result.yearly]
    for (_, shown), (_, p) in zip(yearly, result.yearly, strict=True):
        chance(shown, p)


def check_place(text: str, case: Case, fan: SeriesFan, k: int) -> None:
    """Median and interval of the year, what the goal needs from the last documented figure, the gap, and when it is met."""
    goal, result = fan.goal, fan.result
    at = fan.years[-1] if goal is None else year_of(goal)
    j = fan.years.index(at)
    said = re.match(
        (
            r"(\d{4})年中位数为(.+?)，80%的模拟落在(.+?)与(.+?)之间。",
            r"The median for (\d{4}) is (.+?); 80% of the draws lie between (.+?) and (.+?)\.(?: |$)",
        )[k],
        text,
    )
    assert said, text
    assert int(said[1]) == at
    for shown, level in ((said[2], 0.5), (said[3], 0.1), (said[4], 0.9)):
        amount(shown, float(fan.quantiles[fan.quantile_levels.index(level), j]), fan.unit, k)
    if goal is None or result is None:
        return
    median = fan.quantiles[3]
    known = [o for o in fan.history if o.quality in ("official", "reported", "secondary") and o.year <= 2024]
    need = re.search(
        (r"需年均增长(.+?)%，而模拟的中位数路径为年均(.+?)%", r"needs (\S+)% a year from there; the median path gives (\S+)% a year")[k], text
    )  # fmt: skip
    if known and goal.comparison != "<=" and at > known[-1].year:
        last = max(known, key=lambda o: o.year)
        assert need, text
        for shown, then in ((need[1], goal.value), (need[2], float(median[j]))):
            near(shown, 100 * ((then / last.value) ** (1 / (at - last.year)) - 1))
        when = (rf"为{last.year}年的(.+?)。按", rf"documented figure is (.+?) in {last.year}\.")[k]
        document = re.search(when, text)
        assert document, text
        amount(document[1], last.value, fan.unit, k)
    gap = re.search(
        (
            r"中位数(?:比目标低|比目标高|比上限低|超出上限)(.+?)（约为.*?的(.+?)%）",
            r"(?:goal by|limit by|stays) (.+?) (?:below the limit )?\(about (.+?)% of",
        )[k],
        text,
    )
    assert gap, text
    assert result.median is not None
    gap_amount(gap[1], abs(result.median - goal.value), goal.unit, k)
    near(gap[2], 100 * abs(result.median / goal.value - 1))
    below = ("低", "falls short") if goal.comparison == ">=" else ("低", "stays")
    assert (below[k] in text[gap.start() - 25 : gap.end()]) == (result.median <= goal.value)
    if goal.comparison == ">=" and median[j] < goal.value:
        late = [y for y, v in zip(fan.years, median, strict=True) if y > at and v >= goal.value]
        form = (
            (r"要到(\d{4})年才达到", r"value is reached in (\d{4})")
            if late
            else (r"在(\d{4})年之前", r"Up to (\d{4}) the")
        )
        met = re.search(form[k], text)
        assert met, text
        assert int(met[1]) == (late[0] if late else fan.years[-1])


def helps(goal: Goal, e: Effect) -> bool:
    assert e.measure is not None
    sign = {"<=": -1, ">=": 1, "≈ at least": 1}.get(goal.comparison, 0)
    nearer = min(sign * e.measure.low, sign * e.measure.high) > 0 and e.chance.value >= 0
    return e.chance.low > 0 or (sign != 0 and nearer)


def check_raises(text: str, case: Case, result: GoalResult, k: int) -> None:
    """The lever of the largest change of the mean, and what share of the gap that closes."""
    goal = result.goal
    helpful = [e for e in case.swept.effects[goal.id] if helps(goal, e)]
    form = (
        r"“(.+?)”（(\S+?)→(\S+?)）(?:，|使|也只能)", r'"(.+?)" \((\S+) → (.+?)\)'
    )[k]  # fmt: skip
    said = re.search(form, text)
    assert bool(said) == bool(helpful), text
    if not said:
        return
    best = max(helpful, key=lambda e: abs(e.measure.value if e.measure else 0))
    assert best.measure is not None
    assert said[1] == (best.lever.name.zh, best.lever.name.en)[k]
    amount(said[3], best.after, best.lever.unit, k)
    change = re.search(
        (r"(\d{4})年均值向目标靠近(.+?)。", r"the mean of (\d{4}) towards the goal by (.+?)\.(?: |$)")[k],
        text,
    )
    if change:
        assert int(change[1]) == year_of(goal)
        amount(change[2], abs(best.measure.value), goal.unit, k) if goal.unit != "%" else None
    share = re.search((r"当前缺口的([\d.]+)%", r"([\d.]+)% of the present gap")[k], text)
    assert result.median is not None
    sign = -1 if goal.comparison == "<=" else 1
    gap = sign * (goal.value - result.median)
    closes = abs(best.measure.value) >= gap > 0 and goal.comparison != "≈ within"
    assert closes == (("足以补上", "enough to close")[k] in text)
    assert bool(share) == (gap > 0 and goal.comparison != "≈ within" and not closes)
    if share:
        near(share[1], 100 * abs(best.measure.value) / gap)


def check_front(told: dict[str, str], case: Case, k: int) -> None:
    """Page one, paragraph by paragraph."""
    f = case.forecast
    first = [r for r in f.goals if not r.goal.reading_of]
    judged = [r for r in first if r.probability is not None]
    drawn = {fan.goal.id for fan in f.fans if fan.goal}
    key = [r for r in judged if r.goal.id in drawn]
    whole = {r.goal.id: int(f"{100 * (r.probability or 0):.0f}") for r in judged}
    overall = told[("总体判断。", "Overall.")[k]]
    said = re.match(
        (
            r"规划的(\d+)项量化表述中评判(\d+)项：概率不低于60%的(\d+)项，在40%与60%之间、难以断定的(\d+)项，低于40%的(\d+)项。",
            r"Of the plan's (\d+) quantified statements (\d+) are judged: (\d+) are at least 60% likely, (\d+) lie between 40% and 60% and "
            r"cannot be called, (\d+) are below 40%\.",
        )[k],
        overall,
    )
    assert said, overall
    counts = [
        sum(p >= 60 for p in whole.values()),
        sum(40 <= p < 60 for p in whole.values()),
        sum(p < 40 for p in whole.values()),
    ]
    assert [int(x) for x in said.groups()] == [len(first), len(judged), *counts]
    joint = re.search((rf"全部同时实现的概率为({CHANCE})", rf"together is ({CHANCE})")[k], overall)
    assert joint, overall
    chance(joint[1], f.joint["all"].probability.value)
    for lead, likely in (
        (("重点目标中较难实现的。", "Unlikely among the key goals."), False),
        (("重点目标中较有把握的。", "Likely among the key goals."), True),
    ):
        text = told[lead[k]]
        kept = sorted(
            (r for r in key if (whole[r.goal.id] >= 60 if likely else whole[r.goal.id] < 40)),
            key=lambda r: whole[r.goal.id] * (-1 if likely else 1),
        )
        for r in kept[:4]:
            name = (r.goal.name.zh, r.goal.name.en)[k]
            item = re.search(re.escape(name) + (r"（(.+?)）", r" \((.+?)\)")[k], text)
            tied = sum(whole[x.goal.id] == whole[r.goal.id] for x in kept) > 1
            assert item or (tied and len(kept) > 4), (name, text)
            if item:
                chance(item[1], r.probability or 0.0)
        assert len(re.findall(CHANCE, text)) == min(4, len(kept))
        if len(kept) > 4:
            assert str(len(kept)) in text
    limits = told.get(("主要制约。", "What binds.")[k], "")
    binds = [r.binds for r in judged if r.binds not in ("", "none")]
    common = sorted(set(binds), key=lambda x: (-binds.count(x), x))
    listed = re.findall(
        (r"([^、是]+?)（(\d+)项目标）", r"(?:most: |and |, )([^,():]+?) \((\d+)\)")[k], limits
    )
    assert [(n, int(c)) for n, c in listed] == [(limit_words(case, x, k), binds.count(x)) for x in common]
    told_apart = 0
    for fan in f.fans:
        r, goal = fan.result, fan.goal
        if r is None or goal is None or len(goal.limits_of) != 1:
            continue
        name = re.escape(place_words(case, goal.limits_of[0], k))
        item = re.search(
            (
                rf"(\d{{4}})年{name}主要受(.+?)制约（(\d+)%的模拟）",
                rf"{name} in (\d{{4}}): mostly (.+?) \((\d+)% of the draws\)",
            )[k],
            limits,
        )
        if r.binds in ("", "none") or r.binds == common[0] or told_apart == 2:
            assert not item
            continue
        told_apart += 1
        assert item, (fan.id, limits)
        b = f.binding
        at = b.elements.index(goal.limits_of[0]), b.years.index(year_of(goal)), b.limits.index(r.binds)
        assert (int(item[1]), item[2]) == (year_of(goal), limit_words(case, r.binds, k))
        near(item[3], 100 * b.share[at])
    moves = told.get(("什么左右结果。", "What moves it.")[k], "")
    weights: dict[str, float] = {}
    for r in key:
        for m in case.moved[r.goal.id]:
            base = m.element.partition("[")[0]
            weights[base] = weights.get(base, 0.0) + m.share
    order = sorted(weights, key=lambda x: -weights[x])
    names = [(INPUTS[x].zh, INPUTS[x].en)[k] for x in order]
    places = [moves.find(n) for n in names]
    assert places == sorted(places)
    assert -1 not in places
    points = re.search(
        (
            r"提高最多为(\d+)个百分点（(.+?)，(.+?)）",
            r"a key goal is (\d+) percentage points \((.+?), for: (.+?)\)\.",
        )[k],
        moves,
    )
    gains = [
        (round(100 * e.chance.value), e.lever.name, r.goal.name)
        for r in key
        for e in case.swept.effects[r.goal.id]
        if e.chance.low > 0
    ]
    most = max((g for g, _, _ in gains), default=0)
    assert bool(points) == (most >= 1), moves
    if points:
        assert int(points[1]) == most
        assert (points[2], points[3]) in [
            ((a.zh, a.en)[k], (b.zh, b.en)[k]) for g, a, b in gains if g == most
        ]
    grades = [r.evidence for r in judged]
    trust = [int(n) for n in re.findall(r"\d+", told[("可信程度。", "How far to trust it.")[k]])][:3]
    strong = [grades.count(g) for g in ("calibrated", "partly")]
    assert trust == [*strong, len(grades) - sum(strong)]
