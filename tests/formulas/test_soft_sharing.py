"""Soft weight sharing against PyTorch's mixture of normals."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.special import logsumexp, softmax
from torch.distributions import Categorical, MixtureSameFamily, Normal

from chainrule.formulas import WEIGHT_PRIORS, SoftSharing, weight_prior_of

ROW = WEIGHT_PRIORS["soft_sharing"]
SMALLEST = 0.05


def ours(weights, learned):
    """Penalty, its slope at each weight, and its slope at the mixture's own parameters."""
    terms, own = np.empty(len(learned)), np.empty(len(learned))
    ROW.terms(learned, SMALLEST, terms)
    components = terms.reshape(3, -1).T
    sums = np.zeros((3, len(components)))
    penalty, slopes = 0.0, []
    for w in weights:
        exponents = [ROW.log_density(w, *component) for component in components]
        penalty -= logsumexp(exponents)
        shares = softmax(exponents)
        pulls = [ROW.pull(w, *component[1:]) for component in components]
        pushes = [ROW.push(w, *component[1:]) for component in components]
        slopes.append(-np.dot(shares, pulls))
        sums += shares * np.array([np.ones(len(components)), pulls, pushes])
    ROW.own_slope(learned, terms, sums.ravel(), own)
    return penalty, slopes, own


def theirs(weights, learned):
    w = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
    m = torch.tensor(learned, dtype=torch.float64, requires_grad=True)
    logits, means, log_widths = m.reshape(3, -1)
    normals = Normal(means, torch.sqrt(SMALLEST**2 + torch.exp(2 * log_widths)))
    penalty = -MixtureSameFamily(Categorical(logits=logits), normals).log_prob(w).sum()
    penalty.backward()
    return penalty.item(), w.grad.numpy(), m.grad.numpy()


@pytest.mark.parametrize("components", [1, 2, 5])
def test_value_and_slopes_are_pytorchs(components, rng):
    weights, learned = rng.normal(size=12), rng.normal(size=3 * components)
    # Sums of some dozen numbers about 1 in two orders, some of which cancel.
    for mine, reference in zip(ours(weights, learned), theirs(weights, learned), strict=True):
        assert_allclose(mine, reference, rtol=1e-12, atol=1e-12)


def test_a_weight_far_from_every_mean_has_a_slope():
    """Both densities are 0 in floating point: exp(-1000^2 / 2)."""
    learned = np.array([0.0, 0.0, -1.0, 1.0, 0.0, 0.0])
    penalty, slopes, own = ours([1000.0], learned)
    reference = theirs([1000.0], learned)
    assert_allclose(penalty, reference[0], rtol=1e-14)
    assert_allclose(slopes, reference[1], rtol=1e-14)
    assert_allclose(own, reference[2], rtol=1e-12, atol=1e-12)


def test_a_gaussian_on_a_single_weight_gains_no_more_than_the_smallest_width_allows():
    """R at the mean is log(sqrt(2 pi) width), which falls without end where the width does."""
    bound = np.log(np.sqrt(2.0 * np.pi) * SMALLEST)
    narrow = [ours([0.3], np.array([0.0, 0.3, u])) for u in (-5.0, -50.0, -500.0)]
    assert narrow[0][0] > narrow[1][0] >= bound
    assert_allclose([narrow[1][0], narrow[2][0]], bound, rtol=1e-14)
    assert narrow[2][2][2] == 0.0  # and nothing drives it further


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"components": 0}, r"^components must be at least 1, got 0\. Give a whole number"),
        ({"components": 2.5}, r"^components must be at least 1, got 2\.5\. Give a whole number"),
        ({"strength": -1.0}, r"^strength must be at least 0 or None, got -1\.0\. None is 1 / rows"),
        ({"strength": np.nan}, r"^strength must be at least 0 or None, got nan\."),
        ({"smallest_width": 0.0}, r"^smallest_width must be positive, got 0\.0\. 0\.01 is usual"),
        ({"rate": -1.0}, r"^rate must be positive, got -1\.0\. 1\.0 is usual"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ValueError, match=message):
        SoftSharing(**settings)


def test_settings_by_name():
    assert weight_prior_of("soft_sharing") == SoftSharing()
    assert weight_prior_of(SoftSharing(3)) == SoftSharing(3)
    with pytest.raises(
        ValueError, match=r"^weight_prior must be one of 'soft_sharing', got 'soft'"
    ):
        weight_prior_of("soft")


def test_the_strength_is_one_over_the_rows_unless_given():
    assert SoftSharing().strength_for(40.0) == 1 / 40
    assert SoftSharing(strength=0.3).strength_for(40.0) == 0.3
