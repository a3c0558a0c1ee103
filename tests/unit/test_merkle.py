"""RFC 6962: the tree against a naive restatement, known vectors, every proof of small trees."""

from __future__ import annotations

import hashlib

import pytest

from dovetail import merkle

# The eight entries that Certificate Transparency implementations test with, and their roots.
ENTRIES = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(f"{i}".encode()) for i in range(40)]


def naive(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size: int) -> None:
    assert merkle.root(map(merkle.leaf_hash, ENTRIES[:size])).hex() == ROOTS[size - 1]


def test_the_frontier_agrees_with_the_definition_at_every_size() -> None:
    tree = merkle.Frontier()
    assert tree.root() == naive([])
    for size, leaf in enumerate(LEAVES, 1):
        tree.append(leaf)
        assert tree.root() == naive(LEAVES[:size])
        assert merkle.Frontier.from_bytes(tree.size, tree.to_bytes()).root() == tree.root()


def test_peaks_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="64 bytes of peaks do not belong to 4 leaves"):
        merkle.Frontier.from_bytes(4, b"\x00" * 64)


def test_every_inclusion_proof_verifies_and_no_other_leaf_or_place_passes() -> None:
    for size in range(1, 18):
        leaves, top = LEAVES[:size], naive(LEAVES[:size])
        for index in range(size):
            path = merkle.inclusion(leaves, index)
            assert merkle.verify_inclusion(leaves[index], index, size, path, top)
            assert not merkle.verify_inclusion(LEAVES[-1], index, size, path, top)
            assert not merkle.verify_inclusion(leaves[index], index, size, [*path, top], top)
            wrong = [i for i in range(-1, size + 1) if i != index]
            assert not any(
                merkle.verify_inclusion(leaves[index], i, size, path, top) for i in wrong
            )


def test_every_consistency_proof_verifies_and_no_other_history_passes() -> None:
    for new in range(1, 18):
        top = naive(LEAVES[:new])
        for old in range(1, new + 1):
            proof = merkle.consistency(LEAVES[:new], old)
            before = naive(LEAVES[:old])
            assert merkle.verify_consistency(old, new, before, top, proof)
            assert not merkle.verify_consistency(old, new, naive(LEAVES[1 : old + 1]), top, proof)
            assert not merkle.verify_consistency(old, new, before, top, [*proof, top])
            if proof:
                assert not merkle.verify_consistency(old, new, before, top, proof[:-1])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_proof(index: int) -> None:
    with pytest.raises(IndexError, match="no leaf"):
        merkle.inclusion(LEAVES[:3], index)


@pytest.mark.parametrize("old", [0, 4])
def test_a_size_that_never_was_has_no_proof(old: int) -> None:
    with pytest.raises(IndexError, match="no proof"):
        merkle.consistency(LEAVES[:3], old)
