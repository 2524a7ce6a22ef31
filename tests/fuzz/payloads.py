"""Makes hostile messages: events spoilt in some way, and bytes that never were one. The same seed, the same ones."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

from tests.ingestion.conftest import Events

FRAGMENTS = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"\\u0000", b"\\\\u0000", b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"\\u00e9",
    b"NaN", b"-Infinity", b"1e400", b"1e-400", b"1e-200000", b"-0", b"00", b"1.", b".5", b"1E+2", b"9" * 400,
    b"0." + b"0" * 20_000 + b"1", b"1." + b"0" * 17_000, b"[" * 40, b"[" * 100_000, b"{" * 33, b"]", b"}", b"{", b"[",
    b'"', b"\\", b",", b":", b"\t", b"\n", b"\r", b"\x0b", b"\x1b[31m", b"\x7f", b"'; drop table telemetry.events; --",
    b"\\.", b"\\N", b"\xe2\x80\xa8", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"null", b"true", b"{}", b"[]", b'""',
    b'"x":1,', b'"question_id":1,', b'"timestamp":"9999-12-31T23:59:59Z",', b'"":{"":[null]},', b"/**/", b" ",
    "ß".encode(), "𝟙".encode(), b"1.0", b"4294967296", b"9223372036854775808", b"1e308",
)  # fmt: skip
LITERALS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e309", b"1e-400", b"5e-324", b"1e308", b"-0.0", b"0e0", b"1e1",
    b"1.0", b"2.0", b"2", b"-1", b"2147483647", b"2147483648", b"9223372036854775807", b"9223372036854775808",
    b"18446744073709551616", b"9" * 308, b"9" * 310, b"1" + b"0" * 999, b"1" + b"0" * 1000, b"0." + b"0" * 400 + b"1",
    b"0e99999", b"-0E-99999", b"0e9999", b"0e-9999", b"0e999999999999", b"0." + b"0" * 990 + b"e-9999", b"1e0000000001",
    b"1" * 199 + b".0", b"0x1F", b"1_000", b"+1", b"true", b"false", b"null", b"[]", b"{}", b'""', b'"1"', b"undefined",
    b'"A\\u0301"', b'"\\u0000"', b'"\\ud800"', b'"\\udfff\\ud800"', b'"\\n"', b'"\\\\"', b'"\\""', b'"\x7f"', b"'A'",
    b'"\\u0008"', b'"2199-12-31T23:59:59.999999999-23:59"', b'"2200-01-01T00:00:00Z"', b'"9999-12-31T23:59:59Z"',
    b'"1970-01-01T00:00:00+23:59"', b'"2026-02-29T00:00:00Z"', b'"2026-03-01T08:00:60Z"', b'"2026-03-01 08:00:00"',
    b'"00000000000000000000000000000001"', b'"{00000000-0000-0000-0000-000000000001}"', b'"quiz_started"', b'"tutor"',
    b"'); drop table telemetry.events; --", b'"\'); drop table telemetry.events; --"', b'"$1 %s {0} \\\\N \\\\."',
)  # fmt: skip
FIELDS = (
    "event_id", "event_type", "timestamp", "user_id", "tenant_id", "quiz_id", "question_id", "version", "selected",
    "is_correct", "time_taken_ms", "exam_code", "position", "client", "mode", "filters", "schema_version", "extra",
)  # fmt: skip
NEVER_EVENTS = (
    b"", b"\0", b" ", b"null", b"[]", b"{}", b'"event"', b"0", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"{}{}", b"{}\n{}",
    b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b"%PDF-1.7", b"\\.", b"\\N", b"<event/>", b"event_id,event_type", b"'; drop table telemetry.events; --",
)  # fmt: skip
LONGEST = 900_000  # bytes of a text: within what a broker takes


class Payloads:
    """Messages from `seed`: `good` are valid events, `hostile` may be anything."""

    def __init__(self, seed: int) -> None:
        self._events = Events(seed)
        self._chance = random.Random(seed)

    def good(self, **changed: Any) -> bytes:
        """Return a valid event that no other message repeats."""
        return self._events.raw(**changed)

    def hostile(self) -> bytes:
        """Return the next hostile message."""
        drawn = self._chance.random()
        if drawn < 0.60:
            return self._spoilt()
        if drawn < 0.90:
            return self._with_literal()
        if drawn < 0.95:
            return self._twice()
        if drawn < 0.98:
            return self._reencoded()
        if drawn < 0.9990:
            return self._large(self._chance.choice((40, 33, 2_000, 20_000)))
        return self._chance.choice(NEVER_EVENTS) if drawn < 0.9998 else self._large(LONGEST)

    def _spoilt(self) -> bytes:
        """Return an event with a few bytes put in, changed, cut out or cut off."""
        chance = self._chance
        raw = bytearray(self._events.raw(extra=[1.5, "text", {"a": None}]))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
            at, act = chance.randrange(len(raw)), chance.random()
            if act < 0.35:
                raw[at:at] = chance.choice(FRAGMENTS)
            elif act < 0.55:  # in place of a value
                begin = raw.find(b": ", at) + 2
                end = raw.find(b", ", begin)
                if 2 <= begin < end:
                    raw[begin:end] = chance.choice(FRAGMENTS)
            elif act < 0.7:  # into a text
                begin = raw.find(b'text"', 0)
                raw[begin:begin] = chance.choice(FRAGMENTS)
            elif act < 0.85:
                raw[at] = chance.randrange(256)
            elif act < 0.95:
                del raw[at : at + chance.randint(1, 6)]
            else:
                del raw[at:]
                break
        return bytes(raw)

    def _with_literal(self) -> bytes:
        """Return an event one or two of whose fields are this very text."""
        event = self._events.one()
        chosen = self._chance.sample(FIELDS, self._chance.choice((1, 1, 2)))
        raw = json.dumps(event | {field: f"@{field}@" for field in chosen}).encode()
        for field in chosen:
            raw = raw.replace(b'"@%s@"' % field.encode(), self._chance.choice(LITERALS))
        return raw

    def _twice(self) -> bytes:
        """Return an event that names a field twice."""
        field, literal = self._chance.choice(FIELDS), self._chance.choice(LITERALS)
        again, raw = b'"%s": %s' % (field.encode(), literal), self._events.raw()
        if self._chance.random() < 0.5:
            return b"{" + again + b", " + raw[1:]
        return raw[:-1] + b", " + again + b"}"

    def _reencoded(self) -> bytes:
        """Return an event in another encoding or wrapping, which may be harmless."""
        event = self._events.one(extra="Größe \u2028 🂡")
        text, chance = json.dumps(event, ensure_ascii=False), self._chance.randrange(7)
        if chance < 4:
            return text.encode(("utf-16", "utf-32", "utf-8-sig", "cp1252")[chance], "replace")
        if chance == 4:
            return gzip.compress(text.encode(), compresslevel=1, mtime=0)
        return json.dumps(event if chance == 5 else [event], indent=chance).encode()

    def _large(self, size: int) -> bytes:
        """Return an event with one field that is very long, wide or deep."""
        value: Any = self._chance.choice(("A", "é", "\x01", "'", "\\", '"', "\u2028")) * size
        drawn = self._chance.randrange(4)
        if drawn == 1:
            value = [self._chance.choice((None, 1, 0.5, "x"))] * (size // 4)
        elif drawn == 2:
            value = {f"k{n}": n for n in range(size // 8)}
        elif drawn == 3:
            return self._events.raw(filters="@").replace(b'"@"', b'{"a":[' * size + b"]}" * size)
        return self._events.raw(**{self._chance.choice(("exam_code", "filters", "extra", "selected")): value})
