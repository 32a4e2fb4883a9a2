"""The help of the command line in Chinese: a text for every word, and one for every option's English text."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, str]] = {
    "tzsim": """由存量流量模型和规划目标，给出每个目标达成的概率、制约因素和图表简报。

\b
tzsim run scenarios/baseline.yaml       模拟，评判每个目标，写出表格、图和简报
tzsim compare A.yaml B.yaml             各情景之间有何变化（逐次配对）
tzsim explain SCENARIO GOAL             受何制约、受何影响、哪些情形未达成
tzsim achieve SCENARIO GOAL             以最低成本达到所要求概率的政策手段
tzsim score FORECAST ACTUALS            用实际数据给存档的预测评分
tzsim list scenarios/baseline.yaml      目标、手段、冲击、常数的编号和名称
tzsim calibrate calibration/NAME.yaml   用文献数据校准模型，保存后验
tzsim hindcast calibration/NAME.yaml    回测：能否比简单外推更好地预测过去
tzsim fit calibration/history/NAME.yaml 校准之前，检验先验是否覆盖历史数据
tzsim show models/tengzhou              模型（Vensim 或 XMILE）里有什么
tzsim check models/tengzhou             检验模型：单位、守恒、极端条件、回路
tzsim data check yearbook.xlsx          检查数据文件能否使用
tzsim init my-project                   复制一份滕州项目，可直接运行和修改

退出码：0 完成，1 运行失败，2 输入有误（没有写出任何文件），130 被中断。""",
    "run": """模拟一个情景文件，评判规划的每个目标。

打印目标表，并把 goals.csv、goals.xlsx、forecast.nc、run.json、图和简报写入 out/<情景>/（或 --out）。同一种子在每个文件中得到完全相同的字节，
中断后继续、线程和工作进程多少都不影响结果。""",
    "compare": """逐次配对比较各情景与第一个情景：同样的抽样，同样的冲击。

给出两个运行文件夹（旧的在前）时，说明两次运行之间改了什么：数据、参数、模型、情景还是种子，以及各自使每个概率变动多少。""",
    "explain": "解释一个目标：受何制约、受何影响、哪些情形未达成、差距由什么构成。",
    "achieve": "以最低成本调整政策手段，使目标（可多个，同时达成）达到所要求的概率，并用新抽样检验。",
    "score": """用实际数据（ACTUALS）给存档的预测（FORECAST，一个运行文件夹）评分：CRPS、区间覆盖率、PIT、目标的 Brier 得分。

ACTUALS 是 CSV（UTF-8 或 GB18030）或 Excel 文件，列与历史数据文件相同。模型中没有的指标会列出。""",
    "list": """列出情景文件中可用的目标、政策手段、冲击、常数和数据指标：编号、名称、单位、范围、成本。

每一项都可以用编号，或中英文名称来写。""",
    "calibrate": """用文献数据校准模型，保存后验，并给出诊断图表。

SPEC 是校准文件，如 calibration/tengzhou.yaml。中途停止后再次运行，会从停下的地方继续。没有达到收敛标准（每个参数和目标指标的
R-hat ≤ 1.01、ESS ≥ 400）的后验照样保存，但会注明，tzsim run 不予采用；此时退出码为 1。""",
    "sbc": """用模拟数据检验校准方法本身：后验是否如其所称那样宽（simulation-based calibration）。

从 SPEC 的先验抽取真值，模拟出数据，再拟合，看真值在抽样中的秩；然后对两种必须被发现的错误重做一遍。中途停止后会接着做。
秩在 1% 水平上不均匀，或有错误未被发现时，退出码为 1。""",
    "hindcast": """回测：在过去各年只用当时的数据重新拟合，与简单外推比较。

SPEC 是带有 hindcast 部分的校准文件。结果保存在后验旁，tzsim run 会引用。中途停止后会接着做。""",
    "fit": """校准之前，检验模型先验区间是否覆盖有据可查的历史数据。

SPEC 是历史文件，如 calibration/history/tengzhou.yaml。打印每个数据及其区间、区间宽度与随机游走之比、泰尔误差分解，以及未比较的数据和原因。""",
    "check": """检验模型：单位、守恒、极端条件、步长、反馈回路、常数和行为规则，逐项试验。

所主张的内容写在检验文件里（见 docs/checks.md）；没有检验文件时，只做不需要它的检验。有不通过的，退出码为 1。""",
    "show": "显示模型（.mdl、XMILE 或分部门文件夹）的内容，不运行。",
    "data": "历史数据：文件能否使用。",
    "data check": """检查数据文件（UTF-8 或 GB18030 的 CSV，或 Excel）：单位、重复、断点、来源。

有不能使用的行，退出码为 2；与项目已有数据矛盾，退出码为 1；其余需要人看的地方会列出，退出码为 0。""",
    "init": "在新文件夹中放置滕州项目：模型、情景、校准，可直接运行和修改。",
    "completion": """输出命令行自动补全脚本。

\b
bash: echo 'eval "$(tzsim completion bash)"' >> ~/.bashrc
zsh:  echo 'eval "$(tzsim completion zsh)"' >> ~/.zshrc
fish: tzsim completion fish > ~/.config/fish/completions/tzsim.fish""",
}
"""Word (with that of its group) -> its help; the first paragraph stands in the list of words."""

OPTIONS: Final[dict[str, str]] = {
    "Language of messages, tables, charts and the brief.": "消息、表格、图和简报的语言。",
    "Threads.  [default: all processors]": "线程数。  [默认：全部处理器]",
    "Print as JSON.": "以 JSON 打印。",
    "Show the version and exit.": "显示版本。",
    "Show this message and exit.": "显示本帮助。",
    # run
    "Output folder.  [default: out/<scenario>]": "输出文件夹。  [默认：out/<情景>]",
    "Members, in place of the scenario's.": "模拟次数，代替情景中的次数。",
    "Seed of the draws, in place of the scenario's; 0 is a seed.": "抽样种子，代替情景中的种子；0 也是种子。",
    "How the members cover the priors.": "抽样设计。",
    "No progress, no table: the output folder's name only.": "不显示进度和表格，只打印输出文件夹。",
    "What to write; 'tables' alone is fastest, and always written.": "写出哪些内容；只写 tables 最快，表格总会写出。",
    "Print the goal table as JSON.": "以 JSON 打印目标表。",
    "Leave a recorded posterior aside.": "不用已保存的后验，只用先验。",
    "Use a posterior that is below the bar of convergence.": "允许使用未达收敛标准的后验。",
    "Keep finished blocks in OUT.state, to go on from after a stop.  [default: from 50,000 members]": "把已完成的部分存入 OUT.state，中断后可继续。  [默认：5万次及以上]",
    "Run the members on the workers of a dask scheduler.": "在 dask 调度器的工作进程上模拟。",
    "Put into brief and page what `tzsim explain` finds about GOAL (id or name); may be repeated.": "把 tzsim explain 对该目标（编号或名称）的解释写入简报和网页；可重复。",
    "Put into brief and page what `tzsim achieve` finds; a comma joins goals to be met together; may be repeated.": "把 tzsim achieve 的结果写入简报和网页；逗号连接须同时达成的目标；可重复。",
    "Wanted by --achieve, for each question.": "--achieve 所要求的概率。",
    # compare, explain, achieve, score
    "Output folder.  [default: out/compare-<names>]": "输出文件夹。  [默认：out/compare-<名称>]",
    "Members, in place of the first scenario's.": "模拟次数，代替第一个情景中的次数。",
    "Seed of the draws, in place of the first scenario's.": "抽样种子，代替第一个情景中的种子。",
    "Output folder.  [default: out/explain-<names>]": "输出文件夹。  [默认：out/explain-<名称>]",
    "Wanted, for all goals together: 0.5 or 50%.": "所有目标同时达成的概率要求：0.5 或 50%。",
    "Output folder.  [default: out/achieve-<names>]": "输出文件夹。  [默认：out/achieve-<名称>]",
    "Fresh members that confirm the answer.": "用于检验答案的新抽样次数。",
    "Of the search.": "搜索时每种设定的模拟次数。",
    "Settings tried at most by the search; the curve of cost takes up to half as many again.": "搜索最多尝试的设定数；成本曲线另需至多一半。",
    "Output folder.  [default: out/score-<name>]": "输出文件夹。  [默认：out/score-<名称>]",
    # calibrate, sbc, hindcast, fit
    "Record's folder.  [default: posteriors/<name> beside SPEC]": "保存后验的文件夹。  [默认：SPEC 旁的 posteriors/<名称>]",
    "Seed, in place of the spec's; 0 is a seed.": "种子，代替校准文件中的种子；0 也是种子。",
    "Draws of a run, in place of the spec's.": "每次运行的粒子数，代替校准文件中的数目。",
    "Folder of tables and charts.  [default: out/calibrate-<name>]": "表格和图的文件夹。  [默认：out/calibrate-<名称>]",
    "Beside the recorded posterior: smaller fits, each without one figure ('chemicals 2022'), for every goal's probability without it; may be repeated; 'unreliable' is every figure whose importance weights are not reliable.": "在已保存的后验之外，逐一去掉一个数据（如 'chemicals 2022'）作较小的拟合，给出没有它时各目标的概率；可重复；"
    "unreliable 表示所有重要性权重不可靠的数据。",
    "No progress, no tables: the record's folder only.": "不显示进度和表格，只打印保存的文件夹。",
    "Simulated data sets.": "模拟数据集的个数。",
    "Record.  [default: SPEC with .json for .yaml]": "保存的文件。  [默认：SPEC 的 .yaml 换成 .json]",
    "No progress, no table: the record's name only.": "不显示进度和表格，只打印保存的文件名。",
    "Folder of the pages.  [default: out/hindcast-<spec>]": "网页的文件夹。  [默认：out/hindcast-<名称>]",
    "Folder of the posterior that it belongs to.  [default: posteriors/<spec> beside the spec]": "所属后验的文件夹。  [默认：SPEC 旁的 posteriors/<名称>]",
    "Seed, in place of the spec's.": "种子，代替校准文件中的种子。",
    "No progress, no tables: the record's name only.": "不显示进度和表格，只打印保存的文件名。",
    "Members.  [default: 4000]": "模拟次数。  [默认：4000]",
    "Seed, in place of the scenario's; 0 is a seed.": "种子，代替情景中的种子；0 也是种子。",
    "Write the table to this .csv file too.": "把表格同时写入这个 .csv 文件。",
    # check, show
    "Checks file.  [default: checks.yaml in the folder, NAME.checks.yaml beside a file]": "检验文件。  [默认：文件夹中的 checks.yaml，或模型文件旁的 NAME.checks.yaml]",
    "Only this part of the battery; may be repeated.": "只做这一部分检验；可重复。",
    "Print as JSON, with all evidence.": "以 JSON 打印，附全部依据。",
    "Also write a page (.html) with all evidence.": "另写一个网页（.html），附全部依据。",
    "Write the coupled model to this .mdl file.": "把合并后的模型写入这个 .mdl 文件。",
    "Draw the diagram in the .mdl file (or each of a folder) anew.": "重新绘制 .mdl 文件（或文件夹中每个文件）里的图。",
    "Draw stocks and flows: .svg, .png or .pdf; a large model gets one file a group.": "绘制存量流量图：.svg、.png 或 .pdf；大模型按组各一个文件。",
    "Draw this group only ('sector: group' where the model is a folder).": "只绘制这一组（模型为文件夹时写“部门: 组”）。",
    "Draw constants too.": "常数也画出来。",
    # list, data
    "Only this part; may be repeated.": "只列这一部分；可重复。",
    "Only rows whose id or names hold this text.": "只列编号或名称中含有这段文字的行。",
    "History file or folder of the project.  [default: calibration/data, where there is one]": "项目的历史数据文件或文件夹。  [默认：calibration/data（如有）]",
}
