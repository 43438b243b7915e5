"""Between an estimator and the engine: networks made from its attributes, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned, views
from chainrule.engine.rows import Rows
from chainrule.formulas import LOSSES
from chainrule.graph.tape import Tape, lay_out
from chainrule.training import Descending, EpochReport, History, Validation, descend, minimise
from chainrule.training.initialise import initialise
from chainrule.training.warn import warn_user

from ._chain import graph_of, layer_activations
from ._parameters import STOCHASTIC_SOLVERS
from ._ready import Ready

# scikit-learn's batch_size="auto".
AUTO_BATCH = 200


class Training:
    """One call of `fit` or `partial_fit`."""

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: NDArray[Any],
        weight: Any,
        hidden: list[int],
        *,
        first: bool,
    ) -> None:
        self.estimator = estimator
        outputs, loss = estimator._outputs(y)
        units = [X.shape[1], *hidden, outputs]
        self.activations = layer_activations(estimator.activation, len(hidden))
        self._graph = graph_of(units, self.activations)
        wide = estimator.solver not in STOCHASTIC_SOLVERS  # line searches need float64
        self.dtype = X.dtype
        number = np.float64 if wide else X.dtype.type
        self.rows = Rows(
            X.astype(number, copy=False),
            y if y.dtype == np.int32 else y.astype(number, copy=False),
            None if weight is None else weight.astype(number, copy=False),
        )
        tape = self._lay_out(loss, self.rows)
        self.network = Network(tape, aligned(tape.parameter_count, number))
        if not first:
            self._load()
        self.validation: Validation | None = None
        self._set_shape(units, loss)

    def _set_shape(self, units: list[int], loss: str) -> None:
        estimator = self.estimator
        estimator.n_layers_ = len(units)
        estimator.n_outputs_ = units[-1]
        estimator.out_activation_ = LOSSES[loss].link

    def _lay_out(self, loss: str, rows: Rows) -> Tape:
        return lay_out(
            self._graph,
            loss,
            codes=rows.codes,
            weighted=rows.weight is not None,
            sparse=rows.sparse,
        )

    def _load(self) -> None:
        """Start from the estimator's weights."""
        into = views(self.network.tape, self.network.parameters)
        for targets, values in zip(
            into, (self.estimator.coefs_, self.estimator.intercepts_), strict=True
        ):
            if [t.shape for t in targets] != [v.shape for v in values]:
                raise ValueError(
                    "hidden_layer_sizes and the data must have the shapes of the weights that "
                    f"training goes on from, got layers of {[v.shape for v in values]}. Set "
                    "warm_start=False to start afresh."
                )
            for target, value in zip(targets, values, strict=True):
                target[...] = value

    def initialise(self, random: np.random.RandomState) -> None:
        """Draw the first weights; forget what an earlier fit left."""
        last = self.activations[-1] if self.activations else "identity"
        drawn = aligned(self.network.tape.parameter_count, self.dtype)
        initialise(self.network.tape, drawn, random, [*self.activations, last])
        np.copyto(self.network.parameters, drawn)
        estimator = self.estimator
        estimator.__dict__.pop("_optimizer_state", None)
        estimator.n_iter_ = 0
        estimator.t_ = 0
        estimator._no_improvement_count = 0
        estimator.loss_curve_ = []
        estimator.validation_loss_curve_ = None
        if estimator.solver in STOCHASTIC_SOLVERS:
            early = bool(estimator.early_stopping)
            estimator.validation_scores_ = [] if early else None
            estimator.best_validation_score_ = -np.inf if early else None
            estimator.best_loss_ = None if early else np.inf

    def split(self, random: np.random.RandomState) -> None:
        """Set a validation part of the rows aside, as scikit-learn does."""
        y = self.rows.y
        assert y is not None
        stratify = y.astype(bool) if self.estimator._stratifies(y) else None
        train, held = train_test_split(
            np.arange(self.rows.count),
            random_state=random,
            test_size=self.estimator.validation_fraction,
            stratify=stratify,
        )
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        whole = self.rows
        self.rows = Rows(whole.x, y, whole.weight, train)
        self._validate(Rows(whole.x, y, whole.weight, held))

    def validate_on(self, X: Any, y: NDArray[Any], weight: Any) -> None:
        """Take rows that the user set aside."""
        number = self.network.dtype
        y = y if y.dtype == np.int32 else y.astype(number, copy=False)
        self._validate(Rows(X.astype(number, copy=False), y, weight))

    def _validate(self, rows: Rows) -> None:
        tape = self._lay_out(self.network.tape.loss, rows)
        forward = Forward(Network(tape, self.network.parameters))
        self.validation = Validation(forward, rows, self.estimator._score)

    def run(
        self, random: np.random.RandomState, on_epoch: Any, callbacks: Any, *, one_epoch: bool
    ) -> None:
        """Train; whatever ends it, what was learned so far is on the estimator."""
        history = self._history()
        self._publish()

        def report(epoch: EpochReport) -> bool:
            stop = bool(on_epoch(epoch)) if on_epoch is not None else False
            if callbacks is not None:
                self._keep(history)
                stop = callbacks.epoch_ends(self._snapshot()) or stop
            return stop

        listener = report if on_epoch is not None or callbacks is not None else None
        try:
            if self.estimator.solver in STOCHASTIC_SOLVERS:
                self._descend(history, random, listener, one_epoch=one_epoch)
            else:
                self._minimise(history, listener)
        finally:
            self._keep(history)
            self._publish()

    def _descend(self, history: History, random: Any, on_epoch: Any, *, one_epoch: bool) -> None:
        estimator = self.estimator
        descent = Descent(self.network, self.rows, self._batch_rows(), self._method())
        state = getattr(estimator, "_optimizer_state", None) if one_epoch else None
        rate = estimator.learning_rate_init
        if state is not None and state["state"].size == descent.state.size:
            np.copyto(descent.state, state["state"])
            descent.steps_done, rate = state["steps"], state["learning_rate"]
        names = ("momentum", "beta_1", "beta_2", "epsilon", "learning_rate_init", "power_t")
        adam = estimator.solver == "adam"
        plan = Descending(
            learning_rate=rate,
            schedule="constant" if adam else estimator.learning_rate,
            max_epochs=estimator.max_iter,
            verbose=bool(estimator.verbose),
            **{name: getattr(estimator, name) for name in names},
            **{k: getattr(estimator, k) for k in ("alpha", "tol", "n_iter_no_change", "shuffle")},
        )
        try:
            descend(descent, plan, history, random, self.validation, on_epoch, one_epoch=one_epoch)
        finally:
            estimator._optimizer_state = {
                "state": descent.state,
                "steps": descent.steps_done,
                "learning_rate": plan.learning_rate,
            }

    def _minimise(self, history: History, on_epoch: Any) -> None:
        estimator = self.estimator
        minimise(
            FullGradient(self.network, self.rows),
            history,
            alpha=estimator.alpha,
            max_iter=estimator.max_iter,
            max_fun=estimator.max_fun,
            tol=estimator.tol,
            verbose=bool(estimator.verbose),
            validation=self.validation,
            on_epoch=on_epoch,
        )

    def _method(self) -> str:
        estimator = self.estimator
        if estimator.solver == "adam":
            return "adam"
        if estimator.momentum == 0:
            return "sgd"
        return "nesterov" if estimator.nesterovs_momentum else "momentum"

    def _batch_rows(self) -> int:
        wanted = self.estimator.batch_size
        if wanted == "auto":
            return min(AUTO_BATCH, self.rows.count)
        if wanted > self.rows.count:
            warn_user(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                UserWarning,
            )
        return int(min(wanted, self.rows.count))

    def _history(self) -> History:
        estimator = self.estimator
        early = self.validation is not None and bool(estimator.early_stopping)
        # A warm start goes on from the best weights of the fit before, and keeps them until it
        # beats their score.
        scores = getattr(estimator, "validation_scores_", None)
        best = self.network.parameters.copy() if early and scores else None
        return History(
            early_stopping=early,
            samples_seen=estimator.t_,
            loss_curve=estimator.loss_curve_,
            validation_loss_curve=estimator.validation_loss_curve_,
            validation_scores=scores,
            best_loss=getattr(estimator, "best_loss_", np.inf),
            best_validation_score=getattr(estimator, "best_validation_score_", None),
            no_improvement_count=estimator._no_improvement_count,
            best_parameters=best,
        )

    def _keep(self, history: History) -> None:
        """Copy the course of the fit to the estimator's attributes."""
        estimator = self.estimator
        estimator.n_iter_ = history.epochs
        estimator.loss_ = history.loss
        estimator.t_ = history.samples_seen
        estimator.loss_curve_ = history.loss_curve
        estimator.validation_loss_curve_ = history.validation_loss_curve
        if estimator.solver in STOCHASTIC_SOLVERS or self.validation is not None:
            estimator.validation_scores_ = history.validation_scores
        if estimator.solver in STOCHASTIC_SOLVERS:
            estimator.best_loss_ = history.best_loss
            estimator.best_validation_score_ = history.best_validation_score
        estimator._no_improvement_count = history.no_improvement_count

    def _publish(self) -> None:
        """The weights as the estimator's attributes, in the precision of the data."""
        parameters = self.network.parameters.astype(self.dtype, copy=False)
        self.estimator.coefs_, self.estimator.intercepts_ = views(self.network.tape, parameters)
        self.estimator._ready = Ready(self.estimator, parameters)

    def _snapshot(self) -> dict[str, Any]:
        parameters = self.network.parameters.astype(self.dtype)
        coefs, intercepts = views(self.network.tape, parameters)
        return {"coefs_": coefs, "intercepts_": intercepts}
