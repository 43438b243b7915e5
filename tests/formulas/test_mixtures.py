"""Activations with a learned mixture, against PyTorch."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from chainrule.formulas import ACTIVATIONS, LEARNED_ACTIVATIONS
from chainrule.formulas.activations.mixtures import mixture, mixture_share_slope, mixture_slope

BASES = {
    "prelu": torch.relu,
    "parametric_selu": functional.selu,
    "parametric_mish": functional.mish,
}
POINTS = [-3.0, -0.7, 0.0, 0.2, 4.0]


def test_every_mixture_has_a_row():
    assert set(BASES) == set(LEARNED_ACTIVATIONS)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("a", [0.0, 0.3, 1.0, 1.7])
def test_value_and_both_slopes_are_those_of_pytorch(name, a):
    base = LEARNED_ACTIVATIONS[name].base
    for x in POINTS:
        point = torch.tensor([x, a], dtype=torch.float64, requires_grad=True)
        expected = (1 - point[1]) * point[0] + point[1] * BASES[name](point[0])
        expected.backward()
        f = base.value(x)
        ours = [mixture(x, f, a), mixture_slope(base.slope(x, f), a), mixture_share_slope(x, f)]
        # A few roundings of numbers of size 4.
        np.testing.assert_allclose(ours, [expected.item(), *point.grad.tolist()], atol=4e-15)


def test_prelu_is_pytorchs_with_slope_a_quarter():
    row = LEARNED_ACTIVATIONS["prelu"]
    expected = functional.prelu(torch.tensor(POINTS), torch.tensor([0.25])).tolist()
    ours = [mixture(x, row.base.value(x), row.start) for x in POINTS]
    # Float32's roundings, PyTorch's side.
    np.testing.assert_allclose(ours, expected, rtol=1e-7)


def test_realmlps_start_at_their_bases():
    for name, base in (("parametric_selu", "selu"), ("parametric_mish", "mish")):
        row = LEARNED_ACTIVATIONS[name]
        assert (row.start, row.base) == (1.0, ACTIVATIONS[base])
        assert mixture(-1.5, row.base.value(-1.5), row.start) == row.base.value(-1.5)
