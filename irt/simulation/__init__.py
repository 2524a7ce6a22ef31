"""Seeded exams with their truth: who answered (populations), what (designs), and how (sessions).

rng = np.random.default_rng(1)
population = draw_population(rng, [Group("men", 1000), Group("women", 1000, mean=-0.5)])
bank = draw_bank(rng, 200)
session = administer(rng, population, bank, RandomItems(40), Effects(dif=[Shift([3], b=0.6, group="women")]))
session.responses, session.theta, session.affected

deliver(bank, true, delivery, theta, seed, clock)    sessions by the decisions, rules and exposure control in use
simulated_control(play, delivery, items, r_max)      Sympson-Hetter parameters for such sessions
on_side(united(live, candidate), side, delivery, theta, seed, clock)    the same by old or by new parameters
irt.simulation.contrasts    how far a figure of the new ones is beyond the old one's, and how far chance goes
"""

from irt.simulation.banks import Side, Sides, on_side, united
from irt.simulation.control import played_alone, simulated_control
from irt.simulation.delivery import Delivered, deliver, joined
from irt.simulation.designs import Adaptive, Booklets, Complete, Design, RandomItems, SelfSelected
from irt.simulation.populations import Group, Population, draw_bank, draw_population
from irt.simulation.sessions import Effects, Session, Shift, administer
from irt.simulation.sitting import Delivery

__all__ = [
    "Adaptive",
    "Booklets",
    "Complete",
    "Delivered",
    "Delivery",
    "Design",
    "Effects",
    "Group",
    "Population",
    "RandomItems",
    "SelfSelected",
    "Session",
    "Shift",
    "Side",
    "Sides",
    "administer",
    "deliver",
    "draw_bank",
    "draw_population",
    "joined",
    "on_side",
    "played_alone",
    "simulated_control",
    "united",
]
