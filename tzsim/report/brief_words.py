"""Words of the brief alone, in Chinese and English; like `wording`, without a figure in them."""

from __future__ import annotations

from typing import Final

BRIEF_WORDS: Final[dict[str, tuple[str, str]]] = {
    # page one
    "front overall": ("总体判断。", "Overall. "),
    "front worst": ("重点目标中较难实现的。", "Unlikely among the key goals. "),
    "front best": ("重点目标中较有把握的。", "Likely among the key goals. "),
    "front limits": ("主要制约。", "What binds. "),
    "front moves": ("什么左右结果。", "What moves it. "),
    "front trust": ("可信程度。", "How far to trust it. "),
    "front counts": (
        "规划的{rows}项量化表述中评判{judged}项：概率不低于{likely}的{n_likely}项，在{unlikely}与{likely}之间、难以断定的{n_even}项，"
        "低于{unlikely}的{n_unlikely}项。",
        "Of the plan's {rows} quantified statements {judged} are judged: {n_likely} are at least {likely} likely, {n_even} lie between "
        "{unlikely} and {likely} and cannot be called, {n_unlikely} are below {unlikely}.",
    ),
    "front other": ("另有{parts}。", "Besides: {parts}."),
    "front joint": (
        "全部同时实现的概率为{probability}。",
        "The probability of meeting all of them together is {probability}.",
    ),
    "front goals": ("{goals}。", "{goals}."),
    "front and more": ("{goals}等{count}项。", "{goals}; {count} in all."),
    "front none": ("重点目标中没有。", "None of the key goals."),
    "front binds": (
        "制约产出最多的是{limits}。",
        "By the number of goals that each limit holds back most: {limits}.",
    ),
    "front bind item": ("{limit}（{count}项目标）", "{limit} ({count})"),
    "front element": (
        "{at_year}{element}主要受{limit}制约（{share}的模拟）。",
        "{element} {at_year}: mostly {limit} ({share} of the draws).",
    ),
    "front movers": (
        "对重点目标影响最大的不确定因素是{inputs}。",
        "The unknowns that matter most to the key goals: {inputs}.",
    ),
    "front lever": (
        "单独用足一项手段，对重点目标概率的提高最多为{points}个百分点（{lever}，{goal}）。",
        "The most that one lever alone adds to the probability of a key goal is {points} percentage points ({lever}, for: {goal}).",
    ),
    "front no lever": (
        "单独用足任何一项手段，重点目标的概率都没有明显提高。",
        "No single lever raises the probability of a key goal noticeably.",
    ),
    "front grades": (
        "{calibrated}项的概率经历史数据校准，{partly}项部分校准，{weak}项依据不足，宜用于发现短板、安排核实，不宜用于考核。",
        "{calibrated} probabilities are calibrated to history, {partly} partly so, {weak} rest on weak evidence: fit for finding weak spots "
        "and deciding what to verify, not for holding anyone to account.",
    ),
    "skill not known": (
        "历史回测：尚无结果，预测能力未知。",
        "Hindcast: none on record; forecast skill is not known.",
    ),
    "table key goals": ("重点目标达成概率", "The key goals"),
    "front below": (
        "全部目标见第{number}部分，方法与局限见第{method}部分。",
        "All goals: part {number}. Method and limits: part {method}.",
    ),
    "col moves": ("主要影响因素", "What moves it"),
    "not known": ("未知", "not known"),
    # series
    "clusters": ("重点目标逐项分析", "The key goals one by one"),
    "others": ("其他主要指标", "Other series"),
    "answers": ("专题分析", "Goals asked about"),
    "limits": ("什么在制约产出：需求、产能与资源", "What holds output back"),
    "limits of clusters": ("{at_year}各集群的主要约束", "The clusters {at_year}"),
    "limits of the whole": ("{at_year}的主要约束", "What binds {at_year}"),
    "tensions": ("规划中的歧义与内在矛盾", "Ambiguities and contradictions in the plan"),
    "all goals": ("全部目标一览", "All goals"),
    "lead gap": ("现状与差距。", "Where it stands. "),
    "lead chance": ("达成概率。", "Probability. "),
    "lead binds": ("什么在制约。", "What binds. "),
    "lead moves": ("什么左右结果。", "What moves it. "),
    "lead raises": ("什么能提高。", "What would raise it. "),
    "lead gap split": ("差距从何而来。", "Where the gap comes from. "),
    "lead loops": ("哪些反馈在起作用。", "Which loops carry it. "),
    "lead robust": ("是否稳健。", "How robust. "),
    "lead knowing": ("先核实什么。", "What to find out first. "),
    "lead together": ("多项手段并用。", "Levers together. "),
    "lead rule missed": ("哪些情形会落空。", "Which futures miss it. "),
    "lead rule met": ("哪些情形能实现。", "Which futures meet it. "),
    "movers are": (
        "影响最大的不确定因素是{inputs}。",
        "The unknowns that matter most: {inputs}.",
    ),
    "mover item": (
        "{name}（解释{share}的方差，{sign}）",
        "{name} ({share} of the variance; {sign})",
    ),
    "rises": ("正向", "higher raises it"),
    "falls": ("反向", "higher lowers it"),
    "no mover": (
        "没有哪一项不确定因素的影响明显高于噪声。",
        "No single unknown stands out above the noise.",
    ),
    "raise table": (
        "单独用足一项手段的效果（{members}次模拟逐次配对，区间为{level}抽样误差）",
        "One lever alone to the end of its range ({members} paired draws; intervals: {level} sampling error)",
    ),
    "raise best": (
        "单独用足一项手段，作用最大的是“{lever}”（{move}），{year}均值向目标靠近{change}。",
        'Used alone, "{lever}" ({move}) does most: it moves the mean of {year} towards the goal by {change}.',
    ),
    "raise little": (
        "单独用足任何一项手段都没有明显作用：作用最大的“{lever}”（{move}）使{year}均值向目标靠近{change}。",
        'No lever alone does much: the strongest, "{lever}" ({move}), moves the mean of {year} towards the goal by {change}.',
    ),
    "raise share": (
        "这相当于当前缺口的{share}。",
        "That is {share} of the present gap.",
    ),
    "raise whole": (
        "这足以补上当前的全部缺口。",
        "That is enough to close the present gap.",
    ),
    "raise hardly": (
        "单独用足任何一项手段都没有明显作用：作用最大的“{lever}”（{move}）也只能补上当前缺口的{share}。",
        'No lever alone does much: the strongest, "{lever}" ({move}), closes only {share} of the present gap.',
    ),
    "raise not enough": (
        "单靠一项手段不能把概率提高到{likely}以上，需要多项手段并用，或请上级支持、调整目标。",
        "No lever alone lifts the probability to {likely}; it takes several together, help from above, or another goal.",
    ),
    "raise none": (
        "手段表中没有哪一项单独用足能使其明显改善。",
        "No lever of the table, used alone, improves it noticeably.",
    ),
    "raise unknown": (
        "本次没有计算各项手段的效果。",
        "The effect of the levers was not computed in this run.",
    ),
    "achieve goals": ("{goals}同时达成：", "{goals} together:"),
    "achieve reached": (
        "以最低成本{cost}可使概率达到{wanted}（新抽样检验为{confirmed}，区间{interval}；不采取措施为{before}；试算{runs}种组合）。",
        "{wanted} is reached at a least cost of {cost} (on fresh draws {confirmed}, interval {interval}; without any move {before}; settings "
        "tried: {runs}).",
    ),
    "achieve short": (
        "试算{runs}种手段组合，都达不到{wanted}，新抽样检验最高为{confirmed}（区间{interval}；不采取措施为{before}）。",
        "None of {runs} settings of the levers reaches {wanted}; the best is {confirmed} on fresh draws (interval {interval}; without any move "
        "{before}).",
    ),
    "achieve near": (
        "能否达到{wanted}，在抽样误差之内难以断定：试算{runs}种手段组合，搜索所用模拟上都略低于此，最好的一种新抽样检验为{confirmed}（区间{interval}；不采取措施为{before}）。",
        "Whether {wanted} is reached lies within sampling error: none of {runs} settings of the levers does on the draws of the search; the best has "
        "{confirmed} on fresh draws (interval {interval}; without any move {before}).",
    ),
    "achieve hardly": (
        "两者之差不超过抽样误差，即这些手段对该目标几乎不起作用。",
        "The difference is within sampling error: these levers hardly act on it.",
    ),
    "achieve moves": ("所用手段：{moves}。", "Moves: {moves}."),
    "achieve free": (
        "记为不花钱的手段：{levers}。",
        "On record as costing nothing: {levers}.",
    ),
    "free item": (
        "{lever}（不动用则概率变化{points}个百分点）",
        "{lever} (without it the probability changes by {points} points)",
    ),
    "achieve unknown": (
        "成本未知、没有参与求解的手段：{levers}。",
        "Cost not known, left out of the search: {levers}.",
    ),
    "unknown adds": (
        "若另外动用“{lever}”（{move}），概率变化{points}个百分点。",
        "{lever} besides ({move}) would change the probability by {points} points.",
    ),
    "achieve move": ("{lever}（{move}，成本{cost}）", "{lever} ({move}, cost {cost})"),
    "short spent": ("已用到上下限的手段有{levers}。", "At the end of their range: {levers}."),
    "short all spent": ("以上手段均已用到上下限。", "All of these are at the end of their range."),
    "short late": (
        "到{end_of_year}尚未完全见效的手段有{levers}。",
        "Not in full force by {end_of_year}: {levers}.",
    ),
    "short binds": ("采取措施后仍主要受{limit}制约。", "Held back even then by {limit}."),
    "short median": (
        "采取措施后中位数为{median}，目标为{target}。",
        "With the moves the median is {median}; the goal is {target}.",
    ),
    "curve is": ("逐级的最低成本：{points}。", "Least cost by level: {points}."),
    "curve item": ("{probability}需{cost}", "{probability} for {cost}"),
    "side effects": (
        "这些手段同时使另外{gains}项目标的概率明显提高，{loses}项明显降低。",
        "The same moves clearly raise the probability of {gains} other goals and lower that of {loses}.",
    ),
    "side harmed": ("降低的包括{goals}。", "Among those lowered: {goals}."),
    "front achieve": (
        "要使“{goals}”目标有{wanted}的把握，最低成本为{cost}（新抽样检验为{confirmed}）。",
        'To be {wanted} sure of "{goals}" costs {cost} at least ({confirmed} on fresh draws).',
    ),
    "front achieve near": (
        "多项手段并用能否使“{goals}”目标有{wanted}的把握，在抽样误差之内难以断定，新抽样检验为{confirmed}。",
        'Whether the levers make "{goals}" {wanted} sure lies within sampling error; {confirmed} on fresh draws.',
    ),
    "front achieve short": (
        "多项手段并用也不能使“{goals}”目标有{wanted}的把握，最高为{confirmed}。",
        'No setting of the levers makes "{goals}" {wanted} sure; {confirmed} is the most.',
    ),
    "loops are": (
        "切断后影响最大的反馈回路是{loops}。",
        "The loops that matter most when cut: {loops}.",
    ),
    "loop item": ("{name}（均值变化{change}）", "{name} (the mean changes by {change})"),
    "robust is": (
        "在每项结构疑问的两端和其他读法下，概率在{low}与{high}之间。",
        "At both ends of every structural doubt and under other readings the probability lies between {low} and {high}.",
    ),
    "robust all": (
        "在每项结构疑问的两端和其他读法下，概率都是{value}。",
        "At both ends of every structural doubt and under other readings the probability is {value}.",
    ),
    "know are": (
        "可以收集的数据中，最值得核实的是{names}。",
        "Of what can be collected, most would be learned from {names}.",
    ),
    "know item": (
        "{name}（知道后概率平均变动{points}个百分点）",
        "{name} (it would move the probability by {points} points on average)",
    ),
    "rule is": (
        "在未用于寻找规律的模拟中，符合下列条件的情形有{density}{outcome}（总体{base}），占全部此类情形的{coverage}：{rules}。",
        "On draws not used to find the rule, {density} of the futures with the following {outcome} ({base} of all), which is {coverage} of such "
        "futures: {rules}.",
    ),
    "outcome missed": ("未达到目标", "miss the goal"),
    "outcome met": ("达到目标", "meet the goal"),
    "rule low": ("{name}不低于{low}", "{name} at least {low}"),
    "rule high": ("{name}不高于{high}", "{name} at most {high}"),
    "rule both": ("{name}在{low}与{high}之间", "{name} between {low} and {high}"),
    "gap split": (
        "与目标的差距{gap}中，各项制约分别对应{parts}，其余{rest}。",
        "Of the gap of {gap}, the limits account for {parts}; the rest is {rest}.",
    ),
    "gap whole": (
        "与目标的差距{gap}不来自所记录的各项制约。",
        "The gap of {gap} comes from none of the recorded limits.",
    ),
    "gap part": ("{limit}{value}", "{limit} {value}"),
    "col lever": ("手段", "Lever"),
    "col move": ("从→到", "From → to"),
    "col mean change": ("均值变化（{unit}）", "Change of the mean ({unit})"),
    "col chance change": ("概率变化（百分点）", "Change of probability (points)"),
    "col lever cost": ("成本（{unit}）", "Cost ({unit})"),
    "move": ("{before}→{after}", "{before} → {after}"),
    "not seen": ("看不出变化", "no change seen"),
    "points": ("{value}（{low}—{high}）", "{value} ({low} to {high})"),
    "fan caption": ("{name}：历史与预测", "{name}: history and forecast"),
    "fan alt": (
        "{name}的扇形图：{facts}",
        "Fan chart of {name}. {facts}",
    ),
    "board alt": (
        "全部{judged}项已评判目标的达成概率，按领域排列；数值见后表。",
        "Probability of each of the {judged} judged goals by area; the values stand in the table below.",
    ),
    "binding alt": (
        "各集群历年损失产出最多的约束及其所占模拟比例；{year}的数值见下表。",
        "The limit that costs each cluster most output, by year, with its share of draws; the values for {year} stand in the table below.",
    ),
    "binding alt, whole": (
        "历次损失产出最多的约束及其所占模拟比例；{year}的数值见下表。",
        "The limit that costs most output, over time, with its share of draws; the values for {year} stand in the table below.",
    ),
    "figure": ("图{number}", "Figure {number}"),
    "table": ("表{number}", "Table {number}"),
    "not a goal": ("规划没有为该指标设定目标。", "The plan sets no goal for this series."),
    # comparison
    "comparison title": ("情景比较简报", "What changes between the scenarios"),
    "comparison subtitle": (
        "{others}与“{base}”相比（数据截至{date}）",
        '{others} against "{base}" (data up to {date})',
    ),
    "compared": ("情景比较", "The scenarios compared"),
    "compare gains": (
        "与“{base}”相比，“{other}”使{gains}项目标的概率明显提高、{loses}项明显降低，其余{rest}项看不出差别。",
        'Against "{base}", "{other}" clearly raises the probability of {gains} goals and lowers that of {loses}; for the other {rest} no difference '
        "is seen.",
    ),
    "compare up": ("提高最多的是{goals}。", "Raised most: {goals}."),
    "compare down": ("降低最多的是{goals}。", "Lowered most: {goals}."),
    "compare item": ("{name}（{before}→{after}）", "{name} ({before} → {after})"),
    "compare method": (
        "各情景使用同一组抽样和冲击，逐次配对，差别只来自情景本身；区间为{level}抽样误差。",
        "All scenarios run with the same draws and shocks, paired member by member, so that differences come from the scenarios alone; "
        "intervals are {level} sampling error.",
    ),
    "compare table": ("各目标在不同情景下的概率与配对差", "Probability by scenario and paired difference"),
    "compare caption": ("与“{base}”相比的概率变化", 'Change of probability against "{base}"'),
    "compare alt": (
        "各目标概率相对基准情景的变化及其区间；数值见表。",
        "Change of each goal's probability against the base with its interval; the values stand in the table.",
    ),
    "col difference": ("差（百分点）", "Difference (points)"),
    "sets targets": ("目标值：{items}", "targets: {items}"),
    "sets levers": ("手段：{items}", "levers: {items}"),
    "sets constants": ("设定：{items}", "settings: {items}"),
    "sets shocks": ("冲击：{items}", "shocks: {items}"),
    "sets nothing": ("与基准设定相同", "as the model stands"),
    "target item": ("{name}{target}", "{name} {target}"),
    "set item": ("{name}={value}", "{name} = {value}"),
    "shock off": ("关闭", "off"),
    # method
    "method movers": (
        "影响因素。某一不确定因素所解释的方差，是已知其取值后预测方差平均减少的比例（一阶敏感度），由本次模拟直接算出，低于噪声线者不列；"
        "“正向”指该因素越高、指标越高，“反向”相反。",
        "What moves a goal. The share of a measure's variance that knowing one input would remove on average (first-order index), from the "
        "run's own draws; inputs below the noise are not named.",
    ),
    "method raises": (
        "手段。每项手段单独用到其范围的端点，其余不变，用同一组{members}次模拟配对比较；组合与最低成本另行求解。",
        "Levers. Each is moved alone to an end of its range with the same {members} draws; combinations at least cost are a separate question.",
    ),
    "notes table": ("其他说明", "Other notes"),
    "col item": ("项目", "Item"),
    # page furniture
    "page of": ("— {page} —", "– {page} –"),
}
