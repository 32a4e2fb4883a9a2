"""Seeded faults: what goes wrong in stock-flow models, as text edits of the sector files and of the classics.

The list was written before it was known what the battery finds, from the literature on testing such models: Forrester and Senge (1980, 'Tests for
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
    # --- innovation
    Fault("leaving researchers join", "sign", "innovation.mdl", "INTEG(researchers hired-researchers left", "INTEG(researchers hired+researchers left"),
    Fault("rivals' knowledge helps", "sign", "innovation.mdl", "(Knowledge[Cluster]/Rival Knowledge[Cluster])^technology elasticity", "(Rival Knowledge[Cluster]/Knowledge[Cluster])^technology elasticity"),
    Fault("less research, more ranks", "sign", "innovation.mdl", "2*research effort/(1+research effort)", "2/(1+research effort)"),
    Fault("refused applications stay under examination", "conservation", "innovation.mdl", "INTEG(patent applications-patents decided", "INTEG(patent applications-patents granted"),
    Fault("firms with a title keep their old rank", "conservation", "innovation.mdl", "INTEG(firms certified+titles lost-firms promoted-High Tech", "INTEG(firms certified+titles lost-High Tech"),
    Fault("patents that rise are lost", "conservation", "innovation.mdl", "INTEG(high value share at grant*patents granted+patents raised-High", "INTEG(high value share at grant*patents granted-High"),
    Fault("technology firms counted as high-tech", "double counting", "innovation.mdl", "high tech enterprises= High Tech Untitled+Titled Firms", "high tech enterprises= High Tech Untitled+Titled Firms+Technology Firms"),
    Fault("patents are decided at once", "delay removed", "innovation.mdl", "DELAY3I(patent applications, examination time, initial decisions)", "patent applications"),
    Fault("research is knowledge at once", "delay removed", "innovation.mdl", "DELAY3I(research done[Cluster], research lag, initial effective research[Cluster])", "research done[Cluster]"),
    Fault("examination time in months", "time unit", "innovation.mdl", "examination time= 1.7", "examination time= 20.4"),
    Fault("nominal research as real", "unit", "innovation.mdl", "research outlay[Cluster]/services price*research staffing", "research outlay[Cluster]*research staffing"),
    Fault("posts filled without candidates", "limit ignored", "innovation.mdl", "research hiring wanted*posts filled", "research hiring wanted"),
    Fault("research without staff", "limit ignored", "innovation.mdl", "research outlay[Cluster]/services price*research staffing", "research outlay[Cluster]/services price"),
    Fault("knowledge depreciation with a slipped point", "parameter", "innovation.mdl", "knowledge depreciation= 0.15", "knowledge depreciation= 1.5"),
    Fault("graduates do not hear of posts", "loop cut", "innovation.mdl", "(Perceived Research Posts-INITIAL(research hiring wanted))", "(INITIAL(research hiring wanted)-INITIAL(research hiring wanted))"),
    Fault("staff starts at a tenth of what is needed", "initial value", "innovation.mdl", "initial staffing= 0.95", "initial staffing= 0.095"),
    # --- countryside
    Fault("fields taken are fields gained", "sign", "countryside.mdl", "INTEG(reclaimed arable-arable taken, arable", "INTEG(reclaimed arable+arable taken, arable"),
    Fault("the task pushes where it is met", "sign", "countryside.mdl", "MAX(0, Area Task/MAX(grain sown area, smallest area)-1)", "MAX(0, 1-Area Task/MAX(grain sown area, smallest area))"),
    Fault("the reserve is never used up", "conservation", "countryside.mdl", "INTEG(-reclaimed arable, reclaimable", "INTEG(reclaimed arable-reclaimed arable, reclaimable"),
    Fault("fields accepted stay under way", "conservation", "countryside.mdl", "INTEG(farmland started-farmland completed, farmland", "INTEG(farmland started, farmland"),
    Fault("standard farmland is never built over", "conservation", "countryside.mdl", "INTEG(farmland completed-standard farmland lost", "INTEG(farmland completed"),
    Fault("protected land can be taken", "limit ignored", "countryside.mdl", "MIN(arable part of land taken*(land used+home land growth), MAX(0, Arable Land-protected arable)/clearing time)", "arable part of land taken*(land used+home land growth)"),
    Fault("fields are begun without own money", "limit ignored", "countryside.mdl", "farmland starts wanted*farmland money adequacy", "farmland starts wanted"),
    Fault("fields are begun without a quota", "limit ignored", "countryside.mdl", "MIN(new farmland quota, farmland to build/selection time)", "farmland to build/selection time"),
    Fault("fields are accepted at once", "delay removed", "countryside.mdl", "DELAY3I(farmland started, farmland building time, farmland started before)", "farmland started"),
    Fault("yield as output", "unit", "countryside.mdl", "crop output[Crop]= Sown Area[Crop]*crop yield[Crop]", "crop output[Crop]= crop yield[Crop]"),
    Fault("yield growth in per cent", "time unit", "countryside.mdl", "yield growth[Crop]= 0.003, 0.004, 0.006", "yield growth[Crop]= 0.3, 0.4, 0.6"),
    Fault("potatoes count as grain", "index", "countryside.mdl", "is grain[Crop]= 1, 1, 0", "is grain[Crop]= 1, 1, 1"),
    Fault("the maize programme raises wheat", "index", "countryside.mdl", "is maize[Crop]= 0, 1, 0", "is maize[Crop]= 1, 0, 0"),
    Fault("drought spares the harvest", "loop cut", "countryside.mdl", "watered part*MAX(Field Water, least ratio)^water", "watered part*MAX(1, least ratio)^water"),
    Fault("machines beyond all work", "clip", "countryside.mdl", "MAX(0, mechanised ceiling[Crop]-Mechanised[Crop])", "mechanised ceiling[Crop]"),
    Fault("farmland starts at a tenth", "initial value", "countryside.mdl", "arable at start= 120", "arable at start= 12"),
    # --- environment
    Fault("cleaning adds to emissions", "sign", "environment.mdl", "(1-Cleaned Part)*(SUM(", "(1+Cleaned Part)*(SUM("),
    Fault("upgraded works pollute more", "sign", "environment.mdl", "(effluent after[Pollutant]-effluent before[Pollutant])*upgraded part", "(effluent before[Pollutant]-effluent after[Pollutant])*upgraded part"),
    Fault("mines that fail disappear", "conservation", "environment.mdl", "INTEG(mines failed[Mine Size]-conversion begun", "INTEG(-conversion begun"),
    Fault("works opened stay under construction", "conservation", "environment.mdl", "INTEG(works ordered-works opened, 0)", "INTEG(works ordered, 0)"),
    Fault("parks make new sites", "conservation", "environment.mdl", "INTEG(-parks built, park sites", "INTEG(parks built, park sites"),
    Fault("works treat what they cannot hold", "limit ignored", "environment.mdl", "MIN(Collected Part*raw sewage, Works Capacity)*", "Collected Part*raw sewage*"),
    Fault("assessors are never short", "limit ignored", "environment.mdl", "Ordinary Mines[Mine Size]*assessment adequacy\n", "Ordinary Mines[Mine Size]\n"),
    Fault("parks without sites", "limit ignored", "environment.mdl", "MIN((parks part of budget*fiscal revenue+Park Money in Force)/park unit cost, Park Sites/site clearing time)", "(parks part of budget*fiscal revenue+Park Money in Force)/park unit cost"),
    Fault("works are built at once", "delay removed", "environment.mdl", "DELAY3I(works ordered, works building time, 0)", "works ordered"),
    Fault("conversion time in months", "time unit", "environment.mdl", "conversion time= 1.3", "conversion time= 15.6"),
    Fault("load of a mu as the load of all fields", "unit", "environment.mdl", "field load per area[Pollutant]*Arable Land*MAX", "field load per area[Pollutant]*MAX"),
    Fault("phosphorus is not judged", "index", "environment.mdl", "VMAX(concentration of the year[Section,Pollutant!])<=1", "concentration of the year[Section,organic]<=1"),
    Fault("a sum since 2018 as the mean of a year", "time", "environment.mdl", "(Summed Concentration[Section,Pollutant]-Earlier Sum[Section,Pollutant])/averaging time", "Summed Concentration[Section,Pollutant]/averaging time"),
    Fault("sewers collect more than there is", "clip", "environment.mdl", "MAX(0, collection limit-Collected Part)", "collection limit"),
    Fault("rivers do not feel the rain", "loop cut", "environment.mdl", "(1-ecological flow kept)*runoff index)", "(1-ecological flow kept))"),
    # --- delivery
    Fault("finished items bind people for ever", "sign", "delivery.mdl", "seconded+staff released[Arm]-staff bound", "seconded-staff released[Arm]-staff bound"),
    Fault("items given up stay on the list", "conservation", "delivery.mdl", "-beginning[Programme]-withdrawing[Programme], works", "-beginning[Programme], works"),
    Fault("committed money can be committed again", "conservation", "delivery.mdl", "INTEG(appropriated[Arm]-committed[Arm]-returned[Arm]", "INTEG(appropriated[Arm]-returned[Arm]"),
    Fault("failed items are delivered too", "double counting", "delivery.mdl", "delivering[Programme]= success share[Programme]*finishing[Programme]", "delivering[Programme]= finishing[Programme]"),
    Fault("items start without money", "limit ignored", "delivery.mdl", "(staff adequacy[Arm!]-programme money used[Programme]*starts lost to money[Arm!])", "staff adequacy[Arm!]"),
    Fault("money is committed without staff", "limit ignored", "delivery.mdl", "starting share[Arm]= money adequacy[Arm]*staff adequacy[Arm]", "starting share[Arm]= money adequacy[Arm]"),
    Fault("items end at once", "delay removed", "delivery.mdl", "DELAY3I(beginning[Programme], duration[Programme]/2, initial beginnings[Programme])", "beginning[Programme]"),
    Fault("budget delay in months", "time unit", "delivery.mdl", "budget delay= 0.5", "budget delay= 6"),
    Fault("items as money", "unit", "delivery.mdl", "*wanted programme starts[Programme!]*local cost[Programme!]", "*wanted programme starts[Programme!]"),
    Fault("a programme with two arms", "index", "delivery.mdl", "arm of programme[Programme,Arm]= 1,0; 1,0;", "arm of programme[Programme,Arm]= 1,1; 1,0;"),
    Fault("more successes than trials", "parameter", "delivery.mdl", "success share[Programme]= 0.65, 0.97,", "success share[Programme]= 0.65, 9.7,"),
    Fault("works begin before their date", "time", "delivery.mdl", "preparation time[Programme]*STEP(1, list date[Programme])", "preparation time[Programme]"),
    Fault("extra money before policy acts", "time", "delivery.mdl", "INTEG((delivery money*policy in force-Delivery Money", "INTEG((delivery money-Delivery Money"),
    Fault("a hundred times the money at the start", "initial value", "delivery.mdl", "initial programme money[Arm]= 0.6, 1.8", "initial programme money[Arm]= 60, 180"),
    Fault("renovation saves nothing", "loop cut", "energy.mdl", "Renewal Support in Force+renovation saving rate", "Renewal Support in Force"),
    Fault("key-technology projects bring no research", "loop cut", "innovation.mdl", "(Subsidy in Force+key technology money)", "Subsidy in Force"),
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
