"""A batch ensemble whose members see the rows in orders of their own."""

import numpy as np

from chainrule.tables.members import _order
from chainrule.tables.recipes import RECIPES


def test_each_member_of_tabm_has_a_permutation_of_its_own(rng):
    recipe = RECIPES["tabm"][0]
    rows = np.arange(5, 55)
    order = _order(recipe, rows, rng)
    assert order.shape == (50, recipe.members)
    assert order.flags.c_contiguous  # the engine reads it by address
    assert (np.sort(order, axis=0) == rows[:, None]).all()
    assert len({tuple(column) for column in order.T.tolist()}) == recipe.members


def test_the_members_of_others_share_one_order(rng):
    order = _order(RECIPES["default"][0], np.arange(7), rng)
    assert sorted(order.tolist()) == list(range(7))
