"""What acts on gradients and weights beside an optimizer's rule, against PyTorch."""

import numpy as np
import pytest
import torch

from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.rows import Rows
from chainrule.formulas import OPTIMIZERS
from chainrule.graph import Dense, Graph, Input, Scale

from . import torch_twin
from .networks import COLUMNS, OUTPUTS, factors, network, one_hidden, settings, targets

ROWS, STEPS, RATE = 40, 4, 0.05
# Four steps on sums of 40 numbers in another order, none of which magnifies a rounding by much.
TOLERANCE = 1e-12


class Race:
    """One network here and in PyTorch, with the same rows."""

    def __init__(self, graph: Graph, *, weighted: bool = False) -> None:
        rng = np.random.default_rng(11)
        self.x, self.y = rng.normal(size=(ROWS, COLUMNS)), targets("squared_error", ROWS, rng)
        self.weight = rng.exponential(size=ROWS) if weighted else None
        self.net = network(graph, "squared_error", weighted=weighted)
        self.twin = torch_twin.Twin(graph, self.net.parameters)
        self.rows = Rows(self.x, self.y, self.weight)

    @property
    def total(self) -> float:
        """The weight of all rows."""
        return ROWS if self.weight is None else self.weight.sum()

    def ours(self, method: str = "sgd", course: np.ndarray | None = None, **others) -> list[float]:
        """Losses of some steps, each over all rows."""
        descent = Descent(self.net, self.rows, ROWS, method, whole_layers="max_norm" in others)
        table = course if course is not None else factors(STEPS)
        plan = settings(RATE, **others)
        return [descent.epoch(plan, None, table[step : step + 1]) for step in range(STEPS)]

    def loss(self) -> torch.Tensor:
        return torch_twin.mean_loss(self.twin(self.x), self.y, "squared_error", self.weight)

    def theirs(self, optimizer, penalty=lambda: 0.0, before=lambda: None, after=lambda: None):
        """Losses of the same steps in PyTorch."""
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = self.loss() + penalty()
            loss.backward()
            before()
            optimizer.step()
            after()
            losses.append(float(loss.detach()))
        return losses

    def groups(self, **of_weights) -> list[dict]:
        """Weights with settings of their own, biases without."""
        return [
            {"params": self.twin.chosen(penalised=True), **of_weights},
            {"params": self.twin.chosen(penalised=False)},
        ]

    def assert_even(self, tolerance: float = TOLERANCE) -> None:
        np.testing.assert_allclose(self.net.parameters, self.twin.flat, rtol=0.0, atol=tolerance)


def norms(arrays: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Sums of sizes and of squares."""
    return sum(a.abs().sum() for a in arrays), sum((a * a).sum() for a in arrays)


PENALTIES = {
    "alpha": {"alpha": 3.0},
    "l1": {"l1": 0.02},
    "l2": {"l2": 0.1},
    "all": {"alpha": 3.0, "l1": 0.02, "l2": 0.1},
}
EVERY_PENALTY = pytest.mark.parametrize("strengths", PENALTIES.values(), ids=PENALTIES)


def penalty_of(race: Race, alpha=0.0, l1=0.0, l2=0.0) -> torch.Tensor:
    sizes, squares = norms(race.twin.chosen(penalised=True))
    return l1 * sizes + 0.5 * (alpha / race.total + l2) * squares


@EVERY_PENALTY
@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_penalties_of_steps(strengths, weighted):
    race = Race(one_hidden("tanh"), weighted=weighted)
    optimizer = torch.optim.SGD(race.twin.arrays, lr=RATE)
    theirs = race.theirs(optimizer, lambda: penalty_of(race, **strengths))
    ours = race.ours(**strengths)
    race.assert_even()
    # What is reported is the mean over outputs (here 3) with the penalty as it is.
    race = Race(one_hidden("tanh"), weighted=weighted)
    first = float(race.loss().detach()) / OUTPUTS + float(penalty_of(race, **strengths).detach())
    assert ours[0] == pytest.approx(first, rel=1e-13)
    assert theirs[0] != pytest.approx(first, rel=0.1)


@EVERY_PENALTY
def test_penalties_of_a_full_gradient(strengths):
    race = Race(one_hidden("tanh"), weighted=True)
    loss, gradient = FullGradient(race.net, race.rows, as_reported=False)(
        **{"alpha": 0.0, **strengths}
    )
    whole = race.loss() + penalty_of(race, **strengths)
    whole.backward()
    assert loss == pytest.approx(float(whole.detach()), rel=1e-13)
    np.testing.assert_allclose(gradient, race.twin.gradient, rtol=0.0, atol=1e-13)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("epsilon", [1e-8, 1e-2])
def test_decoupled_weight_decay_is_adamws(epsilon):
    race = Race(one_hidden("tanh"))
    optimizer = torch.optim.AdamW(race.groups(weight_decay=0.3), RATE, eps=epsilon, weight_decay=0)
    race.theirs(optimizer)
    race.ours("adamw", weight_decay=0.3, epsilon=epsilon)
    race.assert_even()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("value", "norm"), [(np.inf, 0.5), (0.05, np.inf), (0.05, 0.2)])
@pytest.mark.parametrize("strengths", [{}, {"alpha": 3.0, "l1": 0.02, "l2": 0.1}])
def test_clipping(value, norm, strengths):
    race = Race(one_hidden("tanh"))
    sizes = []

    def clip():
        if np.isfinite(value):
            torch.nn.utils.clip_grad_value_(race.twin.arrays, value)
        if np.isfinite(norm):
            sizes.append(float(torch.nn.utils.clip_grad_norm_(race.twin.arrays, norm)))

    optimizer = torch.optim.Adam(race.twin.arrays, RATE, betas=(0.7, 0.9), eps=1e-3)
    race.theirs(optimizer, lambda: penalty_of(race, **strengths), before=clip)
    assert all(size > norm for size in sizes)  # it did clip
    # AdamW without decay is Adam with epsilon where PyTorch has it.
    others = {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3, **strengths}
    race.ours("adamw", clip_value=value, clip_norm=norm, **others)
    # PyTorch adds 1e-6 to the norm: with a step of Adam below 0.05, and a norm of at least a half
    # or a fifth, four steps move by less than this.
    race.assert_even(1e-6 if np.isfinite(norm) else TOLERANCE)


@pytest.mark.usefixtures("way")
def test_the_clipped_gradient_has_the_norm_that_was_asked_for():
    race, norm = Race(one_hidden("tanh")), 0.25
    before = race.net.parameters.copy()
    Descent(race.net, race.rows, ROWS, "sgd").epoch(settings(1.0, clip_norm=norm), None)
    assert np.linalg.norm(before - race.net.parameters) == pytest.approx(norm, rel=1e-13)
    race.loss().backward()
    direction = race.twin.gradient / np.linalg.norm(race.twin.gradient)
    expected = before - norm * direction
    np.testing.assert_allclose(race.net.parameters, expected, rtol=0.0, atol=1e-14)


@pytest.mark.usefixtures("way")
def test_a_gradient_below_the_bounds_is_left_alone():
    race, other = Race(one_hidden("tanh")), Race(one_hidden("tanh"))
    race.ours(clip_norm=1e3)
    other.ours()
    # The sum of gradients is divided before the step instead of in it.
    np.testing.assert_allclose(race.net.parameters, other.net.parameters, rtol=0.0, atol=1e-15)
    race, other = Race(one_hidden("tanh")), Race(one_hidden("tanh"))
    race.ours(clip_value=1e3)
    other.ours()
    assert np.array_equal(race.net.parameters, other.net.parameters)


@pytest.mark.usefixtures("way")
def test_no_units_weights_are_longer_than_max_norm():
    race, bound = Race(one_hidden("tanh")), 0.8
    shrunk = []

    @torch.no_grad()
    def shrink():
        for matrix in race.twin.chosen(penalised=True):
            length = torch.linalg.vector_norm(matrix, dim=0)
            shrunk.append((length > bound).tolist())
            matrix *= torch.where(length > bound, bound / length, 1.0)

    race.theirs(torch.optim.SGD(race.twin.arrays, lr=RATE), after=shrink)
    assert 0 < sum(sum(units) for units in shrunk) < sum(map(len, shrunk))
    race.ours(max_norm=bound)
    race.assert_even()


def ntk() -> Graph:
    x = Input(COLUMNS)
    hidden = Dense(5, activation="tanh", ntk=True, bias_rate=0.1)(x)
    return Graph(x, Dense(OUTPUTS, ntk=True, bias_rate=0.1)(hidden))


def test_ntk_is_a_network_that_divides_by_the_root_of_its_inputs():
    race = Race(ntk())
    start = [a.detach().clone() for a in race.twin.arrays]
    roots = [COLUMNS**0.5, 5**0.5]
    weights = [(start[2 * k] * roots[k]).requires_grad_() for k in (0, 1)]
    biases = [start[2 * k + 1].requires_grad_() for k in (0, 1)]
    x = torch.tensor(race.x)

    def output():
        hidden = torch.tanh(x @ weights[0] / roots[0] + biases[0])
        return hidden @ weights[1] / roots[1] + biases[1]

    optimizer = torch.optim.AdamW(
        [
            {"params": weights, "weight_decay": 0.3},
            {"params": biases, "lr": 0.1 * RATE},
        ],
        RATE,
        eps=1e-2,
        weight_decay=0.0,
    )
    race.loss = lambda: torch_twin.mean_loss(output(), race.y, "squared_error")
    race.theirs(optimizer)
    race.ours("adamw", weight_decay=0.3, epsilon=1e-2)
    for k in (0, 1):
        theirs = weights[k].detach().numpy() / roots[k]
        own = race.net.tape.instructions[1 + 2 * k]
        matrix, bias = (race.net.parameters[a.start : a.stop] for a in own.arrays)
        np.testing.assert_allclose(matrix, theirs.ravel(), rtol=0.0, atol=TOLERANCE)
        np.testing.assert_allclose(bias, biases[k].detach(), rtol=0.0, atol=TOLERANCE)


def with_rates() -> Graph:
    x = Input(COLUMNS)
    hidden = Dense(5, activation="prelu", bias_rate=0.5, activation_rate=3.0)(Scale(rate=6.0)(x))
    return Graph(x, Dense(OUTPUTS)(hidden))


@pytest.mark.usefixtures("way")
def test_groups_have_rates_of_their_own():
    race = Race(with_rates())
    rates = [6.0, 1.0, 0.5, 3.0, 1.0, 1.0]  # s; W, b, a; W, b
    parts = zip(race.twin.arrays, rates, strict=True)
    race.theirs(torch.optim.SGD([{"params": a, "lr": RATE * rate} for a, rate in parts]))
    race.ours()
    race.assert_even()


def test_a_course_changes_rate_and_decay_from_step_to_step():
    race = Race(one_hidden("tanh"))
    rate, decay = np.array([1.0, 0.5, 2.0, 0.1]), np.array([0.2, 1.0, 0.0, 3.0])
    optimizer = torch.optim.AdamW(race.groups(), RATE, weight_decay=0.0)
    step = iter(range(STEPS))

    def change():
        k = next(step)
        for group in optimizer.param_groups:
            group["lr"] = RATE * rate[k]
        optimizer.param_groups[0]["weight_decay"] = 0.3 * decay[k]

    race.theirs(optimizer, before=change)
    race.ours("adamw", factors(STEPS, learning_rate=rate, weight_decay=decay), weight_decay=0.3)
    race.assert_even()


@pytest.mark.parametrize("method", ["momentum", "adamw"])
def test_a_course_changes_momentum(method):
    race = Race(one_hidden("tanh"))
    share = np.array([0.2, 0.5, 1.0, 0.9])
    if method == "momentum":
        optimizer = torch.optim.SGD(race.twin.arrays, RATE, momentum=0.8)
    else:
        optimizer = torch.optim.AdamW(race.twin.arrays, RATE, betas=(0.8, 0.9), weight_decay=0.0)
    step = iter(range(STEPS))

    def change():
        k = next(step)
        for group in optimizer.param_groups:
            group["momentum"] = 0.8 * share[k]
            group["betas"] = (0.8 * share[k], 0.9)

    race.theirs(optimizer, before=change)
    race.ours(method, factors(STEPS, momentum=share), momentum=0.8, beta_1=0.8, beta_2=0.9)
    race.assert_even()


def test_a_course_of_several_steps_is_read_step_by_step():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, COLUMNS)), rng.normal(size=(30, OUTPUTS))
    together, apart = (network(one_hidden("tanh"), "squared_error") for _ in range(2))
    table = factors(3, learning_rate=[1.0, 0.3, 2.0], momentum=[1.0, 0.5, 0.0])
    plan = settings(RATE, momentum=0.8)
    Descent(together, Rows(x, y), 10, "sgd").epoch(plan, None, table)
    for k in range(3):
        part = slice(10 * k, 10 * k + 10)
        rows = Rows(x[part], y[part])
        Descent(apart, rows, 10, "sgd").epoch(plan, None, table[k : k + 1].copy())
    assert np.array_equal(together.parameters, apart.parameters)


@pytest.mark.parametrize("method", OPTIMIZERS)
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_the_loop_without_other_penalties_agrees_with_the_whole_one(method, alpha):
    """A bound that no slope comes near takes the loop that knows all penalties."""
    races = Race(one_hidden("tanh")), Race(one_hidden("tanh"))
    losses = [
        race.ours(method, alpha=alpha, clip_value=bound)
        for race, bound in zip(races, (np.inf, 1e300), strict=True)
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=TOLERANCE)
    ours, whole = (race.net.parameters for race in races)
    np.testing.assert_allclose(ours, whole, rtol=TOLERANCE, atol=TOLERANCE)
