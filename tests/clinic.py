"""A project that has nothing to do with any county: an epidemic in two towns, a clinic with beds and nurses, savings."""

from __future__ import annotations

from pathlib import Path

MODEL = """{UTF-8}
Town: harbour, hill
\t~
\t~\t\t|
transmission rate[Town]= 8, 6
\t~\t1/Year
\t~\tContacts that infect.\t|
recovery rate= 4
\t~\t1/Year
\t~\t\t|
contact innovation[Town]= 0
\t~\tDmnl
\t~\tYearly shock.\t|
population[Town]= 1000, 500
\t~\tperson
\t~\t\t|
initial share= 0.02
\t~\tDmnl
\t~\t\t|
infection[Town]= transmission rate[Town]*EXP(0.1*contact innovation[Town])*Susceptible[Town]*Infected[Town]/population[Town]
\t~\tperson/Year
\t~\t\t|
recovery[Town]= Infected[Town]*recovery rate
\t~\tperson/Year
\t~\t\t|
Susceptible[Town]= INTEG(-infection[Town], population[Town]*(1-initial share))
\t~\tperson
\t~\t\t|
Infected[Town]= INTEG(infection[Town]-recovery[Town], population[Town]*initial share)
\t~\tperson
\t~\t\t|
care wanted[Town]= Infected[Town]*care per case
\t~\tperson
\t~\t\t|
care per case= 0.5
\t~\tDmnl
\t~\t\t|
beds[Town]= 12, 12
\t~\tperson
\t~\t\t|
nurses[Town]= 20, 6
\t~\tperson
\t~\t\t|
care[Town]= MIN(care wanted[Town], MIN(beds[Town], nurses[Town]))
\t~\tperson
\t~\t\t|
lost to beds[Town]= MAX(0, care wanted[Town]-beds[Town])
\t~\tperson
\t~\t\t|
lost to nurses[Town]= MAX(0, care wanted[Town]-nurses[Town])
\t~\tperson
\t~\t\t|
Savings= INTEG(Savings*interest rate, 100)
\t~\tYi
\t~\t\t|
interest rate= 0.03
\t~\t1/Year
\t~\t\t|
********************************************************
\t.Control
********************************************************~
\t\tSimulation settings
\t|
INITIAL TIME= 2020
\t~\tYear
\t~\t\t|
FINAL TIME= 2026
\t~\tYear
\t~\t\t|
TIME STEP= 0.0625
\t~\tYear
\t~\t\t|
SAVEPER= 1
\t~\tYear
\t~\t\t|
"""

SCENARIO = """name: {zh: 诊所, en: Clinic}
question: {zh: 够不够用, en: Is it enough}
model: ../models/clinic.mdl
draws: 400
seed: 11
as_of: 2021-12-31
goals: goals.yaml
priors: priors.yaml
shock_table: shocks.yaml
history: history.csv
view: view.yaml
"""

GOALS = """
- id: S1
  area: money
  name: {zh: 储蓄, en: Savings}
  quote: "savings of 118 by the end of 2025"
  item: "1"
  reading: {zh: 年末, en: at the end of the year}
  measure: {at_end: "Savings", year: 2025}
  comparison: ">="
  value: 118
  unit: "亿元"
  date: 2025
- id: S1b
  area: money
  name: {zh: 储蓄, en: Savings}
  quote: "savings of 118 by the end of 2025"
  item: "1"
  reading: {zh: 年增长, en: as yearly growth}
  measure: {growth: {at_end: "Savings"}, year: 2025, from: 2020}
  comparison: ">="
  value: 3
  unit: "%"
  date: 2025
- id: I1
  area: health
  name: {zh: 每年感染, en: Infections each year}
  quote: "never more than 800 a year"
  item: "2"
  reading: {zh: 两镇合计, en: both towns together}
  measure: {total: "infection[*]"}
  comparison: "<="
  value: 800
  unit: "人"
  each_year: [2020, 2021, 2022]
  limits_of: [harbour, hill]
- id: C1
  area: health
  name: {zh: 护理, en: Care}
  quote: "about ten patients in care in 2020"
  item: "2"
  reading: {zh: 年均, en: mean of the year}
  measure: {mean: "care[harbour]", year: 2020}
  comparison: "≈ within"
  value: 10
  tolerance: 1.87
  unit: "人"
  date: 2020
  limits_of: [harbour]
- id: D1
  area: health
  name: {zh: 已达到, en: Done already}
  quote: "a clinic"
  item: "2"
  reading: {zh: 有, en: there is one}
  comparison: ">="
  value: 1
  unit: "座"
  date: 2021
  status: documented as met
  documented: {value: 1, year: 2021, source: "the annual report", quality: official}
- id: N1
  area: health
  name: {zh: 疫苗, en: Vaccine}
  quote: "a vaccine"
  item: "2"
  reading: {zh: 有, en: there is one}
  comparison: ">="
  value: 1
  unit: "项"
  date: 2025
  status: not modelled yet
  reason: {zh: 模型没有疫苗, en: the model has no vaccine}
"""

PRIORS = """
- variable: "interest rate"
  distribution: normal
  value: 0.03
  low: 0.02
  high: 0.04
  unit: 1/Year
  source: none
  quality: assumption
  reason: test
- variable: "transmission rate[Town]"
  distribution: triangular
  value: {harbour: 8, hill: 6}
  low: {harbour: 5, hill: 4}
  high: {harbour: 12, hill: 9}
  unit: 1/Year
  source: none
  quality: assumption
  reason: test
"""

SHOCKS = """
- id: contacts
  variable: "contact innovation[Town]"
  distribution: normal
  value: 0
  low: -1.645
  high: 1.645
  period: 1 Year
  start: 2020
  common: 0.5
  name: {zh: 接触, en: Contacts}
  source: none
  quality: assumption
  reason: test
"""

VIEW = """
elements:
  harbour: {zh: 港镇, en: Harbour}
  hill: {zh: 山镇, en: Hill}
series:
  - id: savings
    measure: {at_end: "Savings"}
    name: {zh: 储蓄, en: Savings}
    unit: "亿元"
    goal: S1
    history:
      - {variable: savings, entity: clinic}
  - id: infections
    measure: {total: "infection[*]"}
    name: {zh: 感染人数, en: Infections}
    unit: "人"
    goal: I1
  - id: growth
    measure: {growth: {at_end: "Savings"}}
    name: {zh: 储蓄增长, en: Growth of savings}
    unit: "%"
limits:
  - id: beds
    name: {zh: 床位, en: Beds}
    cost: "lost to beds[Town]"
  - id: nurses
    name: {zh: 护士, en: Nurses}
    cost: "lost to nurses[Town]"
output: "care[Town]"
range: Town
areas:
  money: {zh: 资金, en: Money}
  health: {zh: 健康, en: Health}
"""

HISTORY = """variable,entity,year,value,low,high,unit,quality,role,source,note
savings,clinic,2020,1030000,,,万元,official,context,books,
savings,clinic,2021,106.1,,,亿元,estimated,context,books,
savings,clinic,2023,999,,,亿元,official,context,known only later,
"""


def write_project(folder: Path) -> Path:
    """Write the project and return its scenario file."""
    (folder / "models").mkdir(parents=True)
    (folder / "scenarios").mkdir()
    (folder / "models" / "clinic.mdl").write_text(MODEL, "utf-8")
    files = {
        "clinic.yaml": SCENARIO,
        "goals.yaml": GOALS,
        "priors.yaml": PRIORS,
        "shocks.yaml": SHOCKS,
        "view.yaml": VIEW,
        "history.csv": HISTORY,
    }
    for name, text in files.items():
        (folder / "scenarios" / name).write_text(text, "utf-8")
    return folder / "scenarios" / "clinic.yaml"
