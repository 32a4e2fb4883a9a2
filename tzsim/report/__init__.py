"""What people hold in their hands: charts, the brief, the spreadsheet and the tables of notebooks.

Every picture and page is drawn from a `Forecast`; nothing here computes a probability of its own, and no number stands in a
template or in the table of words. This is the only package that imports matplotlib.
"""
