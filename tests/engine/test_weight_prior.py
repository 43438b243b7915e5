"""Steps with a learned prior of the weights, against PyTorch."""

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal

from chainrule.engine import partition, team
from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.formulas import SoftSharing
from chainrule.graph.layout import lay_out

from . import torch_twin
from .networks import COLUMNS, OUTPUTS, factors, one_hidden, settings, targets

ROWS, STEPS, RATE = 40, 6, 0.05
PRIOR = SoftSharing(3, strength=0.02, smallest_width=0.05, rate=0.5)
# Six steps on sums of 40 numbers in another order; a width of 0.05 magnifies a rounding by
# strength / width^2 = 8 in each step of 0.05.
TOLERANCE = 1e-10


class Race:
    """One network here and in PyTorch, with the same rows and the same prior."""

    def __init__(self, prior: SoftSharing = PRIOR, *, weighted: bool = False) -> None:
        rng = np.random.default_rng(5)
        graph = one_hidden("tanh")
        tape = lay_out(graph, weighted=weighted, weight_prior=prior)
        parameters = aligned(tape.parameter_count, np.float64)
        parameters[...] = rng.normal(0.0, 0.5, len(parameters))
        self.net, self.prior = Network(tape, parameters), prior
        own = 3 * prior.components
        self.twin = torch_twin.Twin(graph, parameters[:-own])
        self.mixture = torch.tensor(parameters[-own:].copy(), requires_grad=True)
        self.x, self.y = rng.normal(size=(ROWS, COLUMNS)), targets("squared_error", ROWS, rng)
        self.weight = rng.exponential(size=ROWS) if weighted else None
        self.rows = Rows(self.x, self.y, self.weight)

    def penalty(self, total: float = ROWS) -> torch.Tensor:
        logits, means, log_widths = self.mixture.reshape(3, -1)
        widths = torch.sqrt(self.prior.smallest_width**2 + torch.exp(2 * log_widths))
        density = MixtureSameFamily(Categorical(logits=logits), Normal(means, widths))
        weights = torch.cat([w.flatten() for w in self.twin.chosen(penalised=True)])
        return -self.prior.strength_for(total) * density.log_prob(weights).sum()

    def loss(self) -> torch.Tensor:
        return torch_twin.mean_loss(self.twin(self.x), self.y, "squared_error", self.weight)

    def groups(self, rate: float) -> list[dict]:
        return [
            {"params": self.twin.arrays, "lr": rate},
            {"params": [self.mixture], "lr": rate * self.prior.rate},
        ]

    def step_theirs(self, optimizer, more=lambda: 0.0, before=lambda: None) -> None:
        for _ in range(STEPS):
            optimizer.zero_grad()
            (self.loss() + self.penalty() + more()).backward()
            before()
            optimizer.step()

    def step_ours(self, method: str, **others) -> list[float]:
        descent = Descent(self.net, self.rows, ROWS, method)
        plan, table = settings(RATE, **others), factors(STEPS)
        return [descent.epoch(plan, None, table[step : step + 1]) for step in range(STEPS)]

    def assert_even(self) -> None:
        both = np.concatenate([self.twin.flat, self.mixture.detach().numpy()])
        np.testing.assert_allclose(self.net.parameters, both, rtol=0.0, atol=TOLERANCE)


METHODS = {
    "sgd": lambda groups: torch.optim.SGD(groups),
    "momentum": lambda groups: torch.optim.SGD(groups, momentum=0.9),
    # "adam" is scikit-learn's, with epsilon in another place; without decay this is PyTorch's.
    "adamw": lambda groups: torch.optim.Adam(groups),
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("method", METHODS)
def test_steps_are_pytorchs(method, weighted):
    race = Race(weighted=weighted)
    race.step_theirs(METHODS[method](race.groups(RATE)))
    reported = race.step_ours(method)
    race.assert_even()
    race = Race(weighted=weighted)
    # What is reported is the mean over outputs with the penalty as it is.
    first = float(race.loss().detach()) / OUTPUTS + float(race.penalty().detach())
    assert reported[0] == pytest.approx(first, rel=1e-13)


@pytest.mark.usefixtures("way")
def test_steps_beside_other_penalties_and_bounds():
    race = Race()
    arrays = [*race.twin.arrays, race.mixture]

    def bounded() -> None:
        for array in arrays:
            array.grad.clamp_(-0.3, 0.3)
        torch.nn.utils.clip_grad_norm_(arrays, 0.5)

    def l2() -> torch.Tensor:
        return sum(0.5 * 0.1 * (w * w).sum() for w in race.twin.chosen(penalised=True))

    race.step_theirs(torch.optim.SGD(race.groups(RATE)), l2, bounded)
    race.step_ours("sgd", l2=0.1, clip_value=0.3, clip_norm=0.5)
    # PyTorch divides by norm + 1e-6, which costs so much of a step of 0.5 * 0.05.
    both = np.concatenate([race.twin.flat, race.mixture.detach().numpy()])
    np.testing.assert_allclose(race.net.parameters, both, rtol=0.0, atol=1e-6)


def test_a_full_gradient_has_the_prior():
    prior = SoftSharing(4)
    race = Race(prior, weighted=True)
    full = FullGradient(race.net, race.rows, 16, as_reported=False)
    loss, gradient = full(0.0)
    penalty = race.penalty(race.weight.sum())  # a strength of None is 1 / the weight of all rows
    whole = race.loss() + penalty
    whole.backward()
    assert loss == pytest.approx(float(whole.detach()), rel=1e-13)
    assert full.prior_penalty() == pytest.approx(float(penalty.detach()), rel=1e-13)
    expected = np.concatenate([race.twin.gradient, race.mixture.grad.numpy()])
    np.testing.assert_allclose(gradient, expected, rtol=0.0, atol=1e-12)


def test_a_batch_whose_rows_weigh_nothing_moves_nothing():
    race = Race(weighted=True)
    before = race.net.parameters.copy()
    race.rows.weight[...] = 0.0
    descent = Descent(race.net, race.rows, ROWS, "sgd")
    descent.epoch(settings(RATE), None, factors(1))
    assert np.array_equal(race.net.parameters, before)


@pytest.mark.usefixtures("finely_cut")
@pytest.mark.parametrize("in_parts", [True, False], ids=["parts", "blocks"])
def test_any_number_of_threads_gives_the_same_bits(in_parts, monkeypatch):
    monkeypatch.setattr(partition, "in_parts", lambda *_: in_parts)

    def fitted(members: int) -> tuple[bytes, list[float]]:
        monkeypatch.setattr(team, "allowed_threads", lambda: members)
        race = Race()
        losses = race.step_ours("adam", clip_norm=0.4)
        return race.net.parameters.tobytes(), losses

    one = fitted(1)
    assert fitted(2) == one
    assert fitted(3) == one
