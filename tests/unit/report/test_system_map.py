"""The picture of the systems has the largest ones, and sums the others."""

from iflow_census.report.system_map import MAX_LINE, MAX_SYSTEMS, ROW_HEIGHT, draw_system_map
from iflow_census.scan.systems import Flow


def test_no_flows_no_picture() -> None:
    assert draw_system_map({}) is None


def test_largest_sender_is_first_and_receivers_follow_it() -> None:
    picture = draw_system_map({("Shop", "CRM"): 1, ("ERP", "Bank"): 4, ("ERP", "CRM"): 3})

    assert picture is not None
    assert [(node.label, node.iflows) for node in picture.senders] == [("ERP", 7), ("Shop", 1)]
    assert [(node.label, node.iflows) for node in picture.receivers] == [("Bank", 4), ("CRM", 4)]
    assert [(line.sender.label, line.receiver.label, line.iflows) for line in picture.lines] == [
        ("ERP", "Bank", 4),
        ("ERP", "CRM", 3),
        ("Shop", "CRM", 1),
    ]
    assert [line.width for line in picture.lines][::2] == [MAX_LINE, MAX_LINE / 2]
    assert picture.height == 2 * ROW_HEIGHT
    assert [node.y / ROW_HEIGHT for node in picture.receivers] == [0.5, 1.5]


def test_receivers_are_in_the_order_of_their_senders() -> None:
    picture = draw_system_map({("C", "X"): 1, ("B", "Y"): 4, ("A", "Z"): 10})

    assert picture is not None
    assert [node.label for node in picture.senders] == ["A", "B", "C"]
    assert [node.label for node in picture.receivers] == ["Z", "Y", "X"]


def test_equal_systems_are_sorted_by_name() -> None:
    picture = draw_system_map({("B", "Y"): 1, ("B", "X"): 1, ("A", "Y"): 1, ("A", "X"): 1})

    assert picture is not None
    assert [node.label for node in picture.senders] == ["A", "B"]
    assert [node.label for node in picture.receivers] == ["X", "Y"]


def test_iflow_without_sender_or_receiver_is_shown_last() -> None:
    picture = draw_system_map({(None, "Bank"): 9, ("ERP", None): 1})

    assert picture is not None
    assert [(node.label, node.name) for node in picture.senders] == [
        ("ERP", "ERP"),
        ("no sender known", None),
    ]
    assert [node.label for node in picture.receivers] == ["Bank", "no receiver known"]


def test_small_systems_are_summed() -> None:
    flows: dict[Flow, int] = {
        (f"System {number:02}", "ERP"): 100 - number for number in range(MAX_SYSTEMS + 2)
    }

    picture = draw_system_map(flows)

    assert picture is not None
    *shown, others = picture.senders
    assert [node.label for node in shown] == [f"System {n:02}" for n in range(MAX_SYSTEMS)]
    assert (others.label, others.name) == ("2 other senders", None)
    assert sum(node.iflows for node in picture.senders) == sum(flows.values())
    assert sum(line.iflows for line in picture.lines) == sum(flows.values())

    reverse = draw_system_map({(receiver, sender): n for (sender, receiver), n in flows.items()})
    assert reverse is not None
    assert "2 other receivers" in [node.label for node in reverse.receivers]


def test_one_system_more_than_fits_is_shown_by_its_name() -> None:
    picture = draw_system_map({("ERP", f"System {n:02}"): 1 for n in range(MAX_SYSTEMS + 1)})

    assert picture is not None
    assert len(picture.receivers) == MAX_SYSTEMS + 1
    assert all(node.name for node in picture.receivers)
