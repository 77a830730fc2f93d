from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.evidence.log import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_before,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(bytes([at])) for at in range(70)]
# The eight entries of Certificate Transparency's reference tests, and the roots of their trees.
CT_ENTRIES = [
    bytes.fromhex(one)
    for one in (
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
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def naive_root(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 6962 §2.1 defines it, recursively."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


def test_certificate_transparency_roots() -> None:
    """The roots are those of the Certificate Transparency reference entries."""
    hashes = [leaf_hash(one) for one in CT_ENTRIES]
    assert [tree_root(hashes[:size]).hex() for size in range(1, 9)] == list(CT_ROOTS)


@pytest.mark.parametrize("size", range(71))
def test_roots_agree_with_the_definition(size: int) -> None:
    """The streaming root and the frontier's root are the recursive definition's, at every size."""
    log = Frontier()
    for leaf in LEAVES[:size]:
        log = log.append(leaf)
    assert log.root() == tree_root(iter(LEAVES[:size])) == naive_root(LEAVES[:size])
    assert len(log.hashes) == size.bit_count()


@pytest.mark.parametrize("size", range(1, 71))
def test_inclusion_of_every_leaf(size: int) -> None:
    """Every leaf is proved at its index and at no other, and its proof tells the log as it was before it."""
    root = naive_root(LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(LEAVES, index, size)
        assert verify_inclusion(LEAVES[index], index, size, proof, root)
        assert not verify_inclusion(LEAVES[index], index + 1, size, proof, root)
        assert not verify_inclusion(LEAVES[index], index - 1, size, proof, root)
        assert not verify_inclusion(LEAVES[index], index, size, [*proof, root], root)
        assert not verify_inclusion(LEAVES[index], index, size, proof, LEAVES[0] if size > 1 else EMPTY_ROOT)
        before = frontier_before(index, size, proof)
        assert before is not None
        assert before.root() == naive_root(LEAVES[:index])


@pytest.mark.parametrize("second", range(71))
def test_consistency_of_every_pair(second: int) -> None:
    """Every smaller tree is proved a prefix of every larger one, and a tree that differs is not."""
    for first in range(second + 1):
        old, new = naive_root(LEAVES[:first]), naive_root(LEAVES[:second])
        proof = consistency_proof(LEAVES, first, second)
        assert verify_consistency(first, second, old, new, proof)
        forked = naive_root([*LEAVES[: first - 1], LEAVES[-1]]) if 0 < first < 70 else b"\x00" * 32
        assert not verify_consistency(first, second, forked, new, proof)
        assert not verify_consistency(first, second, old, new, [*proof, old])
        if proof:
            assert not verify_consistency(first, second, old, new, proof[:-1])


@given(size=st.integers(1, 60), data=st.data())
def test_a_changed_proof_proves_nothing(size: int, data: st.DataObject) -> None:
    """A proof with one hash changed, or cut short, does not verify."""
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(LEAVES, index, size)
    root = tree_root(LEAVES[:size])
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong = [*proof[:at], sha256(proof[at]).digest(), *proof[at + 1 :]]
        assert not verify_inclusion(LEAVES[index], index, size, wrong, root)
        assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
    assert frontier_before(index, size, [*proof, root]) is None


def test_impossible_trees_are_refused() -> None:
    """A proof for a leaf or a tree that is not there, and a frontier that cannot be, raise."""
    for index, size in ((0, 0), (3, 3), (-1, 3), (0, 71)):
        with pytest.raises(ValueError, match="there is no leaf"):
            inclusion_proof(LEAVES, index, size)
    with pytest.raises(ValueError, match="there are no trees"):
        consistency_proof(LEAVES, 3, 2)
    with pytest.raises(ValueError, match="perfect subtrees"):
        Frontier(3, (LEAVES[0],))
    assert not verify_inclusion(LEAVES[0], 0, 0, [], EMPTY_ROOT)
    assert not verify_consistency(4, 3, LEAVES[0], LEAVES[0], [])
