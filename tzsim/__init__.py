"""tzsim: stock-flow models as calibrated ensembles, and the probability of each goal of a plan."""
