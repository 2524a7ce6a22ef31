"""Reading item parameters from QTI usage data, and refusing what is not that."""

from __future__ import annotations

import time

import pytest

from api_min.cat import usagedata
from api_min.cat.configuration import SectionConfiguration, Stopping
from api_min.errors import InvalidData
from tests.api_min.cat.platform import NAMESPACE, statistic

PLAIN = SectionConfiguration(stopping=Stopping(length=1))


def read(inside: str, configuration: SectionConfiguration = PLAIN, around: str = "usageData"):
    return usagedata.read(f"<{around}>{inside}</{around}>".encode(), configuration)


@pytest.mark.parametrize("name", ["a", "A", "a-parm", "A_Parameter", "irt-a", "IRT_A_PARAM", "aParameter"])
def test_parameters_go_by_their_usual_names(name: str) -> None:
    assert read(statistic(name, "x", " 1.25 ")) == {"x": {"a": 1.25}}


@pytest.mark.parametrize("name", ["P-value", "d", "abc", "alpha", "a-parm2", "", "D-Parm"])
def test_other_statistics_are_passed_over(name: str) -> None:
    assert read(statistic(name, "x", "not a number")) == {}


def test_the_configuration_names_statistics_and_a_context() -> None:
    inside = (
        statistic("Discrimination", "x", 2)
        + statistic("a", "x", 9)
        + statistic("b", "x", 1, "https://one")
        + statistic("b", "x", 3, "https://two")
    )
    asked = PLAIN.model_copy(
        update={
            "statistics": PLAIN.statistics.model_copy(update={"a": "discrimination"}),
            "context": "https://two",
        }
    )
    assert read(inside, asked) == {"x": {"b": 3.0}}
    everywhere = asked.model_copy(update={"context": None})
    with pytest.raises(InvalidData, match="two values of b for item 'x'"):
        read(inside, everywhere)
    assert read(statistic("Discrimination", "x", 2) + statistic("a", "x", 9), everywhere) == {"x": {"a": 2.0}}


def test_a_statistic_may_be_of_several_items_and_not_of_their_parts() -> None:
    document = (
        f'<q:usageData xmlns:q="{NAMESPACE}"><q:ordinaryStatistic name="b" context="c">'
        '<q:targetObject identifier="x" objectType="item"/><q:targetObject identifier="y"/>'
        '<q:targetObject identifier="z" partIdentifier="A"/><q:targetObject identifier="t" objectType="test"/>'
        '<q:value baseType="float">-<![CDATA[0.5]]></q:value></q:ordinaryStatistic>'
        '<q:categorizedStatistic name="a" context="c"><q:targetObject identifier="x"/></q:categorizedStatistic>'
        "</q:usageData>"
    )
    assert usagedata.read(document.encode("utf-16"), PLAIN) == {"x": {"b": -0.5}, "y": {"b": -0.5}}


def test_what_is_not_usage_data_is_refused() -> None:
    for document, said in (
        (b"", "not an XML document"),
        (b"<usageData>", "not an XML document"),
        (b"\xff\xfe\x00", "not an XML document"),
        (b'<?xml version="1.0" encoding="nonsense"?><usageData/>', "not an XML document"),
        (b"<assessmentItem/>", "root of qtiUsagedata is assessmentItem"),
        (b"<usageData>" + b"<a>" * 40, "nests more than 32"),
    ):
        with pytest.raises(InvalidData, match=said):
            usagedata.read(document, PLAIN)
    for value in ("x", "", "1,5", "9" * 65):
        with pytest.raises(InvalidData, match=r"b of 'x' is .* no number"):
            read(statistic("b", "x", value))


def test_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">'
        for before, after in zip("abcdefghi", "bcdefghij", strict=True)
    )
    outside = '<!DOCTYPE u [<!ENTITY j SYSTEM "file:///etc/passwd">'
    for declared in (bomb, outside, "<!DOCTYPE u SYSTEM 'http://127.0.0.1:9/x.dtd' ["):
        began = time.perf_counter()
        with pytest.raises(InvalidData, match="document type"):
            usagedata.read(f"{declared}]><usageData>&j;</usageData>".encode(), PLAIN)
        assert time.perf_counter() - began < 1.0


def test_items_are_counted() -> None:
    with pytest.raises(InvalidData, match="more than 20000 items"):
        read("".join(statistic("b", f"i{n}", 0) for n in range(20_001)))
