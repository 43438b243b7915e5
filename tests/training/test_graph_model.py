"""GraphModel: what it refuses, what it does when training diverges or is interrupted."""

import re

import numpy as np
import pytest

from chainrule.exceptions import DivergenceError, TrainingInterruptedWarning
from chainrule.graph import Concatenate, Dense, Graph, Input
from chainrule.training import GraphModel


def linear(columns: int = 2, outputs: int = 1, **options) -> GraphModel:
    x = Input(columns)
    return GraphModel(Graph(x, Dense(outputs)(x)), **options)


ROW, TARGET = [[1.0, 2.0]], [1.0]


def misspell_adam(model: GraphModel) -> None:
    model.fit(ROW, TARGET, optimizer="adma")


@pytest.mark.parametrize(
    ("message", "act"),
    [
        (r"X must have 2 columns, got 3\. ", lambda m: m.predict([[1.0, 2.0, 3.0]])),
        (r"X must be a table .*, got shape \(0, 2\)\. ", lambda m: m.predict(np.zeros((0, 2)))),
        (r"X must be a table .*, got shape \(1, 1, 2\)\. ", lambda m: m.predict([ROW])),
        (r"y must have shape \(1, 1\), got \(2, 1\)\. ", lambda m: m.loss(ROW, [1.0, 2.0])),
        (r"y must have shape \(1, 1\), got \(1, 2\)\. ", lambda m: m.fit(ROW, [[1.0, 2.0]])),
        (r"optimizer must be one of .*, got 'adma'\. Did you mean 'adam'", misspell_adam),
        (r"sample_weight must .*, got .*\(2,\)", lambda m: m.loss(ROW, TARGET, [1.0, 1.0])),
        (r"sample_weight must .*, got .*\(0,\)", lambda m: m.loss(ROW, TARGET, [])),
    ],
)
def test_what_does_not_fit_is_refused(message, act):
    with pytest.raises(ValueError, match=message):
        act(linear())


def test_an_unknown_loss_is_refused_at_once():
    with pytest.raises(ValueError, match=re.escape("loss must be one of 'squared_error'")):
        linear(loss="squared")


def test_several_inputs_come_as_a_tuple(rng):
    a, b = Input(1, name="a"), Input(2, name="b")
    model = GraphModel(Graph((a, b), Dense(1)(Concatenate()(a, b))))
    left, right = rng.normal(size=4), rng.normal(size=(4, 2))
    together = model.predict(np.column_stack([left, right]))
    assert np.array_equal(model.predict((left, right)), together)


def test_predict_is_x_w_plus_b():
    model = linear(outputs=2)
    model.coefs[0][...], model.intercepts[0][...] = [[1, 2], [3, 4]], [5, 6]
    assert model.predict(ROW).tolist() == [[12.0, 16.0]]  # whole numbers: exact
    # sum over outputs of half the squared error, plus half alpha times the squared weights
    model.alpha = 0.5
    assert model.loss(ROW, [[11.0, 14.0]]) == 0.5 * (1 + 4) + 0.5 * 0.5 * (1 + 4 + 9 + 16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_is_the_one_asked_for(dtype):
    model = linear(dtype=dtype)
    assert model.predict(ROW).dtype == dtype
    assert model.loss_and_gradient(ROW, TARGET)[1].dtype == dtype
    assert model.coefs[0].dtype == dtype


def test_a_seed_gives_the_weights_and_the_course():
    X, y = np.arange(20.0).reshape(10, 2) / 10, np.arange(10.0)
    first, same, other = (linear(random_state=seed).fit(X, y, epochs=2) for seed in (0, 0, 1))
    assert np.array_equal(first.parameters, same.parameters)
    assert first.history.loss_curve == same.history.loss_curve
    assert not np.array_equal(first.parameters, other.parameters)


def test_divergence_gives_the_weights_before_the_epoch_back():
    model = linear()
    before = []
    steps = {"optimizer": "sgd", "learning_rate": 1e60, "batch_size": 1}
    with pytest.raises(
        DivergenceError, match=r"got (nan|inf) in epoch (\d+)\..*are kept\."
    ) as caught:
        model.fit(
            ROW * 2,
            TARGET * 2,
            **steps,
            on_epoch=lambda report: before.append(model.parameters.copy()),
        )
    epoch = int(re.search(r"in epoch (\d+)", str(caught.value)).group(1))
    assert len(before) == epoch - 1
    assert epoch > 1
    assert np.isfinite(model.parameters).all()
    assert np.array_equal(model.parameters, before[-1])


def test_ctrl_c_keeps_what_was_learnt():
    model = linear()
    kept = []

    def interrupt(report) -> None:
        kept.append(model.parameters.copy())
        if report.epoch == 2:
            raise KeyboardInterrupt

    with pytest.warns(TrainingInterruptedWarning, match=r"interrupted by user after 2 epochs"):
        model.fit(ROW, TARGET, on_epoch=interrupt)
    assert np.array_equal(model.parameters, kept[1])
    assert len(model.history.loss_curve) == 2


def test_a_callback_that_says_true_ends_the_fit():
    model = linear().fit(ROW, TARGET, on_epoch=lambda report: report.epoch == 3)
    assert len(model.history.loss_curve) == 3


def test_training_goes_on_from_the_weights_at_hand():
    model = linear().fit(ROW, TARGET, epochs=50, learning_rate=0.1)
    before = model.loss(ROW, TARGET)
    model.fit(ROW, TARGET, epochs=1, learning_rate=0.1)
    assert model.history.loss_curve == [before]  # the loss of the first batch, before its step
