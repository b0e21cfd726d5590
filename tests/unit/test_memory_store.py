"""A store in memory; what all stores have in common is in test_protocol.py."""

from tests.memory_store import MemoryStore


def test_folders_directly_below_a_prefix_are_listed_once() -> None:
    store = MemoryStore()
    for key in ("reports/a/1", "reports/a/2", "reports/b/c/3", "reports/file", "other/d/4"):
        store.write(key, b"")

    assert store.list_folders("reports/") == ["a", "b"]
    assert store.list_folders("nowhere/") == []
