"""From a scenario to the probability of each goal."""
