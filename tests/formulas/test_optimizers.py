"""Update rules against scikit-learn's solvers, PyTorch's optimizers and hand arithmetic."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from chainrule.formulas import OPTIMIZERS


@dataclass
class Settings:
    learning_rate: float = 0.1
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    rho: float = 0.95
    epsilon: float = 1e-8


START = 1.5
GRADIENTS = [0.5, -2.0, 0.25, 1e-4, 3.0]
optim = torch.optim
# name: scikit-learn's optimizer with Settings' numbers.
SCIKIT_LEARN = {
    "sgd": lambda w: SGDOptimizer(w, 0.1, momentum=0.0, nesterov=False),
    "momentum": lambda w: SGDOptimizer(w, 0.1, momentum=0.9, nesterov=False),
    "nesterov": lambda w: SGDOptimizer(w, 0.1, momentum=0.9, nesterov=True),
    "adam": lambda w: AdamOptimizer(w, 0.1),
}
# name: PyTorch's optimizer with Settings' numbers.
ROWS = {
    "sgd": lambda w: optim.SGD(w, lr=0.1),
    "momentum": lambda w: optim.SGD(w, lr=0.1, momentum=0.9),
    "nesterov": lambda w: optim.SGD(w, lr=0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda w: optim.Adagrad(w, lr=0.1, eps=1e-8),
    "adadelta": lambda w: optim.Adadelta(w, lr=0.1, rho=0.95, eps=1e-8),
    "rmsprop": lambda w: optim.RMSprop(w, lr=0.1, alpha=0.95, eps=1e-8),
    "adam": lambda w: optim.Adam(w, lr=0.1, betas=(0.9, 0.999)),
    "amsgrad": lambda w: optim.Adam(w, lr=0.1, betas=(0.9, 0.999), amsgrad=True),
    # The decay is taken by the engine, before the rule.
    "adamw": lambda w: optim.AdamW(w, lr=0.1, betas=(0.9, 0.999), weight_decay=0.0),
    "nadam": lambda w: optim.NAdam(w, lr=0.1, betas=(0.9, 0.999)),
}
every_name = pytest.mark.parametrize("name", OPTIMIZERS)


@pytest.fixture(autouse=True)
def _double_precision():
    """PyTorch's NAdam keeps its product of momenta in the default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def trace(name, settings=None, gradients=GRADIENTS, start=START):
    """The weight after each step."""
    row = OPTIMIZERS[name]
    w, states, weights = start, (0.0,) * row.n_states, []
    for t, g in enumerate(gradients, start=1):
        w, *states = row.update(w, g, *states, *row.constants(t, settings or Settings()))
        weights.append(float(w))
    return weights


def test_every_optimizer_has_a_row():
    assert set(ROWS) | {"sign"} == set(OPTIMIZERS)  # PyTorch has no sign descent


@pytest.mark.parametrize("name", SCIKIT_LEARN)
def test_five_steps_of_scikit_learn(name):
    w = [np.array([START])]
    reference = SCIKIT_LEARN[name](w)
    expected = []
    for g in GRADIENTS:
        reference.update_params(w, [np.array([g])])
        expected.append(w[0].item())
    # The same operations in the same order but for one rounding of the step's rate.
    np.testing.assert_allclose(trace(name), expected, rtol=1e-15)


@pytest.mark.parametrize("name", ROWS)
def test_five_steps_of_pytorch(name):
    w = torch.tensor([START], dtype=torch.float64, requires_grad=True)
    reference = ROWS[name]([w])
    expected = []
    for g in GRADIENTS:
        w.grad = torch.tensor([g], dtype=torch.float64)
        reference.step()
        expected.append(w.item())
    # Adam: PyTorch adds epsilon after the correction of sqrt(v), we before. At step t that changes
    # the step of 0.1 by epsilon / sqrt(v) times 1 / sqrt(1 - beta_2^t) - 1, at most 31 at t = 1,
    # where sqrt(v) = 0.5 * sqrt(0.001): 0.1 * 31 * 1e-8 / 0.0158 = 2e-6 in all.
    # The others: a few roundings a step.
    tolerance = 2e-6 if name == "adam" else 1e-14
    np.testing.assert_allclose(trace(name), expected, rtol=tolerance)


# An ill-conditioned bowl, sum of CURVATURES * w^2 / 2, from a point off its axes.
CURVATURES = np.array([100.0, 1.0, 0.01])
CORNER = np.array([1.0, -2.0, 3.0])


def descend_by_torch(name, steps):
    w = torch.tensor(CORNER, requires_grad=True)
    reference = ROWS[name]([w])
    for _ in range(steps):
        reference.zero_grad()
        (0.5 * torch.from_numpy(CURVATURES) * w * w).sum().backward()
        reference.step()
    return w.detach().numpy()


def descend_by_rule(name, steps):
    row, w = OPTIMIZERS[name], CORNER.tolist()
    states = [(0.0,) * row.n_states] * len(w)
    for t in range(1, steps + 1):
        constants = row.constants(t, Settings())
        for k, curvature in enumerate(CURVATURES.tolist()):
            w[k], *states[k] = row.update(w[k], curvature * w[k], *states[k], *constants)
    return w


# Adam differs by epsilon's place, see above.
@pytest.mark.parametrize("name", sorted(set(ROWS) - {"adam"}))
@pytest.mark.parametrize("steps", [1, 10])
def test_ten_steps_down_an_ill_conditioned_bowl_are_pytorchs(name, steps):
    # Plain descent multiplies the steep axis by -9 a step, and so a rounding: 9^10 * 1e-16 * 10
    # against a weight that grew as much; 1e-10 leaves room for that.
    np.testing.assert_allclose(
        descend_by_rule(name, steps), descend_by_torch(name, steps), rtol=1e-10
    )


def test_adam_differs_from_pytorch_only_by_epsilon():
    gradients = [0.5, -2.0, 0.25]
    w = torch.tensor([START], dtype=torch.float64, requires_grad=True)
    reference = torch.optim.Adam([w], lr=0.1, eps=0.0)
    for g in gradients:
        w.grad = torch.tensor([g], dtype=torch.float64)
        reference.step()
    ours = trace("adam", Settings(epsilon=0.0), gradients)[-1]
    # Roundings of three steps, none of them cancelling.
    assert ours == pytest.approx(w.item(), rel=1e-14)


def test_momentum_by_hand():
    # v1 = -0.1 * 0.5 = -0.05; v2 = 0.9 * -0.05 + 0.1 * 2 = 0.155; v3 = 0.9 * 0.155 - 0.025 = 0.1145
    expected = [1.5 - 0.05, 1.45 + 0.155, 1.605 + 0.1145]
    np.testing.assert_allclose(trace("momentum")[:3], expected, rtol=1e-15)


def test_nesterov_by_hand():
    # Velocities as above; each step adds 0.9 * v - 0.1 * g:
    # -0.045 - 0.05; 0.1395 + 0.2; 0.10305 - 0.025
    expected = [1.5 - 0.095, 1.405 + 0.3395, 1.7445 + 0.07805]
    np.testing.assert_allclose(trace("nesterov")[:3], expected, rtol=1e-15)


def test_adam_by_hand():
    # m1 = 0.1 * 0.5 = 0.05, v1 = 0.001 * 0.25 = 0.00025; rate = 0.1 * sqrt(0.001) / 0.1
    first = 1.5 - math.sqrt(0.001) * 0.05 / (math.sqrt(0.00025) + 1e-8)
    # m2 = 0.045 - 0.2 = -0.155, v2 = 0.00024975 + 0.004; rate = 0.1 * sqrt(0.001999) / 0.19
    rate = 0.1 * math.sqrt(0.001999) / 0.19
    second = first + rate * 0.155 / (math.sqrt(0.00424975) + 1e-8)
    # 1 - 0.999 is 0.001 only to 1e-16, which the square root of the ratio keeps: 1e-13 relative.
    np.testing.assert_allclose(trace("adam")[:2], [first, second], rtol=1e-12)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(size):
    # Epsilon is 1e-8 against sqrt(v) = size * sqrt(0.001): at most 3.2e-4 of the step.
    assert START - trace("adam", gradients=[size])[0] == pytest.approx(0.1, rel=3.3e-4)


@every_name
def test_a_zero_gradient_from_rest_changes_nothing(name):
    assert trace(name, gradients=[0.0, 0.0]) == [START, START]


@every_name
def test_float32_stays_float32(name):
    row = OPTIMIZERS[name]
    constants = [np.float32(c) for c in row.constants(1, Settings())]
    states = [np.float32(0.0)] * row.n_states
    after = row.update(np.float32(START), np.float32(0.5), *states, *constants)
    assert len(after) == 1 + row.n_states
    assert all(type(value) is np.float32 for value in after)


def test_sign_descent_by_hand():
    # 0.1 against the signs + - + + +.
    np.testing.assert_allclose(trace("sign"), [1.4, 1.5, 1.4, 1.3, 1.2], rtol=1e-15)


def test_amsgrad_never_steps_further_than_the_largest_gradient_allows():
    # After one large gradient the denominator stays: later steps are smaller than Adam's.
    gradients = [100.0] + [0.1] * 30
    last = [abs(np.diff(trace(name, gradients=gradients))[-1]) for name in ("amsgrad", "adamw")]
    assert last[0] < last[1]


def test_nadam_after_many_steps_is_still_pytorchs():
    # The momentum rises by 0.96 every 250 steps; 2000 roundings of 1e-16 of a step of 0.1 each.
    gradients = [math.cos(0.1 * t) for t in range(2000)]
    w = torch.tensor([START], dtype=torch.float64, requires_grad=True)
    reference = ROWS["nadam"]([w])
    for g in gradients:
        w.grad = torch.tensor([g], dtype=torch.float64)
        reference.step()
    assert trace("nadam", gradients=gradients)[-1] == pytest.approx(w.item(), abs=1e-10)
