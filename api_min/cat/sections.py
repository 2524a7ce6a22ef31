"""A section is made, told of, and ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min.cat import configuration, encoded, pool, usagedata
from api_min.cat.configuration import SectionConfiguration
from api_min.cat.pool import Pool
from api_min.errors import InvalidData, SectionNotFound
from database.queries import cat_sections
from database.queries.cat_sections import Section, Sent


@dataclass(frozen=True, eq=False)
class Wish:
    """A section as it was asked for; `brought`: its items, where it brings their parameters along."""

    definition: Mapping[str, Any]
    configuration: SectionConfiguration
    brought: Pool | None


def read(definition: Mapping[str, Any]) -> Wish:
    """Read what a platform sent of a section. It takes some time on thousands of items, and touches nothing.

    Raises:
        InvalidData: it cannot be used.
    """
    asked = configuration.read(encoded.decode("sectionConfiguration", definition["sectionConfiguration"]))
    usage = encoded.decode("qtiUsagedata", definition.get("qtiUsagedata", ""))
    brought = None
    if asked.exam_code is None:
        brought = pool.brought(usagedata.read(usage, asked) if usage else {}, asked)
    return Wish(definition, asked, brought)


async def make(connection: AsyncConnection, wish: Wish) -> uuid.UUID:
    """Write a section, and the parameters it chooses by; returns its id.

    Raises:
        InvalidData: its items are not to be had, or fewer than its sessions need.
    """
    asked, items = wish.configuration, wish.brought
    if items is None:
        assert asked.exam_code is not None
        live = await connection.run_sync(cat_sections.live_items, asked.tenant_id, asked.exam_code)
        items = pool.named(live, asked)
    for name in ("length", "min_length"):
        needed = getattr(asked.stopping, name)
        if needed is not None and needed > len(items.items):
            raise InvalidData(
                f"sectionConfiguration.stopping.{name} is {needed}, and the section has {len(items.items)} items"
            )
    section = Section(
        uuid.uuid4(),
        asked.tenant_id,
        asked.model_dump(mode="json", exclude={"items"}),
        asked.exam_code,
    )
    sent = Sent(wish.definition, items.items, items.question_ids)
    await connection.run_sync(cat_sections.create_section, section, sent)
    await connection.run_sync(cat_sections.keep_bank, section, items.digest, items.items, items.parameters)
    return section.id


async def told(connection: AsyncConnection, section_id: uuid.UUID) -> Sent:
    """Return a section as it was sent, and its items. Raises SectionNotFound."""
    await find(connection, section_id)
    return await connection.run_sync(cat_sections.sent, section_id)


async def find(connection: AsyncConnection, section_id: uuid.UUID) -> Section:
    """Return a section that goes on. Raises SectionNotFound."""
    section = await connection.run_sync(cat_sections.find_section, section_id)
    if section is None:
        raise SectionNotFound("the section was ended; POST sections makes another")
    return section


async def end(connection: AsyncConnection, section_id: uuid.UUID) -> None:
    """End a section and with it its sessions; what was decided in them is kept. Raises SectionNotFound."""
    if not await connection.run_sync(cat_sections.end_section, section_id):
        raise SectionNotFound("the section was ended before")
