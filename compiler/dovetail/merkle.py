"""The Merkle tree of RFC 6962 (section 2.1): hashes, roots, inclusion and consistency.

Invariants: a leaf is hashed with the prefix 0x00 and a node with 0x01, so neither can pass for the
other; the tree over n leaves splits at the largest power of two below n. An append-only writer
needs the `Frontier` alone: the roots of the perfect subtrees that n leaves fall into, largest
first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dovetail import canonical

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "consistency",
    "inclusion",
    "leaf_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = canonical.sha256(b"")
_SIZE = 32


def leaf_hash(entry: bytes) -> bytes:
    """Give the hash of one entry of the log."""
    return canonical.sha256(b"\x00" + entry)


def _node(left: bytes, right: bytes) -> bytes:
    return canonical.sha256(b"\x01" + left + right)


@dataclass(slots=True)
class Frontier:
    """A tree of which only the right edge is kept: enough to append and to tell the root.

    Attributes:
        size: how many leaves it has.
        peaks: the roots of its perfect subtrees, largest first, one a set bit of `size`.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash; amortised constant time."""
        self.peaks.append(leaf)
        merged = self.size
        while merged & 1:
            right = self.peaks.pop()
            self.peaks.append(_node(self.peaks.pop(), right))
            merged >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Give the root over all leaves."""
        if not self.peaks:
            return EMPTY_ROOT
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = _node(peak, result)
        return result

    def to_bytes(self) -> bytes:
        """Give the peaks as bytes, for keeping."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, peaks: bytes) -> Frontier:
        """Read what `to_bytes` gave.

        Raises:
            ValueError: when the bytes can't be the peaks of a tree of that size.
        """
        if len(peaks) != _SIZE * size.bit_count():
            raise ValueError(f"{len(peaks)} bytes of peaks do not belong to {size} leaves")
        return cls(size, [peaks[i : i + _SIZE] for i in range(0, len(peaks), _SIZE)])


def root(leaves: Iterable[bytes]) -> bytes:
    """Give the root over leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def _split(n: int) -> int:
    return 1 << (n - 1).bit_length() - 1


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the audit path of the leaf at `index` (RFC 6962, section 2.1.1).

    Raises:
        IndexError: when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    path.reverse()
    return path


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes
) -> bool:
    """Tell whether a path proves that `leaf` is at `index` of the tree of `size` with that root."""
    if not 0 <= index < size:
        return False
    result, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = _node(sibling, result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            result = _node(result, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and result == expected


def consistency(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Give the proof that the first `old` leaves are a prefix of all (RFC 6962, section 2.1.2).

    Raises:
        IndexError: when `old` is not a size that the tree has had.
    """
    if not 0 < old <= len(leaves):
        raise IndexError(f"no proof from {old} to {len(leaves)} leaves")
    proof: list[bytes] = []
    low, high, complete = 0, len(leaves), True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(root(leaves[middle:high]))
            high = middle
        else:
            proof.append(root(leaves[low:middle]))
            low, complete = middle, False
    if not complete:
        proof.append(root(leaves[low:high]))
    proof.reverse()
    return proof


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that the tree of `old` leaves is a prefix of the one of `new`."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = list(proof)
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    if position:
        if not steps:
            return False
        first = steps.pop(0)
    else:
        first = old_root
    left = right = first
    for sibling in steps:
        if last == 0:
            return False
        if position & 1 or position == last:
            left, right = _node(sibling, left), _node(sibling, right)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            right = _node(right, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and left == old_root and right == new_root
