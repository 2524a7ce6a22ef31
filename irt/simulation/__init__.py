"""Seeded exams with their truth: who answered (populations), what (designs), and how (sessions).

rng = np.random.default_rng(1)
population = draw_population(rng, [Group("men", 1000), Group("women", 1000, mean=-0.5)])
bank = draw_bank(rng, 200)
session = administer(rng, population, bank, RandomItems(40), Effects(dif=[Shift([3], b=0.6, group="women")]))
session.responses, session.theta, session.affected

deliver(bank, true, delivery, theta, seed, clock)    sessions by the decisions, rules and exposure control in use
simulated_control(play, delivery, items, r_max)      Sympson-Hetter parameters for such sessions
compare_banks(rng, live, candidate)    adaptive sessions of the same learners by old and by new parameters
"""

from irt.simulation.banks import BankComparison, BankFigures, compare_banks
from irt.simulation.control import played_alone, simulated_control
from irt.simulation.delivery import Delivered, deliver, joined
from irt.simulation.designs import Adaptive, Booklets, Complete, Design, RandomItems, SelfSelected
from irt.simulation.populations import Group, Population, draw_bank, draw_population
from irt.simulation.sessions import Effects, Session, Shift, administer
from irt.simulation.sitting import Delivery

__all__ = [
    "Adaptive",
    "BankComparison",
    "BankFigures",
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
    "administer",
    "compare_banks",
    "deliver",
    "draw_bank",
    "draw_population",
    "joined",
    "played_alone",
    "simulated_control",
]
