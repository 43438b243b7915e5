"""Autoencoder and Pretraining: linear ones are PCA, others are trained as their graphs say."""

import re

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import subspace_angles
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from chainrule import DataError, ModelFileError, load
from chainrule.estimators.autoencoder import Autoencoder
from chainrule.estimators.pretraining import Pretraining, pretrained_weights
from chainrule.formulas import AdamW, Cosine, Quantiles
from chainrule.training.stopping import MaxEpochs

IRIS = load_iris().data
CENTRED = IRIS - IRIS.mean(axis=0)


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


# The checks want an answer, not the optimum.
@parametrize_with_checks([Autoencoder((2,), max_iter=5)])
def test_common_check(estimator, check):
    check(clone(estimator))


@pytest.mark.parametrize("tied", [True, False])
def test_a_linear_one_finds_the_subspace_of_pca(tied):
    model = Autoencoder((2,), "identity", tied=tied, solver="lbfgs", tol=1e-9, random_state=0)
    model.set_params(max_iter=2000).fit(CENTRED)
    pca = PCA(2).fit(CENTRED)
    # L-BFGS ends where the loss falls by less than 2e-9 of itself; the angle is about the root of
    # what is missing of the loss, over the gap of 0.2 between the second and third variance.
    angles = subspace_angles(model.decoder_coefs_[0].T, pca.components_.T)
    assert angles.max() < 1e-3
    best = np.mean((CENTRED - pca.inverse_transform(pca.transform(CENTRED))) ** 2)
    assert -model.score(CENTRED) == pytest.approx(best, rel=1e-5)  # squares of the angles
    assert -model.score(CENTRED) >= best * (1 - 1e-12)  # Eckart and Young: PCA is the best


@pytest.mark.parametrize("tied", [True, False])
def test_the_halves_are_the_layers_written_out(tied):
    model = Autoencoder((3, 2), ["tanh", "logistic"], tied=tied, max_iter=3, random_state=0)
    codes = model.fit_transform(CENTRED)
    hidden = np.tanh(CENTRED @ model.encoder_coefs_[0] + model.encoder_intercepts_[0])
    expected = logistic(hidden @ model.encoder_coefs_[1] + model.encoder_intercepts_[1])
    # A dozen roundings.
    np.testing.assert_allclose(codes, expected, rtol=1e-13)
    hidden = np.tanh(codes @ model.decoder_coefs_[0] + model.decoder_intercepts_[0])
    expected = hidden @ model.decoder_coefs_[1] + model.decoder_intercepts_[1]
    np.testing.assert_allclose(model.inverse_transform(codes), expected, rtol=1e-12, atol=1e-14)
    errors = model.reconstruction_error(CENTRED)
    np.testing.assert_allclose(errors, ((CENTRED - expected) ** 2).mean(axis=1), rtol=1e-12)
    assert model.score(CENTRED) == pytest.approx(-errors.mean(), rel=1e-14)


def test_tied_weights_are_one_matrix():
    model = Autoencoder((3, 2), max_iter=2, random_state=0).fit(CENTRED)
    assert np.shares_memory(model.decoder_coefs_[0], model.encoder_coefs_[1])
    assert np.array_equal(model.decoder_coefs_[1], model.encoder_coefs_[0].T)
    # 4 * 3 + 3 * 2 weights once, and biases of 3, 2, 3 and 4 units.
    assert model.parameters_.size == 18 + 12
    loose = Autoencoder((3, 2), tied=False, max_iter=2, random_state=0).fit(CENTRED)
    assert loose.parameters_.size == 2 * 18 + 12


@pytest.mark.parametrize("activation", ["prelu", "softmax"])
def test_an_activation_that_learns_or_ties_units_together(activation):
    model = Autoencoder((3, 2), activation, max_iter=3, random_state=0).fit(CENTRED)
    given_back = model.inverse_transform(model.transform(CENTRED))
    # The loss of the last epoch was measured before its one step, at a rate of 0.001.
    half_square = 0.5 * np.mean((CENTRED - given_back) ** 2)
    assert half_square == pytest.approx(model.loss_, rel=0.05)


@pytest.mark.parametrize("noise", [{"noise": 0.5}, {"input_dropout": 0.3}])
def test_a_denoising_one_is_compared_with_the_clean_rows(noise):
    model = Autoencoder((4,), "identity", solver="adam", max_iter=60, random_state=0, **noise)
    X = StandardScaler().fit_transform(IRIS)
    model.set_params(learning_rate_init=0.05, batch_size=150).fit(X)
    clean = Autoencoder((4,), "identity", max_iter=60, random_state=0)
    clean.set_params(learning_rate_init=0.05, batch_size=150).fit(X)
    # As wide as its input, the clean one can copy; with noise it pays to shrink the directions of
    # small variance towards the others, so its answer to clean rows is off.
    assert -clean.score(X) < 0.01 < -model.score(X) < 0.5


def test_a_loss_of_likelihood_with_its_link():
    X = MinMaxScaler().fit_transform(IRIS)
    model = Autoencoder((2,), loss="binary_log_loss", max_iter=50, random_state=0).fit(X)
    given_back = model.inverse_transform(model.transform(X))
    assert ((given_back > 0) & (given_back < 1)).all()
    first = model.loss_curve_[0]
    # The entropy of the data themselves is the least there can be.
    entropy = -(X * np.log(X.clip(1e-9)) + (1 - X) * np.log((1 - X).clip(1e-9))).sum(axis=1).mean()
    assert entropy < model.loss_ < first


def test_it_works_within_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), Autoencoder((2,), max_iter=5, random_state=0))
    assert pipeline.fit_transform(IRIS).shape == (150, 2)
    assert pipeline.inverse_transform(pipeline.transform(IRIS)).shape == IRIS.shape
    names = pipeline.get_feature_names_out()
    assert names.tolist() == ["autoencoder0", "autoencoder1"]


def test_the_model_file_gives_it_back(tmp_path):
    model = Autoencoder(
        (3, 2),
        "prelu",
        solver=AdamW(beta_2=0.95),
        schedule=Cosine(),
        stopping=[MaxEpochs(3)],
        random_state=0,
    ).fit(IRIS)
    model.save(tmp_path / "a.chainrule")
    same = load(tmp_path / "a.chainrule")
    assert type(same) is Autoencoder
    assert same.solver == AdamW(beta_2=0.95)
    assert same.n_iter_ == 3
    assert np.array_equal(same.transform(IRIS), model.transform(IRIS))
    assert np.array_equal(same.reconstruction_error(IRIS), model.reconstruction_error(IRIS))


def test_a_file_whose_weights_do_not_fit_is_refused(tmp_path):
    model = Autoencoder((2,), max_iter=2, random_state=0).fit(IRIS)
    for wrong in (model.parameters_[:-1], model.parameters_.astype(np.int64)):
        model.parameters_ = wrong
        model.save(tmp_path / "a.chainrule")
        with pytest.raises(ModelFileError, match=r"parameters_ must be 14 real numbers, .*, got"):
            load(tmp_path / "a.chainrule")


def test_one_that_is_not_fitted_can_be_kept_too(tmp_path):
    Autoencoder((2,), tied=False).save(tmp_path / "a.chainrule")
    same = load(tmp_path / "a.chainrule")
    assert same.tied is False
    with pytest.raises(NotFittedError):
        same.transform(IRIS)


def test_the_same_seed_gives_the_same_weights():
    options = {"noise": 0.1, "max_iter": 3}
    first, same, other = (
        Autoencoder((2,), random_state=seed, **options).fit(IRIS).parameters_ for seed in (0, 0, 1)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_stopping_says_why():
    fast = {"solver": AdamW(weight_decay=0.0), "learning_rate_init": 0.1, "random_state": 0}
    model = Autoencoder((2,), "identity", max_iter=500, tol=1e-3, n_iter_no_change=3, **fast)
    model.fit(CENTRED)
    assert model.n_iter_ < 500
    assert re.search(r"did not improve .* for 3 consecutive epochs", model.stopped_by_)
    assert len(model.loss_curve_) == model.n_iter_


def with_nan(X):
    X = X.copy()
    X[3, 1] = np.nan
    return X


@pytest.mark.parametrize(
    ("message", "settings", "X"),
    [
        (
            r"hidden_layer_sizes must have an entry, .*, got \(\)\. ",
            {"hidden_layer_sizes": ()},
            IRIS,
        ),
        (
            r"hidden_layer_sizes must be whole numbers of at least 1, got \[0\]\. ",
            {"hidden_layer_sizes": [0]},
            IRIS,
        ),
        (
            r"activation must be one name or one for each of the 1 ",
            {"activation": ["relu"] * 2},
            IRIS,
        ),
        (r"loss must compare one number with one, got 'quantiles'\. ", {"loss": Quantiles()}, IRIS),
        (r"The 'loss' parameter .* must be .*'crammer_singer'", {"loss": "crammer_singer"}, IRIS),
        (r"output_activation must be .* for the loss", {"output_activation": "exp"}, None),
        (
            r"X must be in \[0, 1\] for the loss 'binary_log_loss', got",
            {"loss": "binary_log_loss"},
            IRIS,
        ),
        (r"X must be finite, got NaN in row 3, column 1 .counted from 0", {}, with_nan(IRIS)),
        (r"noise must be|'noise' parameter", {"noise": -1.0}, IRIS),
        (r"'input_dropout' parameter", {"input_dropout": 1.0}, IRIS),
        (r"solver must be a stochastic one for noise", {"noise": 1.0, "solver": "lbfgs"}, IRIS),
        (r"schedule must be None for the full-batch", {"schedule": "cosine", "solver": "cg"}, IRIS),
        (r"batch_size must be None for the full", {"solver": "rprop", "batch_size": 3}, IRIS),
    ],
)
def test_what_makes_no_sense_is_refused(message, settings, X):
    if X is None:
        X, settings = MinMaxScaler().fit_transform(IRIS), {**settings, "loss": "binary_log_loss"}
    with pytest.raises(ValueError, match=message):
        Autoencoder(**{"hidden_layer_sizes": (2,), "max_iter": 2, **settings}).fit(X)


def test_data_that_cannot_be_used_raise_a_data_error():
    with pytest.raises(DataError, match="column 1"):
        Autoencoder((2,)).fit(with_nan(IRIS))


def test_codes_of_another_width_are_refused():
    model = Autoencoder((2,), max_iter=2, random_state=0).fit(IRIS)
    with pytest.raises(ValueError, match=r"X must be finite codes of shape \(rows, 2\), got shape"):
        model.inverse_transform(IRIS)


def test_settings_changed_after_the_fit_are_refused():
    model = Autoencoder((2,), max_iter=2, random_state=0).fit(IRIS).set_params(tied=False)
    with pytest.raises(
        ValueError, match=r"parameters_ must be 22 real numbers, .*got float64 of shape \(14,\)"
    ):
        model.transform(IRIS)


# Pretraining.


def test_the_first_layer_is_an_autoencoder_and_the_next_learns_its_codes():
    X = StandardScaler().fit_transform(IRIS)
    settings = Pretraining(epochs=500, solver="lbfgs")
    (W, b), (V, c) = pretrained_weights(X, (3, 2), "identity", settings, random_state=0)
    assert (W.shape, b.shape, V.shape, c.shape) == ((4, 3), (3,), (3, 2), (2,))
    pca = PCA(2).fit(X)
    three = PCA(3).fit(X)
    # Linear layers: the first keeps the three largest components, both together the two largest.
    # The angle is about the root of what L-BFGS leaves of the loss (2e-9 of it, over small gaps).
    assert subspace_angles(W, three.components_.T).max() < 0.02
    codes = (X @ W + b) @ V + c
    found = np.linalg.lstsq(np.column_stack([codes, np.ones(len(X))]), X, rcond=None)[0]
    error = np.mean((X - np.column_stack([codes, np.ones(len(X))]) @ found) ** 2)
    best = np.mean((X - pca.inverse_transform(pca.transform(X))) ** 2)
    # The second layer weighs the first one's units by W's own lengths, not by PCA's; so "both
    # together" holds up to what that changes.
    assert best <= error * (1 + 1e-9)
    assert error < 1.5 * best


def test_pretrained_layers_keep_more_of_the_digits_than_random_ones():
    X = load_digits().data[:500] / 16
    settings = Pretraining(epochs=15, input_dropout=0.1, learning_rate_init=0.01, batch_size=50)

    def kept(weights):
        hidden = X
        for W, b in weights:
            hidden = logistic(hidden @ W + b)
        inputs = np.column_stack([hidden, np.ones(len(X))])
        given_back = inputs @ np.linalg.lstsq(inputs, X, rcond=None)[0]
        return 1 - np.sum((X - given_back) ** 2) / np.sum((X - X.mean(axis=0)) ** 2)

    learned = pretrained_weights(X, (32, 16), "logistic", settings, random_state=0)
    random = pretrained_weights(
        X, (32, 16), "logistic", Pretraining(epochs=1, learning_rate_init=1e-12), random_state=0
    )
    best = PCA(16).fit(X).explained_variance_ratio_.sum()
    # No 16 numbers from which a linear layer gives back keep more than the principal components;
    # of what random units miss of that, learned ones have to win a good part.
    assert kept(random) < kept(learned) < best
    assert kept(learned) - kept(random) > 0.4 * (best - kept(random))


def test_sparse_rows_are_refused():
    with pytest.raises(ValueError, match=r"X must be dense for pretraining, got a sparse matrix\."):
        pretrained_weights(sp.csr_array(IRIS), (2,), "relu")
