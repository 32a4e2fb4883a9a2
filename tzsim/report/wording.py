"""The report's fixed words in Chinese and English: one table, no figures in it.

Numbers reach a sentence only as `{placeholders}` that the caller fills with a value of the forecast; a test checks that no
entry holds a digit and that both languages of an entry take the same placeholders.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from tzsim.arguments import check, choice
from tzsim.report.brief_words import BRIEF_WORDS

Lang: TypeAlias = Literal["zh", "en"]

LANGS: Final[tuple[Lang, Lang]] = ("zh", "en")


def check_lang(lang: object) -> None:
    """Raise InputError unless this is a language that tzsim writes."""
    check(choice("lang", lang, LANGS))


def say(key: str, lang: Lang, **values: str) -> str:
    """The words under `key` with its placeholders filled. Raises KeyError for an unknown key or a missing value."""
    check_lang(lang)
    zh, en = WORDS[key]
    return (zh if lang == "zh" else en).format(**values)


def joined(items: list[str], lang: Lang) -> str:
    """A list in running text."""
    if lang == "zh":
        return "、".join(items)
    if len(items) < 2:
        return "".join(items)
    mark = "; " if any("," in item for item in items) else ", "
    return mark.join(items[:-1]) + (mark if mark == "; " else " ") + "and " + items[-1]


def opened(text: str) -> str:
    """The text as a sentence begins: its first letter a capital."""
    return text[:1].upper() + text[1:]


WORDS: Final[dict[str, tuple[str, str]]] = BRIEF_WORDS | {
    # verdicts: the words of likelihood, most likely first
    "almost certain": ("几乎肯定", "almost certain"),
    "very likely": ("很可能", "very likely"),
    "likely": ("较可能", "likely"),
    "about even": ("难以断定", "about even"),
    "unlikely": ("较不可能", "unlikely"),
    "very unlikely": ("很不可能", "very unlikely"),
    "almost impossible": ("几乎不可能", "almost impossible"),
    # status and evidence
    "judged": ("已评判", "judged"),
    "documented as met": ("文献记载已达到（口径可能不同）", "documented as met (scope may differ)"),
    "documented as met, short": ("记载已达到", "Documented as met"),
    "descriptive": ("描述性表述，非目标", "descriptive, not a goal"),
    "not modelled yet": ("尚未建模", "not modelled yet"),
    "prior only": ("仅先验", "prior only"),
    "delivery plan only": ("仅推进计划", "delivery plan only"),
    "posterior": (
        "参数已用历史数据校准，校准到什么程度见各项目标的等级",
        "inputs calibrated to documented figures; how far that reaches, the grade of each goal says",
    ),
    "calibrated": ("已校准", "calibrated"),
    "partly": ("部分校准", "partly calibrated"),
    "weak evidence": ("依据不足", "weak evidence"),
    "none cell": ("不受限", "none"),
    "continued": ("{name}（续）", "{name} (continued)"),
    "dash": ("—", "–"),
    "none": ("无", "none"),
    # punctuation
    "colon": ("：", ": "),
    "semicolon": ("；", "; "),
    "comma": ("，", ", "),
    "full stop": ("。", ". "),
    "paren": ("（{text}）", " ({text})"),
    # targets
    "target >=": ("≥{value}", "≥ {value}"),
    "target <=": ("≤{value}", "≤ {value}"),
    "is >=": ("≥", "≥"),
    "is <=": ("≤", "≤"),
    "is ≈ at least": ("约（不低于）", "about, or more"),
    "is ≈ within": ("约（上下）", "about, either side"),
    "target about": ("{value}左右", "about {value}"),
    "quantity": ("{value}{unit}", "{value} {unit}"),
    "by year": ("{year}", "{year}"),
    "each year": ("{first}—{last}年逐年", "each year {first}–{last}"),
    "each time": ("{times}均须达到", "at each of {times}"),
    "undated": ("未注明期限，按{end_of_year}", "undated, taken as {end_of_year}"),
    "range": ("{low}—{high}", "{low} to {high}"),
    "year of": ("{at_year}{value}", "{value} {at_year}"),
    # charts
    "fan title": ("{name}：历史与预测", "{name}: history and forecast"),
    "fan goal": (
        "{year}目标{target}：达到的概率为{probability}（{verdict}）",
        "Goal for {year}, {target}: probability of reaching it {probability} ({verdict})",
    ),
    "fan goal cap": (
        "{year}控制目标{target}：守住的概率为{probability}（{verdict}）",
        "Limit for {year}, {target}: probability of keeping it {probability} ({verdict})",
    ),
    "fan goal, no probability": ("{year}目标{target}：{status}", "Goal for {year}, {target}: {status}"),
    "fan median": (
        "{year}预测中位数{median}，{level}区间{low}—{high}",
        "Forecast median for {year}: {median}, {level} interval {low} to {high}",
    ),
    "fan median, past": (
        "{year}模型中位数{median}，{level}区间{low}—{high}",
        "Model median for {year}: {median}, {level} interval {low} to {high}",
    ),
    "no history": ("无历史数据", "No history on record"),
    "band": ("{level}区间", "{level} interval"),
    "median": ("预测中位数", "forecast median"),
    "median label": ("{year}中位数 {value}", "median {year}: {value}"),
    "goal label": ("{year}目标 {value}", "goal {year}: {value}"),
    "hindsight": ("模型回算（{level}区间）", "model over the past ({level} interval)"),
    "documented": ("历史：有文献记载", "history: documented"),
    "estimated": ("历史：估算或回忆", "history: estimated or recalled"),
    "goal": ("目标", "goal"),
    "history side": ("◀ 历史", "◀ history"),
    "history side, dated": ("◀ 历史（截至{date}）", "◀ history (to {date})"),
    "forecast side": ("预测 ▶", "forecast ▶"),
    "count axis": ("数量", "number"),
    "chart source": (
        "来源：tzsim {version}，情景“{scenario}”，{members}次模拟，种子{seed}，运行编号{run}。",
        'Source: tzsim {version}, scenario "{scenario}", {members} draws, seed {seed}, run {run}.',
    ),
    "prior note": (
        "证据等级：仅先验。概率来自先验假设，尚未用历史数据校准，依据不足。",
        "Evidence: prior only. Probabilities come from prior assumptions not yet calibrated to history (weak evidence).",
    ),
    "evidence note": ("证据等级：{evidence}。", "Evidence: {evidence}."),
    "board title": ("目标达成概率一览", "How likely each goal is"),
    "board subtitle": (
        "点为概率，横线为{level}抽样误差区间；共{all}项，评判{judged}项",
        "Dot: probability; line: {level} interval of the sampling error; {judged} of {all} rows judged",
    ),
    "board others": ("{status}（{count}项）：{names}", "{status} ({count}): {names}"),
    "board axis": ("达成概率", "probability"),
    "board goal": ("目标", "goal"),
    "board verdict": ("判断", "verdict"),
    "board marks": (
        "空心点：依据不足（仅先验或仅推进计划）；实心点：经历史数据校准；†：仅由推进计划支撑。",
        "Hollow: weak evidence (prior only or delivery plan only); solid: calibrated to history; †: rests on a delivery plan alone.",
    ),
    "binding title": ("各集群历年受何约束", "Which limit holds each cluster back, by year"),
    "binding title, times": ("产出在各时段受何约束", "Which limit holds output back, over time"),
    "binding subtitle": (
        "每格为造成产出损失最大的约束及其在模拟中的占比；损失低于门槛者记为“{none}”",
        'Each cell: the limit that costs most output in most draws, and its share of draws; "{none}": loss below the threshold',
    ),
    "binding empty": ("本情景的视图未列出任何约束", "The view of this scenario names no limits"),
    "binding caption": (
        "{at_year}各约束：损失最大的模拟占比（平均产出损失）",
        "Limits {at_year}: share of draws in which each costs most (mean output lost)",
    ),
    "share": ("占模拟的比例", "share of draws"),
    "comparison chart": (
        "与“{base}”相比，各目标概率的变化",
        'Change of each goal\'s probability against "{base}"',
    ),
    "comparison chart same": ("没有目标的概率发生变化。", "No goal's probability changes."),
    "comparison chart note": (
        "逐次配对，横线为{level}抽样误差区间；实心为明显变化，空心为看不出差别；未变的目标不列",
        "Paired draw by draw; line: {level} interval of sampling error; solid where the change is sure, hollow where not; unchanged goals left out",
    ),
    "comparison targets": (
        "* {name}：目标值不同，各按自己的目标值：{items}",
        "* {name}: another target, each probability is of its own: {items}",
    ),
    "comparison more targets": ("，另有{more}项", " and {more} more"),
    "own target": ("目标值{step}", "target {step}"),
    "target step": ("{old}→{new}", "{old} → {new}"),
    "parameters chart": ("历史数据使哪些参数更确定", "What history taught about the parameters"),
    "parameters chart note": (
        "灰条为先验的{level}区间，蓝线为校准后的{level}区间和中位数；右侧为历史数据消去的先验方差比例",
        "Grey: {level} interval of the prior; blue: {level} interval and median after calibration; right: share of the prior's variance removed",
    ),
    "parameters chart axis": ("以先验的标准差为单位", "standard deviations of the prior"),
    "evidence chart": ("历史数据如何改变目标概率", "How history changes the probabilities"),
    "evidence chart note": (
        "空心点为只凭先验的概率，实心点为校准后的概率及其抽样误差；变化最大的在前",
        "Hollow: probability from the priors alone; solid: after calibration, with its sampling error; largest changes first",
    ),
    "evidence chart axis": ("达成概率（百分数）", "probability (per cent)"),
    "prior mark": ("先验", "prior"),
    "posterior mark": ("校准后", "after calibration"),
    "comparison axis": ("概率变化（百分点）", "change of probability (percentage points)"),
    # brief: headings
    "brief title": ("规划目标达成概率评估简报", "How likely are the goals of the plan?"),
    "brief subtitle": ("{scenario}（数据截至{date}）", "{scenario} (data up to {date})"),
    "answer": ("结论", "The answer"),
    "goal table": ("目标总表", "The goals"),
    "conflicts": ("目标之间的冲突与协同", "Goals that fight and goals that go together"),
    "unmodelled": ("未评判的目标", "Goals not judged"),
    "method": ("方法与局限", "Method and limits"),
    "provenance": ("来源与可复现信息", "Provenance"),
    "data rows": ("所用历史数据", "Data rows used"),
    "joint": ("分领域同时达成的概率", "Probability of meeting all goals of an area together"),
    # brief: table heads
    "col id": ("编号", "Id"),
    "col goal": ("目标", "Goal"),
    "col area": ("领域", "Area"),
    "col target": ("目标值", "Target"),
    "col date": ("期限", "By"),
    "col median": ("中位数（{level}区间）", "Median ({level} interval)"),
    "col probability": ("概率（{level}误差区间）", "Probability ({level} error interval)"),
    "col verdict": ("判断", "Verdict"),
    "col evidence": ("证据", "Evidence"),
    "col binds": ("主要约束", "What binds"),
    "col status": ("状态", "Status"),
    "col reason": ("原因", "Reason"),
    "col value": ("数值", "Value"),
    "col unit": ("单位", "Unit"),
    "col quality": ("质量", "Quality"),
    "col source": ("出处", "Source"),
    "col series": ("指标", "Series"),
    "col file": ("文件", "File"),
    "col hash": ("SHA-{bits}校验值", "SHA-{bits}"),
    "col cluster": ("集群", "Cluster"),
    "col whole": ("范围", "Part"),
    "col cost": ("平均产出损失", "Mean output lost"),
    "col count": ("目标数", "Goals"),
    "col probability bare": ("概率", "Probability"),
    "col note": ("说明", "Note"),
    "col rows": ("行数", "Rows"),
    "prior rows": ("先验参数的依据", "What the priors rest on"),
    "files": ("所读文件", "Files read"),
    "notebook line": (
        "{members}次模拟，种子{seed}，数据截至{date}，运行编号{run}",
        "{members} draws, seed {seed}, data up to {date}, run {run}",
    ),
    # brief: computed sentences
    "answer joint dated": (
        "不计其中未注明日期、按规划期末评判的{count}项，为{probability}。",
        "Without the {count} that carry no date in the plan and are judged at its end, it is {probability}.",
    ),
    "answer item": ("{name}（{probability}）", "{name} ({probability})"),
    "answer other": ("{count}项{status}", "{count} {status}"),
    "answer evidence": (
        "这些概率目前只反映先验假设，没有经过历史数据校准，依据不足，宜用于发现短板和安排核实，不宜作为考核依据。",
        "These probabilities so far reflect prior assumptions only and are not calibrated to history: weak evidence, fit for finding weak "
        "spots and deciding what to verify, not for holding anyone to account.",
    ),
    "no goals": ("没有可评判的目标。", "No goal could be judged."),
    "cluster median": (
        "{year}中位数为{median}，{level}的模拟落在{low}与{high}之间。",
        "The median for {year} is {median}; {level} of the draws lie between {low} and {high}.",
    ),
    "cluster need": (
        "最近一个有文献记载的数值为{at_documented_year}的{documented}。按目标{target}推算，此后需{rate}增长{needed}，"
        "而模拟的中位数路径为{rate}{expected}。",
        "The latest documented figure is {documented} {at_documented_year}. Reaching {target} needs {needed} {rate} from there; "
        "the median path gives {expected} {rate}.",
    ),
    "cluster need, points": (
        "最近一个有文献记载的数值为{at_documented_year}的{documented}。按目标{target}推算，此后{rate}需提高{needed}，"
        "而模拟的中位数路径为{rate}{expected}。",
        "The latest documented figure is {documented} {at_documented_year}. Reaching {target} needs {needed} {rate} from there; "
        "the median path gives {expected} {rate}.",
    ),
    "cluster cap": (
        "最近一个有文献记载的数值为{at_documented_year}的{documented}，控制目标为{target}。",
        "The latest documented figure is {documented} {at_documented_year}; the limit is {target}.",
    ),
    "cluster no document": (
        "该指标没有可直接引用的历史记载，起点本身也是抽样得到的。",
        "No figure of this series is documented; its starting level is itself sampled.",
    ),
    "shortfall": (
        "中位数比目标低{gap}（约为目标的{share}）。",
        "The median falls short of the goal by {gap} (about {share} of the goal).",
    ),
    "surplus": (
        "中位数比目标高{gap}（约为目标的{share}）。",
        "The median exceeds the goal by {gap} (about {share} of the goal).",
    ),
    "cap room": (
        "中位数比上限低{gap}（约为上限的{share}）。",
        "The median stays {gap} below the limit (about {share} of it).",
    ),
    "cap excess": (
        "中位数超出上限{gap}（约为上限的{share}）。",
        "The median exceeds the limit by {gap} (about {share} of it).",
    ),
    "shortfall, points": ("中位数比目标低{gap}。", "The median falls short of the goal by {gap}."),
    "surplus, points": ("中位数比目标高{gap}。", "The median exceeds the goal by {gap}."),
    "cap room, points": ("中位数比上限低{gap}。", "The median stays {gap} below the limit."),
    "cap excess, points": ("中位数超出上限{gap}。", "The median exceeds the limit by {gap}."),
    "in points": ("{value}个百分点", "{value} percentage points"),
    "met later": (
        "按中位数路径，要到{at_year}才达到目标值。",
        "On the median path the goal's value is reached {at_year}.",
    ),
    "met never": (
        "在{year}之前，中位数路径一直没有达到目标值。",
        "Up to {year} the median path does not reach the goal's value.",
    ),
    "probability is": (
        "达成概率为{probability}，{level}抽样误差区间{interval}，即“{verdict}”。",
        "The probability is {probability} ({level} sampling error {interval}): {verdict}.",
    ),
    "yearly is": ("分年看：{years}。", "Year by year: {years}."),
    "timely is": ("各时点分别看：{years}。", "Time by time: {years}."),
    "yearly item": ("{year}{probability}", "{year}: {probability}"),
    "binds is": (
        "{at_year}{element}的产出在{share}的模拟中主要受{limit}制约，平均使产出减少{cost}。",
        "{element} {at_year}: held back most by {limit} in {share} of the draws; the mean loss is {cost} of output.",
    ),
    "binds next": ("其次是{limit}（{share}的模拟）。", "Next comes {limit} ({share} of the draws)."),
    "binds none": (
        "{at_year}{element}的产出在{share}的模拟中没有受到明显约束。",
        "{element} {at_year}: no limit costs noticeable output in {share} of the draws.",
    ),
    "reading is": ("{id}（本报告的读法）：{reading}", "{id}, as read here: {reading}"),
    "other reading is": ("{id}（另一种读法）：{reading}", "{id}, read otherwise: {reading}"),
    "tension intro": (
        "下列目标在规划文本中含义不清或彼此不一致。说明文字取自目标文件，数字由模型给出。",
        "The plan's text leaves these goals unclear or at odds with each other. The notes are from the goal file, the numbers from the model.",
    ),
    "model says": ("模型给出：{parts}。", "The model gives: {parts}."),
    "model item": (
        "{name}{year}，中位数{median}，目标{target}，概率{probability}",
        "{name}, {year}: median {median}, target {target}, probability {probability}",
    ),
    "model item none": ("{name}：{status}", "{name}: {status}"),
    "conflict": (
        "“{first}”与“{second}”：各自达成的概率为{p_first}和{p_second}，若互不相关应有{independent}的可能同时达成，实际只有{both}。",
        '"{first}" and "{second}": {p_first} and {p_second} alone, {independent} together if unrelated, but only {both} in the draws.',
    ),
    "companions": (
        "“{first}”与“{second}”：各自达成的概率为{p_first}和{p_second}，若互不相关应有{independent}的可能同时达成，实际有{both}。",
        '"{first}" and "{second}": {p_first} and {p_second} alone, {independent} together if unrelated, and {both} in the draws.',
    ),
    "together intro": (
        "以下目标往往一同达成或一同落空。",
        "The following goals tend to be met or missed together.",
    ),
    "no conflicts": (
        "没有发现同时达成的概率明显低于互不相关情形的目标对。",
        "No pair of goals is met together much less often than if they were unrelated.",
    ),
    "failed": (
        "{failed}次模拟因数值失败被剔除：{causes}。",
        "{failed} draws failed and are left out: {causes}.",
    ),
    "none failed": ("没有一次模拟失败。", "No draw failed."),
    "unmodelled intro": (
        "以下{count}项没有给出概率，原因逐项列明，不因未建模而略去。",
        "These {count} rows have no probability; each states why. None is left out for not being modelled.",
    ),
    "readings mark": ("同一目标的另一种读法", "another reading of the same goal"),
    # brief: method, in words only
    "method model": (
        "模型。{about}存量随时间积累，各部分相互作用；过去与未来用同一组方程计算。",
        "Model. {about} Stocks accumulate over time and act on each other; past and future are computed by the same equations.",
    ),
    "method about": ("存量流量模型。", "A stock-flow model."),
    "method draws": (
        "模拟。对{members}组参数和冲击各算一遍（抽样设计：{design}；种子{seed}），每组是一种可能的未来；"
        "时间从{start}到{end}。概率就是达到目标的未来所占的比例。",
        "Draws. The model runs once for each of {members} sets of parameters and shocks (design: {design}; seed {seed}), each a possible "
        "future, from {start} to {end}. A probability is the share of futures that meet the goal.",
    ),
    "method interval": (
        "误差。概率后的区间只是抽样次数有限带来的误差（{level}），不包括模型本身可能的偏差；中位数后的区间表示{fan}的模拟落在其中。",
        "Error. The interval of a probability ({level}) covers only the finite number of draws, not what the model may have wrong; the interval "
        "of a median holds {fan} of the draws.",
    ),
    "method words": (
        "用语。概率按固定的分档换成文字：{table}。",
        "Words. Probabilities turn into words by fixed bands: {table}.",
    ),
    "word band": ("{word}（{low}—{high}）", "{word} ({low} to {high})"),
    "word first": ("{word}（{low}及以上）", "{word} ({low} and above)"),
    "word last": ("{word}（低于{high}）", "{word} (below {high})"),
    "method evidence": (
        "证据。“仅先验”表示还没有用历史数据校准参数；“仅推进计划”表示只由任务清单、资金、人手和工期推算。"
        "估算和回忆的数据只用于设定先验，图中以空心点表示，不作为拟合证据。",
        'Evidence. "Prior only": parameters are not yet calibrated to history; "delivery plan only": work lists, money, staff and durations '
        "alone decide the goal. Estimated and recalled data only inform priors, are drawn hollow, and never count as evidence of fit.",
    ),
    "method posterior": (
        "校准。参数和{asof}以前的冲击取自校准后的后验“{id}”（{runs}次独立运行，留存{draws}组；最大R-hat {rhat}，最小有效样本{ess}）。"
        "{fitted}个拟合数据中有{inside}个落在后验预测的区间内。留出未用的{held}个数据中{held_inside}个落在区间内。",
        'Calibration. Parameters and shocks up to {asof} come from the posterior "{id}" ({runs} independent runs, {draws} draws kept; worst '
        "R-hat {rhat}, least effective sample {ess}). {inside} of {fitted} fitted figures lie in their posterior predictive band. "
        "{held_inside} of {held} figures held out of the fit lie in theirs.",
    ),
    "undiagnosed": (
        "警告：该后验未达到收敛标准，概率不可靠。",
        "Warning: this posterior is below the bar of convergence; the probabilities are not reliable.",
    ),
    "method grades": (
        "证据等级按历史数据消去的先验方差比例划分：过半为“已校准”，一成至一半为“部分校准”，不足一成为“仅先验”；“仅推进计划”表示只由任务清单、资金、人手和工期推算。"
        "估算和回忆的数据只用于设定先验，图中以空心点表示，不作为拟合证据。",
        "Evidence is graded by the share of the prior variance of a goal's measure that the data removed: more than half 'calibrated', a tenth "
        "to a half 'partly calibrated', less 'prior only'; 'delivery plan only': work lists, money, staff and durations alone. "
        "Estimated and recalled data only inform priors, are drawn hollow, and never count as evidence of fit.",
    ),
    "method skill": (
        "检验。尚未做历史回测，因此不能说明预测能力强于简单外推。",
        "Skill. No hindcast has been recorded, so no skill over simple extrapolation can be claimed.",
    ),
    "method skilled": ("检验。{verdict}", "Skill. {verdict}"),
    "method scope": (
        "口径。统计口径可能变化，同名指标在规划、公报和新闻中不一定同一口径；凡有文献记载已达到的目标均注明“口径可能不同”。",
        "Scope. Statistical scope may change, and one name need not mean the same in the plan, the bulletin and the press; goals documented as "
        "met say so.",
    ),
    "method notes": ("运行提示", "Notes of this run"),
    "monte carlo": ("蒙特卡罗", "Monte Carlo"),
    "latin hypercube": ("拉丁超立方", "Latin hypercube"),
    "sobol": ("Sobol序列", "Sobol sequence"),
    # provenance
    "run id": ("运行编号", "run id"),
    "seed": ("随机种子", "seed"),
    "draws": ("模拟次数", "draws"),
    "design": ("抽样设计", "design"),
    "version": ("软件版本", "version"),
    "as of label": ("数据截至", "data up to"),
    "scenario": ("情景", "scenario"),
    "question": ("问题", "question"),
    "data rows intro": (
        "图中的历史点共{rows}行，其中{documented}行有文献记载，{estimated}行为估算或回忆。",
        "The charts show {rows} history rows: {documented} documented, {estimated} estimated or recalled.",
    ),
    "official": ("官方", "official"),
    "reported": ("报道", "reported"),
    "secondary": ("二手", "secondary"),
    "recalled": ("回忆", "recalled"),
    "assumption": ("假设", "assumption"),
    "estimated quality": ("估算", "estimated"),
    # spreadsheet
    "sheet goals": ("目标", "Goals"),
    "sheet chart": ("概率图", "Chart"),
    "sheet years": ("逐年概率", "Each year"),
    "sheet years, times": ("各时点概率", "Each time"),
    "sheet series": ("指标分位数", "Series"),
    "sheet binding": ("约束", "What binds"),
    "sheet movers": ("影响因素", "What moves it"),
    "sheet inputs": ("影响因素图", "Inputs chart"),
    "sheet levers": ("手段效果", "What would raise it"),
    "sheet best": ("手段效果图", "Levers chart"),
    "sheet read": ("读法", "How to read"),
    "sheet source": ("来源", "Provenance"),
    "col median only": ("中位数", "median"),
    "col quantile": ("{level}分位", "{level} quantile"),
    "col input": ("因素", "Input"),
    "col input from": ("起始年", "from"),
    "col share": ("方差占比", "share of variance"),
    "col mean share": ("平均方差占比", "mean share of variance"),
    "col goals moved": ("影响目标数", "goals moved"),
    "col direction": ("方向", "direction"),
    "col model name": ("模型中的名称", "name in the model"),
    "inputs title": ("影响全部{goals}项目标的主要因素", "The inputs that move the plan's {goals} goals most"),
    "col lever unit": ("手段单位", "lever's unit"),
    "col before": ("现值", "from"),
    "col after": ("改为", "to"),
    "col chance points": ("概率变化（百分点）", "probability, change (points)"),
    "col chance points low": ("概率变化下限", "change, low"),
    "col chance points high": ("概率变化上限", "change, high"),
    "col measure change": ("均值变化", "mean, change"),
    "col measure change low": ("均值变化下限", "mean change, low"),
    "col measure change high": ("均值变化上限", "mean change, high"),
    "col helps": ("是否有利", "helps"),
    "col most points": ("概率最多提高（百分点）", "largest gain (points)"),
    "col goal raised": ("提高最多的目标", "goal raised most"),
    "col goals helped": ("有利目标数", "goals helped"),
    "lever to": ("{lever}：{after}", "{lever}: {after}"),
    "best title": (
        "每项手段单独用到端点，最多使一项目标的概率提高多少",
        "The most that each lever alone raises the probability of a goal",
    ),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "col comparison": ("比较", "comparison"),
    "col probability only": ("概率", "probability"),
    "col probability low": ("概率区间下限", "probability low"),
    "col probability high": ("概率区间上限", "probability high"),
    "col probability prior": ("先验概率", "prior probability"),
    "read probability": (
        "“概率”是达到目标的模拟所占的比例；旁边两列是{level}抽样误差区间，只反映模拟次数有限，不反映模型偏差。",
        '"probability" is the share of draws that meet the goal; the two columns beside it are the {level} interval of the sampling error, not of '
        "the model's error.",
    ),
    "read interval": (
        "“中位数”以及{low}、{high}分位按目标的单位给出；两个分位之间是{level}区间。",
        "The median and the {low} and {high} quantiles are in the goal's unit; between the two lies the {level} interval.",
    ),
    "read units": (
        "数值用规划所写的单位，见“单位”列。",
        "Amounts are in the unit of their row, as English counts: what the plan writes in hundred millions of yuan stands here in billions. "
        "goals.csv keeps the plan's units.",
    ),
    "read verdict": (
        "“判断”按固定分档把概率换成文字，颜色随文字：蓝为可能，灰为难以断定，橙为不可能。",
        '"verdict" puts the probability into words by fixed bands; blue is likely, grey about even, orange unlikely.',
    ),
    "read evidence": (
        "“证据”说明概率由什么支撑；“仅先验”与“仅推进计划”均属依据不足。",
        '"evidence" says what supports the probability; "prior only" and "delivery plan only" are both weak.',
    ),
    "read binds": (
        "“主要约束”是在最多的模拟中使产出损失最大的那个约束。",
        '"what binds" is the limit that costs most output in most draws.',
    ),
    "read movers": (
        "“影响因素”列出高于噪声的不确定因素；方差占比是已知该因素取值后预测方差平均减少的比例；有起始年者为该年起的冲击值。",
        "'What moves it' lists the uncertain inputs above the noise: the share of the measure's variance that knowing the input would remove; with "
        "a year, the input is a shock's value from that year on.",
    ),
    "read levers": (
        "“手段效果”列出单独使用某项手段后有可靠变化的目标，区间为抽样误差；没有可靠变化、或均值变化不足目标值千分之一的不列，全部见levers.csv。",
        "'What would raise it' lists each lever, moved alone, with the goals that it changes beyond sampling error; changes of the mean below a "
        "thousandth of the goal are left out (all of it is in levers.csv).",
    ),
    "read empty": (
        "没有数字的格子表示该行未被评判，原因见“原因”列。",
        "Cells without a number: the row is not judged; 'reason' says why.",
    ),
    "read letter": (
        "编号带字母的行是同一目标的另一种读法，不重复计入统计。",
        "An id with a letter is another reading of the same goal and is not counted twice.",
    ),
}
