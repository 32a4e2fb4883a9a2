"""The words of the page that the rest of the report has no use for; `{placeholders}` as in `wording`, no figures in it."""

from __future__ import annotations

from typing import Final

PAGE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("规划目标达成概率", "How likely are the goals of the plan?"),
    "skip": ("跳到目标表", "Skip to the goals"),
    "language": ("语言", "Language"),
    "print": ("打印", "Print"),
    "noscript": (
        "本页需要浏览器允许脚本。同样的数字见同一文件夹中的简报 brief.html 和 goals.csv。",
        "This page needs scripts to be allowed. The brief (brief.html) and goals.csv in the same folder have the same numbers.",
    ),
    "broken": (
        "本页出错，数字可能不全，请改用同一文件夹中的简报或 goals.csv。",
        "Something on this page failed and numbers may be missing; use the brief or goals.csv in the same folder.",
    ),
    "controls": ("筛选与排序", "Filter and sort"),
    "search": ("搜索", "Search"),
    "search hint": ("名称、编号或原文", "name, id or quote"),
    "area": ("领域", "Area"),
    "all areas": ("全部领域", "all areas"),
    "show": ("显示", "Show"),
    "show all": ("全部", "all rows"),
    "show judged": ("已评判", "judged"),
    "show weak": ("依据不足", "weak evidence"),
    "show unjudged": ("未评判", "not judged"),
    "order": ("排序", "Order"),
    "order plan": ("按规划顺序", "as in the plan"),
    "order up": ("概率从低到高", "least likely first"),
    "order down": ("概率从高到低", "most likely first"),
    "shown": ("显示{shown}项，共{all}项", "{shown} of {all} rows"),
    "nothing": ("没有符合条件的目标。", "No goal fits the filter."),
    "table label": (
        "目标表。用上下箭头选择，回车转到详情。",
        "Goals. Arrow keys choose a row, Enter goes to its details.",
    ),
    "details": ("目标详情", "The goal in detail"),
    "to table": ("返回目标表", "Back to the goals"),
    "quote": ("规划原文", "In the plan"),
    "reading": ("读法", "Reading"),
    "documented figure": ("文献记载", "Documented"),
    "prior": ("先验概率", "Prior probability"),
    "median short": ("中位数", "Median"),
    "yearly": ("分年概率", "Year by year"),
    "yearly, times": ("各时点概率", "Time by time"),
    "probability of": ("达成概率", "Probability"),
    "error": ("{level}误差区间 {interval}", "{level} error interval {interval}"),
    "what if": ("如果目标值改为", "What if the goal were"),
    "slider label": ("目标值（滑块）", "Value of the goal (slider)"),
    "field label": ("目标值（{unit}）", "Value of the goal ({unit})"),
    "field label bare": ("目标值", "Value of the goal"),
    "reset": ("恢复规划目标", "Back to the plan's goal"),
    "moved": (
        "目标值{value}：达成的概率约为{probability}，{verdict}",
        "Goal {value}: probability about {probability}, {verdict}",
    ),
    "unmoved": (
        "规划目标{value}：达成的概率为{probability}，{verdict}",
        "The plan's goal {value}: probability {probability}, {verdict}",
    ),
    "accuracy": (
        "改动后的概率由{count}个分位数算出，与{members}次模拟中的实际比例相差不超过{points}个百分点；规划目标处为模拟结果本身。",
        "A moved goal's probability comes from {count} quantiles and lies within {points} percentage points of the share of the "
        "{members} draws; at the plan's goal it is the result itself.",
    ),
    "accuracy one": (
        "改动后的概率由{count}个分位数算出，与{members}次模拟中的实际比例相差不超过{points}个百分点；规划目标处为模拟结果本身。",
        "A moved goal's probability comes from {count} quantiles and lies within {points} percentage point of the share of the "
        "{members} draws; at the plan's goal it is the result itself.",
    ),
    "every year": (
        "须逐年达到：按每次模拟中最难的一年计算。",
        "It must hold in every year: each draw counts by its hardest year.",
    ),
    "every year, times": (
        "各时点均须达到：按每次模拟中最难的时点计算。",
        "It must hold at every one of the times: each draw counts by its hardest.",
    ),
    "last year, times": (
        "改动后只看{year}，不再要求各时点都达到。",
        "Moved, only {year} counts, not every one of the times.",
    ),
    "last year": (
        "改动后只看{year}，不再要求逐年达到。",
        "Moved, only {year} counts, not every year.",
    ),
    "sure at least": ("有{level}把握达到的目标值", "Goal that would be {level} sure"),
    "sure at most": ("有{level}把握守住的上限", "Limit that would be {level} sure"),
    "never so sure": ("没有", "none"),
    "curve title": ("目标值与达成概率", "Value of the goal and its probability"),
    "curve label": (
        "曲线：目标值从{low}到{high}，达成概率从{first}到{last}。点按或拖动可改目标值。",
        "Curve: for goals from {low} to {high} the probability goes from {first} to {last}. Click or drag to move the goal.",
    ),
    "plan's goal": ("规划目标", "the plan's goal"),
    "moved goal": ("改后目标", "the goal as moved"),
    "fan": ("历史与预测", "History and forecast"),
    "series": ("指标", "Series"),
    "fan label": (
        "{name}的扇形图，{first}到{last}。左右箭头逐年查看分位数。",
        "Fan chart of {name}, {first} to {last}. Left and right arrows step through the years' quantiles.",
    ),
    "fan label, times": (
        "{name}的扇形图，{first}到{last}。左右箭头逐点查看分位数。",
        "Fan chart of {name}, {first} to {last}. Left and right arrows step through the times' quantiles.",
    ),
    "no fan, times": (
        "本情景没有为这项目标列出时间序列；可在上面选看其他指标。",
        "The scenario lists no series over time for this goal; choose another series above.",
    ),
    "no fan": (
        "本情景没有为这项目标列出逐年指标；可在上面选看其他指标。",
        "The scenario lists no yearly series for this goal; choose another series above.",
    ),
    "year": ("年份", "Year"),
    "quantiles": ("各分位数", "Quantiles"),
    "no value": ("无数值", "no value"),
    "history point": ("历史：{value}（{quality}）", "history: {value} ({quality})"),
    "scenarios": ("各情景", "The scenarios"),
    "scenario": ("情景", "Scenario"),
    "difference": ("与“{base}”之差", "Against {base}"),
    "difference words": (
        "{points}个百分点（{low}至{high}）",
        "{points} points ({low} to {high})",
    ),
    "about": ("方法、局限与来源", "Method, limits and provenance"),
    "sort by probability": ("按概率排序", "sort by probability"),
    "as in": ("与 goals.csv 和简报中的数字一致。", "The same numbers as goals.csv and the brief."),
}
