"""A forecast made by hand for the report's tests: Tengzhou-like goals with every awkward case a real run may bring.

Its numbers are drawn from known distributions and stand for nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from tzsim.forecast.result import (
    DELIVERY_ONLY,
    PRIOR_ONLY,
    QUANTILE_LEVELS,
    Binding,
    Forecast,
    GoalResult,
    Joint,
    Probability,
    SeriesFan,
)
from tzsim.ir.model import Model
from tzsim.measures import AtEnd, Quantity
from tzsim.scenario import (
    Documented,
    Goal,
    HistoryKey,
    Observation,
    Priors,
    Scenario,
    Text2,
    View,
    ViewLimit,
    ViewSeries,
)

MEMBERS = 4000
YEARS = tuple(range(2018, 2031))
AREAS = {
    "0": Text2("总体目标", "Overall aims"),
    "1": Text2("创新平台建设", "Innovation platforms"),
    "2": Text2("企业创新主体地位", "Firms as innovators"),
    "5": Text2("改造提升传统产业", "Established industries"),
    "6": Text2("培育壮大新兴产业", "New industries"),
    "5+6": Text2("五大产业集群", "The five clusters"),
    "9": Text2("招商引资", "Attracting investment"),
    "12": Text2("设备更新和消费品以旧换新", "Equipment renewal and trade-ins"),
    "17": Text2("新型城镇化", "Urbanisation"),
    "20": Text2("粮食安全", "Grain"),
    "24": Text2("绿色低碳转型", "Energy transition"),
    "26": Text2("生态环境", "Environment"),
    "27": Text2("水资源", "Water"),
}
CLUSTERS = {
    "chemicals": Text2("化工和新材料", "Chemicals and new materials"),
    "machine tools": Text2("机床和高端装备", "Machine tools and high-end equipment"),
    "lithium": Text2("锂电和新能源", "Lithium and new energy"),
    "medicine": Text2("新医药和医养健康", "Medicine and health care"),
    "digital": Text2("数字经济和新一代信息技术", "Digital economy and ICT"),
}
LIMITS = (
    ViewLimit("demand", Text2("需求", "demand"), ()),
    ViewLimit("capacity", Text2("产能", "capacity"), ()),
    ViewLimit("labour", Text2("劳动力", "labour"), ()),
    ViewLimit("energy", Text2("能耗指标", "energy quota"), ()),
    ViewLimit("water", Text2("用水", "water"), ()),
)


def goal(id: str, area: str, zh: str, en: str, value: float, unit: str, **rest: Any) -> Goal:
    """One row with defaults for what a test does not care about."""
    fields: dict[str, Any] = {
        "quote": zh,
        "item": area,
        "reading": Text2(),
        "measure": AtEnd(Quantity(id)),
        "comparison": ">=",
        "tolerance": 0.0,
        "date": 2026,
        "each_year": (),
        "undated": False,
        "status": "judged",
        "reason": Text2(),
        "documented": None,
        "limits_of": (),
        "delivery": False,
        "note": Text2(),
    }
    return Goal(id=id, area=area, name=Text2(zh, en), value=value, unit=unit, **{**fields, **rest})


def goals() -> list[tuple[Goal, float, float, str]]:
    """(goal, median of its measure, relative spread, limit that binds); spread 0 where it is not judged."""
    note_850 = Text2(
        "与五大集群营收合计（T031）口径不同：营收包含规模以下和贸易服务收入，两者不能相加或互推。",
        "Not the measure of the five-cluster total (T031): revenue includes smaller firms, trade and services.",
    )
    rows: list[tuple[Goal, float, float, str]] = [
        (
            goal(
                "T001",
                "0",
                "全市GDP",
                "City GDP (nominal)",
                1000,
                "亿元",
                date=2024,
                note=Text2("与T002同句：实际增长而价格不变时达不到此数。", "In one sentence with T002: out of reach at constant prices."),
            ),
            998,
            0.01,
            "",
        ),
        (
            goal(
                "T002",
                "0",
                "GDP年均增长",
                "GDP average annual growth",
                5.5,
                "%",
                reading=Text2("按实际增速、以上年为基期", "Real growth on the year before"),
            ),
            5.4,
            0.12,
            "",
        ),
        (
            goal("T002b", "0", "GDP年均增长（名义）", "GDP growth, nominal", 5.5, "%", reading_of="T002", reading=Text2("按名义增速", "Nominal")),
            3.1,
            0.3,
            "",
        ),
        (
            goal("T003", "0", "规模以上工业总产值", "Above-scale industrial gross output", 850, "亿元", note=note_850),
            871,
            0.04,
            "demand",
        ),
        (
            goal("T005", "0", "制造业增加值占GDP比重", "Manufacturing share of GDP", 26.5, "%", comparison="≈ within", tolerance=0.5),
            26.2,
            0.02,
            "demand",
        ),
        (
            goal(
                "T026",
                "5",
                "化工和新材料产业集群营收",
                "Chemicals and new materials cluster revenue",
                700,
                "亿元",
                limits_of=("chemicals",),
            ),
            535,
            0.1,
            "energy",
        ),
        (
            goal("T027", "5", "机床和高端装备产业集群营收", "Machine tools cluster revenue", 375, "亿元", limits_of=("machine tools",)),
            357,
            0.05,
            "demand",
        ),
        (goal("T028", "6", "锂电和新能源产业集群营收", "Lithium cluster revenue", 150, "亿元", limits_of=("lithium",)), 67, 0.3, "capacity"),
        (goal("T029", "6", "新医药和医养健康产业集群营收", "Medicine cluster revenue", 30, "亿元", limits_of=("medicine",)), 22.4, 0.2, "none"),
        (goal("T030", "6", "数字经济和新一代信息技术产业集群营收", "Digital cluster revenue", 50, "亿元"), 36, 0.2, "demand"),
        (goal("T031", "5+6", "五大产业集群营收合计", "Sum of five cluster revenues", 1305, "亿元", note=Text2("与850亿元的产值目标口径不同", "Not the measure of the output goal")), 1021, 0.06, "energy"),
        (goal("T034", "9", "每年新招引开工过亿元项目", "Projects above 100 m started a year", 160, "个/年", each_year=(2024, 2025, 2026)), 158, 0.1, ""),
        (goal("T037", "9", "其中过100亿元", "of which above 10 bn", 5, "个/年", each_year=(2024, 2025, 2026)), 1, 0.6, ""),
        (goal("T040", "12", "设备投资规模较2023年增长", "Equipment investment against 2023", 21, "%"), 14, 0.4, ""),
        (
            goal(
                "T048",
                "17",
                "常住人口城镇化率（按全国人口普查口径推算的年末常住人口中城镇人口占比，口径与2017年以前的年报不可比）",
                "Urban share of residents at year end on the basis of the population census, not comparable with reports before 2017",
                65,
                "%",
                comparison="≈ at least",
                tolerance=0.5,
            ),
            65.1,
            0.008,
            "",
        ),
        (
            goal(
                "T063",
                "24",
                "可再生能源发电装机",
                "Renewable generating capacity",
                165,
                "万千瓦",
                note=Text2("文件印作“1650万千瓦时”，是电量单位；此处读作165万千瓦。", "Printed as 1650万千瓦时, a unit of energy; read as 1650 MW."),
            ),
            150,
            0.15,
            "",
        ),
        (goal("T063b", "24", "可再生能源发电装机（照字面）", "Renewable capacity, literal", 1650, "万千瓦", reading_of="T063"), 150, 0.15, ""),
        (goal("T072", "27", "年度用水总量", "Annual water use", 3.25, "亿立方米", comparison="<=", each_year=(2024, 2025, 2026)), 2.45, 0.06, ""),
        (goal("T057", "20", "累计建成高标准农田", "High-standard farmland", 114, "万亩", delivery=True), 118, 0.04, ""),
        (
            goal(
                "T011",
                "2",
                "新增专精特新、瞪羚、制造业单项冠军",
                "New specialised firms",
                60,
                "家",
                status="documented as met",
                documented=Documented(109, 2024, "工作报告", "reported"),
                reason=Text2("仅2024年就报道新增109家，口径可能更宽", "109 reported for one year alone; the scope may be wider"),
            ),
            0,
            0,
            "",
        ),
        (
            goal("T025", "5", "工业母机“三核”之一", "One of three machine-tool cores", 3, "核", status="descriptive", date=None, measure=None, reason=Text2("称号，不是目标", "A title, not a goal")),
            0,
            0,
            "",
        ),
    ]  # fmt: skip
    areas = list(AREAS)
    for k in range(60):
        area = areas[k % len(areas)]
        unmodelled = k % 2 == 0
        rows.append(
            (
                goal(
                    f"T{100 + k}",
                    area,
                    f"模拟指标之{k + 1}：水肥一体化面积",
                    f"Made-up indicator {k + 1}: fertigation area",
                    10 + k,
                    "万亩",
                    status="not modelled yet" if unmodelled else "judged",
                    measure=None if unmodelled else AtEnd(Quantity("x")),
                    undated=k % 5 == 0,
                    reason=Text2("所在部门尚未建模", "Its sector is not modelled yet")
                    if unmodelled
                    else Text2(),
                ),
                (10 + k) * (0.8 + 0.4 * (k / 60)),
                0 if unmodelled else 0.1,
                "",
            )
        )
    return rows


def forecast() -> Forecast:
    """The forecast of the tests; the same value at every call."""
    rng = np.random.default_rng(7)
    rows = goals()
    results: list[GoalResult] = []
    values: list[np.ndarray] = []
    judged: list[str] = []
    common = rng.normal(size=MEMBERS)
    for row, median, spread, binds in rows:
        if row.status != "judged":
            results.append(GoalResult(row, row.status, reason=row.reason.zh))
            continue
        x = median * np.exp(spread * (0.5 * common + 0.87 * rng.normal(size=MEMBERS)))
        met = row.met(x)
        p = float(met.mean())
        half = 1.96 * np.sqrt(p * (1 - p) / MEMBERS)
        results.append(
            GoalResult(
                row,
                "judged",
                median=float(np.quantile(x, 0.5)),
                p10=float(np.quantile(x, 0.1)),
                p90=float(np.quantile(x, 0.9)),
                probability=p,
                probability_low=max(0.0, p - half),
                probability_high=min(1.0, p + half + 0.0009),
                probability_prior=p,
                evidence=DELIVERY_ONLY if row.delivery else PRIOR_ONLY,
                binds=binds,
                yearly=tuple((y, min(1.0, p + 0.01 * k)) for k, y in enumerate(row.each_year)),
            )
        )
        values.append(x)
        judged.append(row.id)
    measures = np.array(values)
    met = np.array(
        [
            row.met(x)
            for (row, *_), x in zip([r for r in rows if r[0].status == "judged"], values, strict=True)
        ]
    )
    by_id = {r.goal.id: r for r in results}
    first = [r.goal.id for r in results if r.status == "judged" and not r.goal.reading_of]
    joint = {"all": Joint(tuple(first), Probability(0.0, 0.0, 0.0009))}
    for area in AREAS:
        inside = tuple(i for i in first if by_id[i].goal.area == area)
        if inside:
            share = float(met[[judged.index(i) for i in inside]].all(axis=0).mean())
            joint[area] = Joint(inside, Probability(share, max(0.0, share - 0.01), min(1.0, share + 0.01)))
    return Forecast(
        scenario=scenario(tuple(row for row, *_ in rows)),
        goals=tuple(results),
        fans=fans(by_id),
        binding=binding(),
        joint=joint,
        measures=measures,
        judged=tuple(judged),
        met=met,
        members=MEMBERS,
        failed=3,
        failures=("3 draws: not a number in 'price[lithium]' at 2027.5",),
        seed=0,
        design="latin hypercube",
        run_id="3f9c2a1b7d5e",
        hashes={"models/tengzhou/clusters.mdl": "ab" * 32, "scenarios/goals/tengzhou-2026.yaml": "cd" * 32},
        version="0.1.0",
        notes=("constants without a prior stay at the model's value: 3",),
    )


def fans(by_id: dict[str, GoalResult]) -> tuple[SeriesFan, ...]:
    """Eight series: growth, decline, no history, a cap, a goal far outside the fan, no goal, a short horizon with gaps."""
    cases = [
        ("chemicals revenue", "化工和新材料产业集群营收", "Chemicals and new materials cluster revenue", "亿元", 330.0, 0.06, 0.1, "T026", True),
        ("machine tools revenue", "机床和高端装备产业集群营收", "Machine tools cluster revenue", "亿元", 250.0, 0.045, 0.05, "T027", True),
        ("lithium revenue", "锂电和新能源产业集群营收", "Lithium cluster revenue", "亿元", 20.0, 0.16, 0.3, "T028", False),
        ("digital revenue", "数字经济和新一代信息技术产业集群营收", "Digital cluster revenue", "亿元", 20.0, 0.07, 0.2, "T030", False),
        ("gdp", "地区生产总值", "GDP", "亿元", 712.0, 0.055, 0.02, "T001", True),
        ("water use", "年度用水总量", "Annual water use", "亿立方米", 2.5, -0.002, 0.06, "T072", True),
        ("renewables", "可再生能源发电装机（照字面读法）", "Renewable capacity, literal reading", "万千瓦", 60.0, 0.12, 0.15, "T063b", True),
        ("energy", "综合能源消费量", "Energy use", "万吨标准煤", 520.0, 0.01, 0.05, "", True),
    ]  # fmt: skip
    made: list[SeriesFan] = []
    for id, zh, en, unit, start, growth, spread, goal_id, known in cases:
        t = np.arange(len(YEARS))
        centre = start * np.exp(growth * t)
        z = np.array([-1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645])
        width = spread * (0.35 + 0.65 * np.clip((t - 6) / 6, 0, None))
        quantiles = centre * np.exp(z[:, None] * width)
        if id == "energy":
            quantiles[:, :2] = np.nan
        history: tuple[Observation, ...] = ()
        if known:
            quality = ("estimated", "secondary", "reported", "official", "official", "recalled", "reported")
            history = tuple(
                Observation(
                    id,
                    "somewhere",
                    2018 + k,
                    float(round(centre[k] * (1 + 0.01 * (-1) ** k), 2)),
                    float(centre[k] * 0.97) if k == 0 else None,
                    float(centre[k] * 1.03) if k == 0 else None,
                    unit,
                    q,
                    "context",
                    f"统计公报 {2018 + k} & <公报>",
                    "",
                )
                for k, q in enumerate(quality)  # pyright: ignore[reportArgumentType]
                if k != 1
            )
        result = by_id.get(goal_id)
        made.append(
            SeriesFan(
                id,
                Text2(zh, en),
                unit,
                YEARS,
                quantiles,
                history,
                None if result is None else result.goal,
                result,
            )
        )
    return tuple(made)


def binding() -> Binding:
    """Shares and costs for the five clusters; lithium moves from capacity to demand."""
    rng = np.random.default_rng(3)
    shape = (len(CLUSTERS), len(YEARS), len(LIMITS) + 1)
    weight = rng.gamma(0.4, size=(len(CLUSTERS), 1, len(LIMITS) + 1)) + rng.gamma(0.3, size=shape)
    share = weight / weight.sum(axis=-1, keepdims=True)
    share[0, 5:] = (0.2, 0.1, 0.0, 0.55, 0.0, 0.15)
    cost = share[:, :, :-1] * 0.08
    return Binding(tuple(limit.id for limit in LIMITS), tuple(CLUSTERS), YEARS, share, cost)


def scenario(rows: tuple[Goal, ...]) -> Scenario:
    """A scenario with the fields a report reads."""
    series = tuple(
        ViewSeries(i, AtEnd(Quantity(i)), Text2(i, i), "亿元", (HistoryKey(i, "somewhere"),), "")
        for i in ("gdp",)
    )
    return Scenario(
        id="baseline",
        path=Path("scenarios/baseline.yaml"),
        root=Path(),
        name=Text2("基准情景", "Baseline"),
        question=Text2("按现有趋势和政策，各项目标有多大把握？", "How likely are the goals as things stand?"),
        model_path=Path("models/somewhere"),
        model=Model("somewhere", {}),
        draws=MEMBERS,
        seed=0,
        as_of=date(2024, 12, 31),
        horizon=2031,
        goals=rows,
        priors=Priors(),
        shocks=(),
        lever_table=(),
        levers={},
        settings={},
        view=View(CLUSTERS, series, LIMITS, (), "Cluster", AREAS),
        history=(),
        files={"models/somewhere/clusters.mdl": "ab" * 32},
    )


assert len(QUANTILE_LEVELS) == 7

HOSTILE = "</text></svg><script>alert('x')</script><img src=x onerror=\"alert(1)\">&=HYPERLINK(1)"


def with_hostile_names(made: Forecast) -> Forecast:
    """Every name and text that a file may bring, replaced by an attack."""
    evil = Text2(HOSTILE, HOSTILE)
    rows = tuple(
        replace(
            r,
            goal=replace(
                r.goal,
                name=evil,
                quote=HOSTILE,
                reading=evil,
                reason=evil,
                note=Text2(HOSTILE + " T001", HOSTILE + " T001"),
            ),
        )
        for r in made.goals
    )
    by_id = {r.goal.id: r for r in rows}
    drawn = tuple(
        replace(
            f,
            name=evil,
            history=tuple(replace(o, source=HOSTILE) for o in f.history),
            result=None if f.result is None else by_id[f.result.goal.id],
            goal=None if f.goal is None else by_id[f.goal.id].goal,
        )
        for f in made.fans
    )
    view = made.scenario.view
    view = replace(
        view,
        areas=dict.fromkeys(view.areas, evil),
        elements=dict.fromkeys(view.elements, evil),
        limits=tuple(replace(limit, name=evil) for limit in view.limits),
    )
    scenario = replace(made.scenario, name=evil, question=evil, view=view)
    return replace(
        made,
        scenario=scenario,
        goals=rows,
        fans=drawn,
        failures=(HOSTILE,),
        notes=(HOSTILE,),
        hashes={HOSTILE: "00"},
    )
