"""Seeded faults: what goes wrong in stock-flow models, as text edits of the sector files and of the classics.

The list was written before the battery, from the literature on testing such models: Forrester and Senge (1980, 'Tests for
building confidence'), Barlas (1996, 'Formal aspects of model validity'), Sterman (2000, chapter 21) and Peterson and Eberlein
(1994, 'Reality check'): sign, unit, conservation, limits, delays, initial values, tables, time units, loops, documentation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One edit: `old` stands exactly once in the file and becomes `new`."""

    id: str
    kind: str
    file: str
    old: str
    new: str


TENGZHOU = (
    # --- signs
    Fault("spill fills the reservoir", "sign", "water.mdl", "INTEG(inflow-spill-surface use", "INTEG(inflow+spill-surface use"),
    Fault("scrapping builds capital", "sign", "clusters.mdl", "INTEG(completion[Cluster]-scrapping[Cluster]", "INTEG(completion[Cluster]+scrapping[Cluster]"),
    Fault("the dead are born", "sign", "people.mdl", "INTEG(Urban Residents*(birth rate-death rate)", "INTEG(Urban Residents*(birth rate+death rate)"),
    Fault("jobs drive people away", "sign", "people.mdl", "usual net outflow-outflow response*LN(", "usual net outflow+outflow response*LN("),
    Fault("the quota grows by the cut", "sign", "energy.mdl", "perceived GDP growth-required intensity cut", "perceived GDP growth+required intensity cut"),
    Fault("dear goods sell more", "sign", "clusters.mdl", "Relative Price[Cluster]^(-external price elasticity[Cluster])", "Relative Price[Cluster]^external price elasticity[Cluster]"),
    Fault("wages fall when staff is scarce", "sign", "people.mdl", "(1/(seekers per vacancy*normal tightness))^wage sensitivity", "(seekers per vacancy*normal tightness)^wage sensitivity"),
    Fault("outside starts add to own starts", "sign", "clusters.mdl", "desired starts[Cluster]-displacement*outside starts[Cluster]", "desired starts[Cluster]+displacement*outside starts[Cluster]"),
    # --- units and time units
    Fault("megawatt hours as gigawatt hours", "unit", "energy.mdl", "full load hours[solar park])/hours scale", "full load hours[solar park])"),
    Fault("revenue without a price", "unit", "clusters.mdl", "shipments[Cluster]*price[Cluster]*scope ratio[Cluster]", "shipments[Cluster]*scope ratio[Cluster]"),
    Fault("a death rate for the dead", "unit", "people.mdl", "death rate*residents", "death rate"),
    Fault("real added to nominal", "unit", "economy.mdl", "(farm value added+construction value added+services value added)*services price", "(farm value added+construction value added+services value added)"),
    Fault("missing division by the adjustment time", "unit", "clusters.mdl", "(total demand[Cluster]-Expected Demand[Cluster])/expectation time", "(total demand[Cluster]-Expected Demand[Cluster])"),
    Fault("stock drawn as a flow", "unit", "water.mdl", "Reservoir/storage use time", "Reservoir"),
    Fault("approval time in months", "time unit", "energy.mdl", "grid approval time= 0.5", "grid approval time= 6"),
    Fault("tenure in months", "time unit", "clusters.mdl", "job tenure= 6", "job tenure= 72"),
    Fault("growth in per cent", "time unit", "economy.mdl", "national growth= 0.046", "national growth= 4.6"),
    # --- conservation
    Fault("completion does not leave construction", "conservation", "clusters.mdl", "INTEG(starts[Cluster]-completion[Cluster]", "INTEG(starts[Cluster]-scrapping[Cluster]"),
    Fault("started projects counted twice", "conservation", "investment.mdl", "INTEG(completing[Size], 0)", "INTEG(completing[Size]+starting[Size], 0)"),
    Fault("those who move to town stay in the village", "conservation", "people.mdl", "-rural outflow-move to town", "-rural outflow"),
    Fault("water drawn does not leave the reservoir", "conservation", "water.mdl", "INTEG(inflow-spill-surface use", "INTEG(inflow-spill"),
    Fault("wells counted twice", "conservation", "water.mdl", "INTEG(recharge-groundwater use-groundwater outflow", "INTEG(recharge-groundwater use-groundwater use-groundwater outflow"),
    Fault("old appliances come from nowhere", "conservation", "economy.mdl", "INTEG(appliance sales-Young Appliances/ageing time", "INTEG(appliance sales"),
    Fault("land used stays in the bank", "conservation", "investment.mdl", "INTEG(land supply+Extra Land in Force-land used", "INTEG(land supply+Extra Land in Force"),
    Fault("new energy cars never age", "conservation", "economy.mdl", "INTEG(car sales*New Energy Share-New Energy Cars/car life", "INTEG(car sales*New Energy Share"),
    Fault("lapsed projects stay signed", "conservation", "investment.mdl", "INTEG(signing[Size]-starting[Size]-lapsing[Size]", "INTEG(signing[Size]-starting[Size]"),
    Fault("output as value added", "double counting", "economy.mdl", "GDP real= SUM(cluster value added[Cluster!])", "GDP real= SUM(output[Cluster!])"),
    Fault("feedstock counted on top", "double counting", "energy.mdl", "SUM(energy demand[Cluster!])-SUM(feedstock share", "SUM(energy demand[Cluster!])+SUM(feedstock share"),
    Fault("dropped firms are lost", "conservation", "economy.mdl", "INTEG(new firms+firms dropped-firms listed", "INTEG(new firms-firms listed"),
    # --- limits
    Fault("stock shipped that is not there", "drained stock", "clusters.mdl", "total demand[Cluster]*cover ratio[Cluster]*(1+cover ratio[Cluster]^sharpness)^(-1/sharpness)", "total demand[Cluster]"),
    Fault("water cap ignored", "limit ignored", "water.mdl", "MIN(use cap, supply)", "supply"),
    Fault("supply ignored", "limit ignored", "water.mdl", "MIN(use cap, supply)", "use cap"),
    Fault("allocation order reversed", "allocation", "water.mdl", "0,0,0,0; 1,0,0,0; 1,1,0,0; 1,1,1,0;", "0,1,1,1; 0,0,1,1; 0,0,0,1; 0,0,0,0;"),
    Fault("more water than asked for", "allocation", "water.mdl", "MAX(0, MIN(gross demand[User], water to share-SUM(is senior[User,Senior!]*gross demand[Senior!])))", "MAX(0, water to share-SUM(is senior[User,Senior!]*gross demand[Senior!]))"),
    Fault("water adequacy ignored", "limit ignored", "clusters.mdl", "+energy pressure[Cluster]+water pressure[Cluster]\n", "+energy pressure[Cluster]\n"),
    Fault("energy adequacy ignored", "limit ignored", "energy.mdl", "1-control exposure[Cluster]*(1-control adequacy)", "1-0*control exposure[Cluster]*(1-control adequacy)"),
    Fault("finance ignored", "limit ignored", "clusters.mdl", "own starts wanted[Cluster]*finance adequacy[Cluster]\n", "own starts wanted[Cluster]\n"),
    Fault("land ignored", "limit ignored", "investment.mdl", "1+land pressure+approval pressure+credit pressure", "1+approval pressure+credit pressure"),
    Fault("labour market ignored", "limit ignored", "clusters.mdl", "desired hiring[Cluster]*hiring fulfilment-", "desired hiring[Cluster]-"),
    Fault("car demand never clipped", "limit ignored", "economy.mdl", "(1+(wanted per person/car saturation)^saturation sharpness)^(-1/saturation sharpness)", "1"),
    Fault("renewables without a grid", "limit ignored", "energy.mdl", "Planned[Kind]/grid approval time*grid adequacy", "Planned[Kind]/grid approval time"),
    # --- delays
    Fault("plants are built at once", "delay removed", "clusters.mdl", "DELAY3I(starts[Cluster], construction delay[Cluster], initial starts[Cluster])", "starts[Cluster]"),
    Fault("projects are built at once", "delay removed", "investment.mdl", "DELAY3I(starting[Size], building time[Size], initial starting[Size])", "starting[Size]"),
    Fault("margins are known at once", "smooth removed", "clusters.mdl", "INTEG((margin[Cluster]-Perceived Margin[Cluster])/expectation time, normal margin)", "margin[Cluster]"),
    Fault("policy acts at once", "delay removed", "energy.mdl", "INTEG((retrofit support*policy in force-Retrofit Support in Force)/retrofit delay, 0)", "retrofit support*policy in force"),
    Fault("policy before its date", "time", "economy.mdl", "STEP(1, policy start)", "1"),
    Fault("a delay shorter than the step", "step", "investment.mdl", "payment delay= 0.1", "payment delay= 0.015"),
    # --- initial values
    Fault("reservoir starts ten times too full", "initial value", "water.mdl", "initial storage= 60", "initial storage= 600"),
    Fault("wells start empty", "initial value", "water.mdl", "initial groundwater= 230", "initial groundwater= 0"),
    Fault("talent starts ten times too large", "initial value", "people.mdl", "talent at start= 25.5", "talent at start= 255"),
    Fault("staff starts at the output", "initial value", "clusters.mdl", "-Employed[Cluster]/job tenure, initial demand[Cluster]/(", "-Employed[Cluster]/job tenure, 10*initial demand[Cluster]/("),
    # --- tables and parameters
    Fault("profit table reversed", "table", "clusters.mdl", "(-6,0.55),(-4,0.6),(-1,0.75),(0,0.88),(1,1),(2,1.08),(4,1.15),(6,1.18)", "(-6,1.18),(-4,1.15),(-1,1.08),(0,1),(1,0.88),(2,0.75),(4,0.6),(6,0.55)"),
    Fault("capital output ratio with a slipped point", "parameter", "clusters.mdl", "capital output ratio[Cluster]= 1.05,", "capital output ratio[Cluster]= 10.5,"),
    Fault("wrong user of reclaimed water", "index", "water.mdl", "(gross demand[industry]+gross demand[ecology])", "(gross demand[domestic]+gross demand[ecology])"),
    Fault("nothing spills", "clip", "water.mdl", "MAX(0, Reservoir-useful storage)/spill time", "MIN(0, Reservoir-useful storage)/spill time"),
    # --- loops
    Fault("profit does not matter to investment", "loop cut", "clusters.mdl", "*capital output ratio[Cluster]*profit effect[Cluster]", "*capital output ratio[Cluster]"),
    Fault("research does not matter to sales", "loop cut", "clusters.mdl", "^market absorption[Cluster]*technology effect[Cluster]", "^market absorption[Cluster]"),
    Fault("attraction forgets the clusters", "loop cut", "investment.mdl", "base signing[Size]*attraction index*(1+", "base signing[Size]*(1+"),
    Fault("scarce stock does not raise the price", "loop cut", "clusters.mdl", "desired coverage*Expected Demand[Cluster], Inventory[Cluster], 1)", "desired coverage*Expected Demand[Cluster], desired coverage*Expected Demand[Cluster], 1)"),
    Fault("the fast growth of intensities", "coflow", "clusters.mdl", "-Energy Requirement[Cluster]*(retired fraction[Cluster]+energy retrofit rate[Cluster])", "-Energy Requirement[Cluster]*energy retrofit rate[Cluster]"),
    # --- documentation
    Fault("a constant without a comment", "documentation", "water.mdl", "~\tSame at the start of 2018.", "~\t"),
    Fault("a magic number", "documentation", "people.mdl", "1-hiring fulfilment)", "1-0.97*hiring fulfilment)"),
)  # fmt: skip

CLASSICS = (
    Fault("tea warms the longer it stands", "sign", "teacup.mdl", "INTEG(-heat loss to room", "INTEG(heat loss to room"),
    Fault("the room is as hot as the tea", "parameter", "teacup.mdl", "room temperature = 70", "room temperature = 180"),
    Fault("loss without a cooling time", "unit", "teacup.mdl", "(Teacup Temperature - room temperature) / cooling time", "(Teacup Temperature - room temperature)"),
    Fault("recoveries do not leave the infectious", "conservation", "sir.mdl", "INTEG(infection - recovery", "INTEG(infection"),
    Fault("the susceptible never run out", "conservation", "sir.mdl", "INTEG(-infection,", "INTEG(infection - infection,"),
    Fault("contacts with everybody", "unit", "sir.mdl", "Infectious * Susceptible / total population", "Infectious * Susceptible"),
    Fault("infection without the susceptible", "loop cut", "sir.mdl", "Infectious * Susceptible / total population", "Infectious"),
    Fault("prey eaten stays alive", "conservation", "lotka_volterra.mdl", "INTEG(prey births - predation", "INTEG(prey births"),
    Fault("predators live on nothing", "loop cut", "lotka_volterra.mdl", "conversion * predation\n", "conversion * predator death rate * Predators\n"),
    Fault("Euler where Runge-Kutta is needed", "step", "lotka_volterra.mdl", "15:0,0,0,5,0,0", "15:0,0,0,0,0,0"),
    Fault("empty shelves still ship", "drained stock", "inventory.mdl", "MIN(sales, Inventory / shortest shipping time)", "sales"),
    Fault("the supply line is forgotten", "loop cut", "inventory.mdl", " + (desired supply line - Supply Line) / supply line adjustment time", ""),
    Fault("deliveries at once", "delay removed", "inventory.mdl", "DELAY3(orders, delivery time)", "orders"),
    Fault("the shelves start half empty", "initial value", "inventory.mdl", "INTEG(arrivals - shipments, desired inventory)", "INTEG(arrivals - shipments, desired inventory / 2)"),
    Fault("a gap is closed backwards", "sign", "inventory.mdl", "(desired inventory - Inventory) / inventory", "(Inventory - desired inventory) / inventory"),
)  # fmt: skip
