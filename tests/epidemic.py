"""A project that counts days: an epidemic, a hospital with beds, testing that shocks disturb from week to week."""

from __future__ import annotations

from pathlib import Path

MODEL = """{UTF-8}
Susceptible= INTEG(-infection, population - first cases)
\t~\tperson
\t~\t\t|
Infectious= INTEG(infection - recovery, first cases)
\t~\tperson
\t~\t\t|
infection= contact rate*EXP(weather)*infectivity*Infectious*Susceptible/population
\t~\tperson/Day
\t~\t\t|
recovery= Infectious/duration of infection
\t~\tperson/Day
\t~\t\t|
weather= 0
\t~\tDmnl
\t~\tWeekly shock.\t|
contact rate= 5
\t~\t1/Day
\t~\t\t|
infectivity= 0.125
\t~\tDmnl
\t~\t\t|
duration of infection= 4
\t~\tDay
\t~\t\t|
population= 10000
\t~\tperson
\t~\t\t|
first cases= 10
\t~\tperson
\t~\t\t|
care wanted= 0.2*Infectious
\t~\tperson
\t~\t\t|
beds= 150
\t~\tperson
\t~\t\t|
in care= MIN(care wanted, beds)
\t~\tperson
\t~\t\t|
turned away= care wanted - in care
\t~\tperson
\t~\t\t|
INITIAL TIME= 0
\t~\tDay
\t~\t\t|
FINAL TIME= 80
\t~\tDay
\t~\t\t|
TIME STEP= 0.125
\t~\tDay
\t~\t\t|
SAVEPER= 1
\t~\tDay
\t~\t\t|
"""

SCENARIO = """
model: ../models/epidemic.mdl
name: {zh: 疫情基准, en: The epidemic as it stands}
draws: 400
seed: 7
as_of: 7
horizon: 60
goals: goals.yaml
priors: priors.yaml
shock_table: shocks.yaml
lever_table: levers.yaml
view: view.yaml
history: history.csv
"""

GOALS = """
- id: E1
  area: health
  name: {zh: 第30天感染人数, en: Infectious on day 30}
  quote: At most 1500 infectious on day 30.
  item: 1
  reading: {zh: 第30天的感染人数, en: People infectious on day 30}
  measure: {at: Infectious, time: 30}
  comparison: "<="
  value: 1500
  unit: person
- id: E2
  area: health
  name: {zh: 感染峰值, en: Peak of the epidemic}
  quote: Never more than 2000 at once.
  item: 2
  reading: {zh: 60天内同时感染的最多人数, en: Most people infectious at once in 60 days}
  measure: {maximum: {at: Infectious}, since: 0, until: 60}
  comparison: "<="
  value: 2000
  unit: person
- id: E3
  area: health
  name: {zh: 三个时点的感染人数, en: Infectious on three days}
  quote: At most 1800 on days 20, 30 and 40.
  item: 3
  reading: {zh: 第20、30、40天, en: "On days 20, 30 and 40"}
  measure: {at: Infectious}
  comparison: "<="
  value: 1800
  unit: person
  each_year: [20, 30, 40]
- id: E4
  area: total
  name: {zh: 前40天感染比例, en: Infected within 40 days}
  quote: Less than 60 %.
  item: 4
  reading: {zh: 前40天新增感染占总人口, en: Infections of 40 days over the population}
  measure: {ratio: [{total: infection, since: 0, until: 40}, {at: population, time: 40}]}
  comparison: "<="
  value: 60
  unit: "%"
- id: E5
  area: total
  name: {zh: 第25天收治人数, en: In care on day 25}
  quote: 180 people in care on day 25.
  item: 5
  reading: {zh: 第25天的收治人数, en: People in care on day 25}
  measure: {at: in care, time: 25}
  comparison: ">="
  value: 180
  unit: person
  date: 25
"""

PRIORS = """
- {variable: contact rate, distribution: normal, low: 3.5, value: 5, high: 6.5, unit: 1/Day, source: made up, quality: assumption, reason: an example}
- {variable: infectivity, distribution: triangular, low: 0.1, value: 0.125, high: 0.15, unit: "1", source: made up, quality: assumption, reason: an example}
- {variable: duration of infection, distribution: triangular, low: 72 hour, value: 96 hour, high: 144 hour, unit: Day, source: made up, quality: assumption, reason: an example}
"""

SHOCKS = """
- id: weather
  variable: weather
  distribution: normal
  low: -0.15
  value: 0
  high: 0.15
  period: 7 Day
  start: 0
  name: {zh: 天气, en: Weather}
  source: made up
  quality: assumption
  reason: an example
"""

LEVERS = """
- id: distance
  variable: contact rate
  name: {zh: 减少接触, en: Distancing}
  neutral: 5
  low: 2
  high: 5
  unit: 1/Day
  cost: 3
  cost_unit: million CNY
  cost_basis: {zh: 每单位接触率, en: a contact less a day}
  delay: 48 hour
  mechanism: {zh: 少接触, en: fewer contacts}
  source: made up
  quality: assumption
- id: beds
  variable: beds
  name: {zh: 增加床位, en: More beds}
  neutral: 150
  low: 150
  high: 400
  unit: person
  cost: 0.5
  cost_unit: million CNY
  cost_basis: {zh: 每张床位, en: a bed}
  delay: 14
  mechanism: {zh: 多收治, en: more in care}
  source: made up
  quality: assumption
"""

VIEW = """
about: {zh: 一场传染病和一所医院。, en: An epidemic and its hospital.}
areas: {health: {zh: 疫情, en: Epidemic}, total: {zh: 总体, en: Overall}}
series:
  - id: infectious
    measure: {at: Infectious}
    name: {zh: 感染人数, en: Infectious}
    unit: person
    goal: E1
    history: [{variable: infectious, entity: town}]
  - {id: cases, measure: {total: infection, since: 0}, name: {zh: 累计感染, en: Infected so far}, unit: person}
limits:
  - {id: beds, name: {zh: 床位, en: Beds}, cost: turned away}
output: in care
inputs: {contact rate: {zh: 接触率, en: contact rate}}
"""

HISTORY = """variable,entity,time,value,low,high,unit,quality,role,source,note
infectious,town,0,10,,,person,reported,fit,made up,
infectious,town,4,24,20,28,person,reported,fit,made up,
infectious,town,7,70,,,person,estimated,context,made up,
infectious,town,14,400,,,person,reported,hold-out,made up,
"""

ACTUALS = """variable,entity,time,value,unit
infectious,town,7,70,person
infectious,town,14,400,person
infectious,town,30,1200,person
"""

MORE_BEDS = """
extends: baseline
name: {zh: 增加床位, en: More beds}
levers: {beds: 300}
"""


def lay_out(root: Path) -> Path:
    """Write the project and return its baseline scenario."""
    (root / "models").mkdir(parents=True)
    (root / "scenarios").mkdir()
    (root / "models" / "epidemic.mdl").write_text(MODEL, encoding="utf-8")
    files = {
        "baseline.yaml": SCENARIO, "goals.yaml": GOALS, "priors.yaml": PRIORS, "shocks.yaml": SHOCKS,
        "levers.yaml": LEVERS, "view.yaml": VIEW, "history.csv": HISTORY, "more_beds.yaml": MORE_BEDS,
    }  # fmt: skip
    for name, text in files.items():
        (root / "scenarios" / name).write_text(text.lstrip("\n"), encoding="utf-8")
    (root / "actuals.csv").write_text(ACTUALS, encoding="utf-8")
    return root / "scenarios" / "baseline.yaml"
