"""Words of the charts of answers, in Chinese and English; numbers stand in placeholders."""

from __future__ import annotations

from typing import Final

from tzsim.record import VERSION
from tzsim.report.charts.frame import SOURCE_SIZE, Text
from tzsim.report.style import QUIET
from tzsim.report.wording import Lang
from tzsim.scenario import Scenario

WORDS: Final[dict[str, tuple[str, str]]] = {
    "gap title": ("{goal}：差距由什么构成", "{goal}: what the gap is made of"),
    "gap subtitle": (
        "{year}平均值到目标的差距；每段为该因素单独解除后可增加的数量（{unit}）",
        "From the mean of {year} to the goal; each step is what lifting that limit alone would add ({unit})",
    ),
    "gap mean": ("平均值", "mean"),
    "gap rest": ("其余", "the rest"),
    "gap goal": ("目标", "goal"),
    "loops title": ("{goal}：哪些反馈回路起作用", "{goal}: which feedback loops carry it"),
    "loops effect": ("切断后的变化（{unit}）", "change when cut ({unit})"),
    "loops subtitle": (
        "左：逐一切断每条回路，同一批模拟，横线为95%区间；右：各回路的相对得分，实线为达成，虚线为未达成",
        "Left: each loop cut in turn on the same members, bars are 95% intervals; right: relative loop scores, solid when met, dashed when missed",
    ),
    "loops score": ("相对得分", "relative score"),
    "scores title": ("反馈回路的相对得分", "Relative scores of feedback loops"),
    "scores subtitle": (
        "各回路对行为变化的份额；正为增强回路，负为平衡回路",
        "Share of each loop in the change of behaviour; positive reinforcing, negative balancing",
    ),
    "time": ("时间", "time"),
    "time in": ("时间（{unit}）", "time ({unit})"),
    "robust title": (
        "{goal}：在结构疑问和其他理解之下的概率",
        "{goal}: probability under structural doubts and other readings",
    ),
    "robust subtitle": (
        "点为概率，横线为95%区间（抽样误差），竖线为基准；疑问取先验的10%和90%分位点",
        "Dots are probabilities, bars 95% intervals of sampling error, the line is the base; doubts stand at the 10% and 90% points of their priors",
    ),
    "probability axis": ("达成概率（%）", "probability (%)"),
    "information title": (
        "{goal}：弄清哪个数据最能减少不确定性",
        "{goal}: which statistic would most sharpen the answer",
    ),
    "information subtitle": (
        "弄清该因素后，达成概率平均变动多少；灰色为未超过噪声线，或眼下无从收集",
        "how far the probability would go on average once the input is known; grey: not above the noise, or not to be collected now",
    ),
    "information none": ("没有不确定因素能使概率变动", "no uncertain input moves the probability"),
    "information axis": ("概率变动（百分点）", "probability moves by (percentage points)"),
    "conflicts title": ("目标之间的冲突与协同", "Goals that fight and goals that go together"),
    "conflicts subtitle": (
        "两项同时达成的概率减去互不相关时的概率；红为冲突，蓝为协同；横线为全部成对比较同时成立的95%区间",
        "probability of meeting both less that of unrelated goals; red: conflict, blue: together; lines: 95 % intervals for all pairs at once",
    ),
    "conflicts none": ("没有看得出的冲突或协同", "no pair is seen to fight or to go together"),
    "conflicts axis": ("与互不相关之差（百分点）", "difference from unrelated (percentage points)"),
    "cost title": ("{goals}：达成概率与最低成本", "{goals}: probability against least cost"),
    "cost subtitle": (
        "每点为达到该概率的最低成本方案，同一批模拟；横线为所求概率",
        "Each point is the least-cost setting that reaches it, on the same members; the line is the probability wanted",
    ),
    "cost axis": ("成本（{unit}）", "cost ({unit})"),
    "cost confirmed": ("新抽样检验", "on fresh members"),
    "cost searched": ("搜索所用模拟", "on the members of the search"),
    "cost wanted": ("所求概率", "wanted"),
    "score title": ("预测与实际", "Forecast and what happened"),
    "score subtitle": (
        "各预测按自身的中位数和80%区间标准化；深色带为50%区间，浅色带为80%区间，点为实际（箭头表示超出画面）",
        "Each forecast scaled by its own median and 80% interval; dark bands 50%, light bands 80%, dots what happened (arrows: off the scale)",
    ),
    "score axis": (
        "偏离中位数（以80%区间半宽计）",
        "distance from the median, in half widths of the 80% interval",
    ),
    "happened": ("实际{value}", "actual {value}"),
    "runs title": ("两次运行之间概率的变化", "Change of probabilities between two runs"),
    "runs subtitle": (
        "色块为逐步换入新输入引起的变化，菱形为存档中两次概率之差",
        "Bars: change as inputs of the newer run are put in one after the other; diamonds: difference of the stored probabilities",
    ),
    "runs same": ("没有目标的概率改变", "no probability changed"),
    "points": ("百分点", "percentage points"),
    "conflict title": ("目标之间的联系", "How goals hang together"),
    "answer source": (
        "{scenario}；{members}次模拟；种子{seed}；tzsim {version}",
        "{scenario}; {members} members; seed {seed}; tzsim {version}",
    ),
}


def word(key: str, lang: Lang, **values: str) -> str:
    """The words under `key` with its placeholders filled. Raises KeyError."""
    zh, en = WORDS[key]
    return (zh if lang == "zh" else en).format(**values)


def answer_source(scenario: Scenario, members: int, lang: Lang) -> list[Text]:
    """The source line of a chart that no forecast stands behind."""
    words = word(
        "answer source",
        lang,
        scenario=scenario.name.of(lang),
        members=f"{members:,}",
        seed=str(scenario.seed),
        version=VERSION,
    )
    return [Text(words, SOURCE_SIZE, QUIET)]
