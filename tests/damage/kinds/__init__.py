"""Every kind of damage, by where it is planted."""

from tests.damage.damage import Damage
from tests.damage.kinds import calibrations, content, delivery, events, marts, responses

DAMAGES: tuple[Damage, ...] = (
    *responses.DAMAGES,
    *delivery.DAMAGES,
    *events.DAMAGES,
    *content.DAMAGES,
    *calibrations.DAMAGES,
    *marts.DAMAGES,
)
