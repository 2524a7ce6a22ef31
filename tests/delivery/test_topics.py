"""Which topics a filter means."""

from __future__ import annotations

from database.queries.bank import TopicRow
from delivery.topics import TopicTree

TREE = TopicTree(
    [
        TopicRow(1, None, "Medicine", "medicine"),
        TopicRow(2, 1, "Cardiology", "medicine.cardiology"),
        TopicRow(3, None, "ECG", "medicine.cardiology.ecg"),
        TopicRow(4, 3, "Rhythm", None),
        TopicRow(5, None, "Cardiology of animals", "veterinary.cardiology"),
        TopicRow(6, None, "cardiology", "surgery.cardiology"),
        TopicRow(7, None, "Like a prefix", "medicine.cardiologyx"),
    ]
)


def test_a_path_means_its_subtree():
    assert TREE.subtree("medicine.cardiology") == {2, 3, 4}
    assert TREE.subtree("medicine") == {1, 2, 3, 4, 7}


def test_a_path_without_a_topic_of_its_own_means_what_lies_below():
    assert TREE.subtree("veterinary") == {5}


def test_a_name_means_every_topic_so_named_whatever_its_case():
    assert TREE.subtree("CARDIOLOGY") == {2, 3, 4, 6}


def test_a_topic_without_a_path_is_found_by_name_and_by_its_parent():
    assert TREE.subtree("Rhythm") == {4}
    assert TREE.subtree("ECG") == {3, 4}


def test_what_is_not_there_is_empty():
    assert TREE.subtree("cardio") == frozenset()
    assert TREE.subtree("") == frozenset()
