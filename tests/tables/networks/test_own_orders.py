"""Which recipes give the members of a batch ensemble the rows in orders of their own."""

import pytest

from chainrule.tables import TableClassifier
from chainrule.tables.networks import members
from chainrule.training.orders import Permuted


@pytest.mark.parametrize(("preset", "orders"), [("tabm", 32), ("fast", 1)])
def test_only_members_of_tabm_have_orders_of_their_own(monkeypatch, rng, preset, orders):
    asked = []

    def permuted(rows, random, members):
        asked.append((len(rows), members))
        return Permuted(rows, random, members)

    monkeypatch.setattr(members, "Permuted", permuted)
    X = rng.normal(size=(50, 2))
    TableClassifier(preset, hidden_layer_sizes=(4,), epochs=1, n_ensemble=1).fit(X, X[:, 0] > 0)
    # A fifth of the rows judges.
    assert asked == [(40, orders)]
