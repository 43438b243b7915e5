"""A network that learns to give its input back, and so to say it in fewer numbers."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule._masks import refuse_masked
from chainrule.exceptions import DataError
from chainrule.files.settings import from_plain, to_plain
from chainrule.files.storable import Storable
from chainrule.formulas import LOSSES, SGD, Loss, LossSettings, check_link, check_target, loss_row

from ._checks import finish_table
from ._constraints import COURSE_OF_FIT, NETWORK, OPTIMIZER, REGULARISATION, Constraints
from ._parameters import Parameters
from ._per_layer import layer_activations
from ._solvers import is_stochastic

# The engine is imported by the first fit (it comes with `chainrule.training`, too): Numba takes
# half a second.

# Losses of numbers, each compared with the one that is to be given back.
_LOSSES = {
    name
    for name, row in LOSSES.items()
    if isinstance(row, Loss) and row.target not in ("class", "sign")
}
_AUTO_BATCH = 200
_SEEDS = 2**31 - 1
_SHARED: Constraints = {**NETWORK, **OPTIMIZER, **REGULARISATION, **COURSE_OF_FIT}


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Storable, Parameters):
    """Multilayer perceptron that is trained to give its own input back.

    The layers narrow down to a code (`transform`) and widen again (`inverse_transform`). Linear
    layers find the subspace of principal component analysis (Bourlard and Kamp 1988; Baldi and
    Hornik 1989), others a curved one. With `noise` or `input_dropout` it has to give back rows that
    it only sees disturbed (Vincent, Larochelle, Bengio and Manzagol 2008).

    Definition: minimise the mean of loss(x, d(e(x'))), with the encoder e(x) = f(x W + b), layer by
        layer, the decoder d(z) = f(z V + c), x' = x or x disturbed; V = W^T where `tied`
    Source: Rumelhart, Hinton and Williams 1986, "Learning internal representations by error
        propagation" (the encoder problem); disturbed Vincent, Larochelle, Bengio and Manzagol 2008,
        "Extracting and composing robust features with denoising autoencoders".

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of the encoder's layers, the last of which is the code; the decoder mirrors them.
    activation : str, formula, or one for each layer of the encoder, default="relu"
        The decoder's layers have that of the encoder's layer that is as wide.
    tied : bool, default=True
        The decoder's weights are the transposes of the encoder's.
    output_activation : str or None, default=None
        From the last sums to the prediction; None takes the loss's own.
    loss : str, settings or Loss, default="squared_error"
        As of `MLPRegressor`, of one number at a time: "binary_log_loss" for inputs in [0, 1].
    noise : float, default=0.0
        Deviation of normal noise added to the inputs in training.
    input_dropout : float, default=0.0
        The share of inputs that is 0 in a training step; the others are divided by what is left.
    initializer, solver, alpha, l1, l2, batch_size, schedule, max_iter, shuffle, random_state, \
tol, n_iter_no_change, stopping
        As of `MLPClassifier`. `stopping` takes the place of `tol` and `n_iter_no_change`.
    learning_rate_init : float or "auto", default="auto"
        "auto" is what is usual for the solver, 0.001 for most.

    Attributes
    ----------
    parameters_ : ndarray
        All that was learned, in one vector.
    encoder_coefs_, encoder_intercepts_, decoder_coefs_, decoder_intercepts_ : list of ndarray
        Weights (inputs, units) and biases (units,) of each layer, views of it.
    loss_ : float
        The last training loss.
    loss_curve_ : list of float
        The training loss of each epoch.
    n_iter_ : int
    stopped_by_ : str
        Why the fit ended.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        If `X` had column names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Autoencoder
    >>> X, _ = load_iris(return_X_y=True)
    >>> X = X - X.mean(axis=0)
    >>> model = Autoencoder((2,), "identity", solver="lbfgs", random_state=0).fit(X)
    >>> model.transform(X).shape
    (150, 2)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **{
            name: _SHARED[name]
            for name in (
                "hidden_layer_sizes",
                "activation",
                "output_activation",
                "input_dropout",
                "initializer",
                "solver",
                "alpha",
                "l1",
                "l2",
                "batch_size",
                "learning_rate_init",
                "schedule",
                "max_iter",
                "shuffle",
                "random_state",
                "tol",
                "n_iter_no_change",
                "stopping",
            )
        },
        "tied": ["boolean"],
        "noise": _SHARED["alpha"],
        "loss": [StrOptions(_LOSSES), Loss, LossSettings],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        tied: bool = True,
        output_activation: str | None = None,
        loss: Any = "squared_error",
        noise: float = 0.0,
        input_dropout: float = 0.0,
        initializer: str = "scikit-learn",
        solver: Any = "adam",
        alpha: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        batch_size: Any = "auto",
        learning_rate_init: Any = "auto",
        schedule: Any = None,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: Any = 10,
        stopping: Any = None,
    ) -> None:
        self._assign(locals())

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn to give rows back.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Raises
        ------
        chainrule.DataError
            Data that cannot be used; the message says which row and column.
        chainrule.DivergenceError
            The loss became infinite or NaN.
        """
        X = self._checked(X, reset=True)
        self._check_output()
        from chainrule.training import GraphModel

        model = GraphModel(
            self._layers.whole(self.noise, self.input_dropout),
            self._row,
            link=self.output_activation,
            alpha=self.alpha,
            l1=self.l1,
            l2=self.l2,
            random_state=check_random_state(self.random_state).randint(_SEEDS),
            dtype=X.dtype,
        )
        model.fit(X, X, **self._fitting(len(X)))
        history = model.history
        assert history is not None
        self.parameters_ = model.parameters
        self.loss_, self.loss_curve_ = history.loss, history.loss_curve
        self.n_iter_, self.stopped_by_ = history.epochs, history.stopped_by
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """The code of each row, of shape (n_samples, hidden_layer_sizes[-1])."""
        layers = self._fitted_layers()
        X = self._checked(X, reset=False)
        from chainrule.engine.rows import Rows

        from ._autoencoder_graph import encoder_of

        codes: NDArray[Any] = encoder_of(layers, self.parameters_).predict(Rows(X))
        return codes

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """The rows that the decoder makes of codes, of shape (n_samples, n_features)."""
        layers = self._fitted_layers()
        codes = np.ascontiguousarray(X, self.parameters_.dtype)
        width = layers.units[-1]
        if codes.ndim != 2 or codes.shape[1] != width or not np.isfinite(codes).all():
            raise ValueError(
                f"X must be finite codes of shape (rows, {width}), got shape {codes.shape}. Pass "
                "what transform gave."
            )
        from chainrule.engine.rows import Rows

        from ._autoencoder_graph import decoder_of

        decoder = decoder_of(layers, self.parameters_, self._row, self.output_activation)
        rows: NDArray[Any] = decoder.predict(Rows(codes))
        return rows

    def reconstruction_error(self, X: Any) -> NDArray[Any]:
        """The mean squared distance of each row from what is given back, of shape (n_samples,).

        A row unlike those of the fit has a large one.
        """
        given_back = self.inverse_transform(self.transform(X))
        X = self._checked(X, reset=False)
        error: NDArray[Any] = np.mean(np.square(X - given_back), axis=1)
        return error

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the mean of `reconstruction_error`: larger is better."""
        return -float(self.reconstruction_error(X).mean())

    @property
    def encoder_coefs_(self) -> list[NDArray[Any]]:
        """The encoder's weights."""
        return self._learned("coefs")[: len(self._hidden)]

    @property
    def encoder_intercepts_(self) -> list[NDArray[Any]]:
        """The encoder's biases."""
        return self._learned("intercepts")[: len(self._hidden)]

    @property
    def decoder_coefs_(self) -> list[NDArray[Any]]:
        """The decoder's weights."""
        return self._learned("coefs")[len(self._hidden) :]

    @property
    def decoder_intercepts_(self) -> list[NDArray[Any]]:
        """The decoder's biases."""
        return self._learned("intercepts")[len(self._hidden) :]

    def _learned(self, kind: str) -> list[NDArray[Any]]:
        """Weights or biases of all layers, the encoder's first."""
        from ._autoencoder_graph import Weights

        arrays: list[NDArray[Any]] = getattr(
            Weights.of(self._fitted_layers(), self.parameters_), kind
        )
        return arrays

    @property
    def _n_features_out(self) -> int:
        return self._hidden[-1]

    @property
    def _row(self) -> Any:
        row = loss_row(self.loss)
        if not isinstance(row, Loss):
            raise ValueError(
                f"loss must compare one number with one, got {row.name!r}. Take 'squared_error'."
            )
        return row

    @property
    def _layers(self) -> Any:
        from ._autoencoder_graph import Layers

        hidden = self._hidden
        if not hidden:
            raise ValueError(
                "hidden_layer_sizes must have an entry, the width of the code, got (). Give (2,), "
                "for example."
            )
        activations = tuple(layer_activations(self.activation, len(hidden)))
        return Layers((self.n_features_in_, *hidden), activations, self.tied, self.initializer)

    def _fitted_layers(self) -> Any:
        check_is_fitted(self)
        from ._autoencoder_graph import parameter_count

        layers = self._layers
        wanted, own = parameter_count(layers), self.parameters_
        real = own.dtype in (np.float32, np.float64) and own.flags.c_contiguous
        # Compiled code would read past the end of a shorter vector.
        if own.shape != (wanted,) or not real:
            raise ValueError(
                f"parameters_ must be {wanted} real numbers, which hidden_layer_sizes, activation "
                f"and tied ask for, got {own.dtype} of shape {own.shape}. Fit again."
            )
        return layers

    def _checked(self, X: Any, *, reset: bool) -> Any:
        refuse_masked(X, "X")
        dtype = (np.float64, np.float32) if reset else self.parameters_.dtype
        X = validate_data(
            self, X, dtype=dtype, order="C", reset=reset, ensure_all_finite=False, copy=False
        )
        X = finish_table(self, X)
        if reset:
            try:
                check_target(self._row, X)
            except DataError as error:
                raise DataError(f"X{str(error)[1:]}") from None
        return X

    def _check_output(self) -> None:
        if self.output_activation is not None:
            try:
                check_link(self._row, self.output_activation)
            except ValueError as error:
                raise ValueError(str(error).replace("link", "output_activation", 1)) from None

    def _fitting(self, rows: int) -> dict[str, Any]:
        """What `GraphModel.fit` is told."""
        from chainrule.training.stopping import LossTolerance

        from ._plan import rules_of, runs_all_epochs

        rules = rules_of(self)
        auto_rate, auto_batch = self.learning_rate_init == "auto", self.batch_size == "auto"
        shared = {"epochs": self.max_iter, "schedule": self.schedule}
        if not is_stochastic(self.solver):
            batch = None if auto_batch else self.batch_size
            full = {"optimizer": self.solver, "tol": self.tol, "batch_size": batch}
            return {**shared, **full, "stopping": rules}
        tolerance = LossTolerance(self.tol, self.n_iter_no_change)
        return {
            **shared,
            "optimizer": SGD() if self.solver == "sgd" else self.solver,
            "learning_rate": None if auto_rate else self.learning_rate_init,
            "batch_size": min(_AUTO_BATCH, rows) if auto_batch else self.batch_size,
            "shuffle": self.shuffle,
            "stopping": rules or (() if runs_all_epochs(self) else (tolerance,)),
        }

    # The model file.

    def _to_state(self) -> dict[str, Any]:
        state = super()._to_state()
        return {**state, "params": to_plain(state["params"])}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        return super()._from_state({**state, "params": from_plain(state["params"])})

    def _check_state(self) -> None:
        if hasattr(self, "parameters_"):
            self._fitted_layers()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
