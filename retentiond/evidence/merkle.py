"""The RFC 6962 hash tree: roots, inclusion and consistency proofs, and a frontier that grows in O(log n)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Self

_MANY = 256
"""Leaves that are taken at once: a power of two."""
EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 §2.1)."""


def leaf_hash(body: bytes) -> bytes:
    """Return the 32-byte hash of a leaf: SHA-256(0x00 ‖ body) (RFC 6962 §2.1)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed of a tree to append to it: the roots of its perfect subtrees, widest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has not {len(self.hashes)} perfect subtrees")

    def append(self, leaf: bytes) -> Self:
        """Return the frontier after one more leaf, given its 32-byte leaf hash."""
        hashes, node, size = list(self.hashes), leaf, self.size
        while size & 1:
            node = node_hash(hashes.pop(), node)
            size >>= 1
        return type(self)(self.size + 1, (*hashes, node))

    def root(self) -> bytes:
        """Return the tree's 32-byte root."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def tree_root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes, in one pass and memory logarithmic in their number."""
    leaves = iter(leaf_hashes)
    stack: list[bytes] = []
    size = 0
    while len(some := list(islice(leaves, _MANY))) == _MANY:
        _push(stack, size // _MANY, _perfect_root(some))
        size += _MANY
    for leaf in some:
        _push(stack, size, leaf)
        size += 1
    return Frontier(size, tuple(stack)).root()


def _push(stack: list[bytes], before: int, node: bytes) -> None:
    """Put the root of a perfect subtree on the stack, given how many of its width came before it."""
    while before & 1:
        node = node_hash(stack.pop(), node)
        before >>= 1
    stack.append(node)


def _perfect_root(hashes: list[bytes]) -> bytes:
    """Return the root over a power of two of leaf hashes, level by level."""
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """Return the audit path of a leaf in the tree of the first ``size`` leaves, lowest first (RFC 6962 §2.1.1).

    Raises:
        ValueError: no such leaf.
    """
    if not 0 <= index < size <= len(leaf_hashes):
        raise ValueError(f"there is no leaf {index} in a tree of {size} of {len(leaf_hashes)} leaves")
    level, path = list(leaf_hashes[:size]), []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level = [node_hash(*level[at : at + 2]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)]
        index >>= 1
    return path


def _turns(index: int, size: int, proof: Sequence[bytes]) -> Iterator[tuple[bool, bytes]] | None:
    """Return (hash stands on the left, hash) for each step up, or None where the length of the path is wrong."""
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        return None
    return ((at >= inner or bool(index >> at & 1), one) for at, one in enumerate(proof))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether a path leads from a leaf hash at ``index`` to the root of ``size`` leaves (RFC 9162 §2.1.3.2)."""
    turns = _turns(index, size, proof) if 0 <= index < size else None
    if turns is None:
        return False
    node = leaf
    for is_left, one in turns:
        node = node_hash(one, node) if is_left else node_hash(node, one)
    return node == root


def frontier_before(index: int, size: int, proof: Sequence[bytes]) -> Frontier | None:
    """Return the frontier of the tree as it was before leaf ``index``, read off that leaf's inclusion proof.

    The left-hand hashes of an audit path are exactly the perfect subtrees of the leaves before it; so whoever has
    verified the path knows the root the log had when this leaf was appended. None: the path has the wrong length.
    """
    turns = _turns(index, size, proof) if 0 <= index < size else None
    if turns is None:
        return None
    return Frontier(index, tuple(reversed([one for is_left, one in turns if is_left])))


def consistency_proof(leaf_hashes: Sequence[bytes], first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of ``first`` leaves is a prefix of that of ``second`` (RFC 6962 §2.1.2).

    Raises:
        ValueError: there are no such trees.
    """
    if not 0 <= first <= second <= len(leaf_hashes):
        raise ValueError(f"there are no trees of {first} and {second} of {len(leaf_hashes)} leaves")
    return [] if first == 0 else _subproof(first, leaf_hashes[:second], is_whole=True)


def _subproof(first: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [tree_root(leaves)]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if first <= half:
        return [*_subproof(first, leaves[:half], is_whole=is_whole), tree_root(leaves[half:])]
    return [*_subproof(first - half, leaves[half:], is_whole=False), tree_root(leaves[:half])]


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether a proof shows that the first tree is a prefix of the second (RFC 9162 §2.1.4.2)."""
    if first < 0 or first > second:
        return False
    if first in (0, second):
        return not proof and first_root == (EMPTY_ROOT if first == 0 else second_root)
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and before == first_root and after == second_root
