"""Files of a small project: one capital stock, linear in everything uncertain, so its posterior is exact."""

from __future__ import annotations

FILES = {
    "models/capital.mdl": """\
        {UTF-8}
        Capital= INTEG (investment - scrapping, initial capital)
            ~ Yi
            ~ Capital stock |
        investment= base investment + investment shock
            ~ Yi/Year
            ~ |
        scrapping= Capital*scrap rate
            ~ Yi/Year
            ~ |
        output= Capital*productivity
            ~ Yi/Year
            ~ |
        initial capital= 100
            ~ Yi
            ~ |
        base investment= 8
            ~ Yi/Year
            ~ |
        investment shock= 0
            ~ Yi/Year
            ~ |
        scrap rate= 0.05
            ~ 1/Year
            ~ |
        productivity= 0.4
            ~ 1/Year
            ~ |
        idle= 3
            ~ Yi
            ~ Nothing that is observed depends on it |
        INITIAL TIME= 2018
            ~ Year
            ~ |
        FINAL TIME= 2028
            ~ Year
            ~ |
        TIME STEP= 0.125
            ~ Year
            ~ |
        SAVEPER= 1
            ~ Year
            ~ |
        """,
    "scenarios/base.yaml": """\
        model: ../models/capital.mdl
        name: {zh: 资本, en: Capital}
        draws: 1000
        seed: 1
        as_of: 2023-12-31
        goals: goals.yaml
        priors: priors.yaml
        shock_table: shocks.yaml
        history: history.csv
        """,
    "scenarios/priors.yaml": """\
        - {variable: initial capital, distribution: normal, value: 100, low: 90, high: 110, unit: Yi,
           source: test, quality: assumption, reason: test}
        - {variable: base investment, distribution: normal, value: 8, low: 5, high: 11, unit: Yi/Year,
           source: test, quality: assumption, reason: test}
        - {variable: idle, distribution: triangular, value: 3, low: 1, high: 6, unit: Yi,
           source: test, quality: assumption, reason: test}
        """,
    "scenarios/shocks.yaml": """\
        - {id: weather, variable: investment shock, distribution: normal, value: 0, low: -2.5, high: 2.5, unit: Yi/Year,
           period: 1 Year, start: 2018, name: {zh: 冲击, en: Shock}, source: test, quality: assumption, reason: test}
        """,
    "scenarios/goals.yaml": """\
        - id: T001
          area: "1"
          name: {zh: 资本, en: Capital}
          quote: x
          item: "1"
          reading: {zh: 资本, en: Capital}
          measure: {at_end: Capital, year: 2026}
          comparison: ">="
          value: 140
          unit: Yi
          date: 2026
        """,
    "scenarios/history.csv": """\
        variable,entity,year,value,low,high,unit,quality,role,source,note
        capital,county,2018,104,101,107.6,亿元,reported,fit,test,
        capital,county,2019,108,,,亿元,reported,fit,test,
        capital,county,2020,109,,,亿元,estimated,context,test,
        capital,county,2021,115,,,亿元,official,fit,test,
        capital,county,2022,118,,,亿元,reported,hold-out,test,
        output,county,2021,45,43,46.3,亿元,reported,fit,test,
        part one,county,2023,30,,,亿元,official,fit,test,
        part two,county,2023,180000,,,万元,official,fit,test,
        growth,county,2022,4,,,%,official,fit,test,
        capital,county,2024,130,,,亿元,official,fit,test,after as_of
        """,
    "calibration/capital.yaml": """\
        scenario: ../scenarios/base.yaml
        name: {zh: 资本, en: Capital}
        seed: 11
        sampler: {particles: 1500}
        observations:
          - {id: capital, history: [{variable: capital, entity: county}], measure: {at_end: Capital}, reason: test}
          - {id: output, history: [{variable: output, entity: county}], measure: {total: output}, sd: 0.5, reason: test}
          - id: parts
            history: [{variable: part one, entity: county}, {variable: part two, entity: county}]
            measure: {total: output}
            reason: observed as a sum
        """,
}
