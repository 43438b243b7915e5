"""Between an estimator and the engine: networks made from its attributes, and back."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.graph import Graph
from chainrule.graph.layout import lay_out
from chainrule.graph.tape import Tape
from chainrule.training import EpochReport, History, Validation, descend, minimise
from chainrule.training.orders import without_single_rows
from chainrule.training.stopping import ValidationPatience
from chainrule.training.validation import Score
from chainrule.training.warn import warn_user

from ._arrays import Arrays
from ._chain import chain_of, is_disturbed
from ._diagnostics import GradientNorms
from ._first_weights import SEEDS, draw_weights, load_weights
from ._plan import most_epochs, plan_of, prior_of, rules_of, runs_all_epochs
from ._ready import Ready
from ._record import Outcome, forget, history_of, keep, keep_prior
from ._solvers import first_rate, is_stochastic, method_of

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
        self._problem = estimator._problem(y)
        units = [X.shape[1], *hidden, self._problem.outputs]
        self._units = units
        self._stochastic = is_stochastic(estimator.solver)
        self.dtype = X.dtype
        # Line searches need float64.
        number = X.dtype.type if self._stochastic else np.float64
        self.rows = rows_of(X, y, weight, number)
        self._chain = chain_of(estimator, units, disturbed=False)
        # Of class numbers the tape smooths the targets, of others `smooth`.
        self._tape_smoothing = estimator._smoothing if self.rows.codes else 0.0
        graph = self._chain.graph
        if is_disturbed(estimator):
            graph = chain_of(estimator, units, disturbed=True).graph
        tape = self._lay_out(graph, self.rows, self._tape_smoothing)
        self.network = Network(tape, aligned(tape.parameter_count, number))
        if not first:
            load_weights(estimator, self.network)
        self.validation: Validation | None = None
        self._norms: GradientNorms | None = None
        self._full: FullGradient | None = None
        self._set_shape()

    def _set_shape(self) -> None:
        estimator = self.estimator
        estimator.n_layers_ = len(self._units)
        estimator.n_outputs_ = self._units[-1]
        estimator.out_activation_ = self._problem.link
        estimator._groups = self._problem.groups

    def _lay_out(self, graph: Graph, rows: Rows, smoothing: float = 0.0) -> Tape:
        problem = self._problem
        return lay_out(
            graph,
            problem.row,
            link=problem.link,
            codes=rows.codes,
            weighted=rows.weight is not None,
            sparse=rows.sparse,
            heads=problem.heads,
            label_smoothing=smoothing,
            weight_prior=prior_of(self.estimator),
        )

    def initialise(self, random: np.random.RandomState) -> None:
        """Draw the first weights; forget what an earlier fit left."""
        undisturbed = partial(self._lay_out, self._chain.graph, self.rows)
        draw_weights(self.estimator, self.network, self.rows, undisturbed, random)
        forget(self.estimator, keeps_best=self.keeps_best)

    @property
    def most_epochs(self) -> int:
        """Epochs (of a full-batch solver: iterations) that a run may take."""
        return most_epochs(self.estimator)

    @property
    def _patience(self) -> ValidationPatience | None:
        rules = rules_of(self.estimator)
        return next((rule for rule in rules if isinstance(rule, ValidationPatience)), None)

    @property
    def keeps_best(self) -> bool:
        """Whether validation rows are needed to find the best weights."""
        early = self._stochastic and bool(self.estimator.early_stopping)
        return early or self._patience is not None

    def check_rows(self) -> None:
        """Refuse a single training row where a batch's variance is needed."""
        if self.estimator.batch_norm and self.rows.count < 2:
            raise ValueError(
                f"X must have at least 2 training rows for batch_norm=True, got {self.rows.count}. "
                "Take layer_norm, which looks at one row at a time."
            )

    def split(self, random: np.random.RandomState, X: Any, y: Any) -> None:
        """Set a validation part of the rows aside, as scikit-learn does.

        X and y are the rows as `fit` was given them.
        """
        from sklearn.model_selection import train_test_split  # 60 ms, for early stopping only

        coded = self.rows.y
        assert coded is not None
        stratify = coded > 0 if self.estimator._stratifies(coded) else None
        fraction = self.estimator.validation_fraction
        try:
            train, held = train_test_split(
                np.arange(self.rows.count),
                random_state=random,
                test_size=fraction,
                stratify=stratify,
            )
        except ValueError as error:
            if "test_size" not in str(error):
                raise
            raise ValueError(
                "validation_fraction must be a share that leaves rows on both sides of the split, "
                f"of two classes rows of each, got {fraction} of {self.rows.count} rows. Take "
                "another share, or pass rows of your own as X_val and y_val."
            ) from error
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        whole = self.rows
        self.rows = replace(whole, subset=train)
        self._validate(replace(whole, subset=held), lambda: (X[held], y[held]))

    def validate_on(self, X: Any, y: Any, coded: NDArray[Any], weight: Any) -> None:
        """Take rows that the user set aside; `coded` is y as the engine reads it."""
        self._validate(rows_of(X, coded, weight, self.network.dtype), lambda: (X, y))

    def _validate(self, rows: Rows, given: Callable[[], tuple[Any, Any]]) -> None:
        tape = self._lay_out(self._chain.graph, rows)
        forward = Forward(Network(tape, self.network.parameters))
        self.validation = Validation(forward, rows, self._score(forward, rows, given))

    def _score(self, forward: Forward, rows: Rows, given: Callable[[], tuple[Any, Any]]) -> Score:
        """The estimator's own score, or what the patience's `scoring` asks for."""
        scoring = self._patience.scoring if self._patience is not None else None
        if scoring is None:
            return self.estimator._score  # type: ignore[no-any-return]
        if scoring == "loss":
            return lambda prediction, rows: -forward.loss(rows)
        from ._scoring import scorer

        # Where a solver works in another precision, the estimator's weights are copies.
        copied = self.network.dtype is not self.dtype.type
        refresh = self._publish if copied else lambda: None
        return scorer(self.estimator, scoring, *given(), rows, refresh)

    def run_from(
        self,
        starts: int,
        random: np.random.RandomState,
        on_epoch: Any,
        callbacks: Any,
        *,
        one_epoch: bool,
    ) -> None:
        """Train from so many first weights, the first of which are there; keep the best run.

        What a callback or Ctrl-C ends is the fit: no further run begins.
        """
        history = self.run(random, on_epoch, callbacks, one_epoch=one_epoch)
        if starts == 1:
            return
        best = self._outcome()
        for _ in range(starts - 1):
            if history.broken_off:
                break
            self.initialise(random)
            history = self.run(random, on_epoch, callbacks, one_epoch=False)
            best = max(best, self._outcome(), key=lambda outcome: outcome.quality)
        np.copyto(self.network.parameters, best.parameters)
        best.give(self.estimator)
        self._publish()

    def _outcome(self) -> Outcome:
        validated = self.validation is not None
        return Outcome.of(self.estimator, self.network.parameters, validated=validated)

    def run(
        self, random: np.random.RandomState, on_epoch: Any, callbacks: Any, *, one_epoch: bool
    ) -> History:
        """Train; whatever ends it, what was learned so far is on the estimator."""
        keeps_best = self.validation is not None and self.keeps_best
        history = history_of(self.estimator, self.network.parameters, keeps_best=keeps_best)
        self._publish()
        if self.estimator.diagnostics:
            self._norms = GradientNorms(self.network.tape, self.gradient)
        listener = self._listener(history, on_epoch, callbacks)
        try:
            if self._stochastic:
                self._descend(history, random, listener, one_epoch=one_epoch)
            else:
                self._minimise(history, listener)
        finally:
            self._keep(history)
            self._publish()
        if self._norms is not None:
            self._norms.warn()
        return history

    def smooth(self) -> None:
        """Smooth targets that are not class numbers; of those the tape does it."""
        if self.estimator._smoothing and not self.rows.codes:
            self.rows = replace(self.rows, y=self.estimator._smoothed(self.rows.y))

    def _listener(self, history: History, on_epoch: Any, callbacks: Any) -> Any:
        """What is called after each epoch; None where nobody listens."""

        def report(epoch: EpochReport) -> bool:
            stop = bool(on_epoch(epoch)) if on_epoch is not None else False
            if self._norms is not None:
                self._norms.epoch_ends()
            if callbacks is not None:
                self._keep(history)
                stop = callbacks.epoch_ends(self._snapshot()) or stop
            return stop

        wanted = on_epoch is not None or callbacks is not None or self._norms is not None
        return report if wanted else None

    def _descend(self, history: History, random: Any, on_epoch: Any, *, one_epoch: bool) -> None:
        estimator = self.estimator
        descent = Descent(
            self.network,
            self.rows,
            self._batch_rows(),
            method_of(estimator),
            seed=self._seed(random),
            whole_layers=estimator.max_norm is not None,
        )
        state = getattr(estimator, "_optimizer_state", None) if one_epoch else None
        rate = first_rate(estimator)
        if state is not None and state["state"].size == descent.state.size:
            np.copyto(descent.state, state["state"])
            descent.steps_done, rate = state["steps"], state["learning_rate"]
        plan = plan_of(estimator, rate, self._l2)
        try:
            descend(
                descent,
                plan,
                history,
                random,
                self.validation,
                on_epoch,
                gradient=self.gradient,
                one_epoch=one_epoch,
                all_epochs=runs_all_epochs(estimator),
            )
        finally:
            estimator._optimizer_state = {
                "state": descent.state,
                "steps": descent.steps_done,
                "learning_rate": plan.learning_rate,
            }

    def _seed(self, random: np.random.RandomState) -> int:
        """Of dropout, noise and mixup.

        Nothing is drawn where there are none, so that the order of the rows is scikit-learn's.
        """
        e = self.estimator
        draws = is_disturbed(e) or bool(e.mixup)
        return (int(random.randint(SEEDS)) + e.t_) % SEEDS if draws else 0

    @property
    def _l2(self) -> float:
        """The whole strength; a normal prior of deviation s adds 1 / (n s^2)."""
        scale = self.estimator.prior_scale
        prior = 0.0 if scale is None else 1.0 / (self.rows.total_weight * scale**2)
        return float(self.estimator.l2 + prior)

    def gradient(self) -> NDArray[Any]:
        """That of the penalised mean loss over the training rows, without dropout and noise."""
        if self._full is None:
            tape = self._lay_out(self._chain.graph, self.rows, self._tape_smoothing)
            # A network of its own: a pass through batch normalisation writes running averages.
            network = Network(tape, self.network.parameters.copy())
            self._full = FullGradient(network, self.rows, as_reported=False)
        np.copyto(self._full.network.parameters, self.network.parameters)
        estimator = self.estimator
        return self._full(estimator.alpha, estimator.l1, self._l2)[1]

    def _minimise(self, history: History, on_epoch: Any) -> None:
        estimator = self.estimator
        minimise(
            FullGradient(self.network, self.rows),
            history,
            solver=estimator.solver,
            alpha=estimator.alpha,
            l2=self._l2,
            max_iter=most_epochs(estimator),
            max_fun=estimator.max_fun,
            tol=estimator.tol,
            verbose=bool(estimator.verbose),
            validation=self.validation,
            on_epoch=on_epoch,
            stopping=rules_of(estimator),
        )

    def _batch_rows(self) -> int:
        rows = self._wanted_batch_rows()
        return without_single_rows(rows, self.rows.count) if self.estimator.batch_norm else rows

    def _wanted_batch_rows(self) -> int:
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

    def _keep(self, history: History) -> None:
        keep(self.estimator, history, validated=self.validation is not None)
        if self._norms is not None:
            self.estimator.gradient_norms_ = self._norms.table

    def _publish(self) -> None:
        """The weights as the estimator's attributes, in the precision of the data."""
        parameters = self.network.parameters.astype(self.dtype, copy=False)
        arrays = Arrays.of(self.network.tape, parameters)
        arrays.give(self.estimator)
        keep_prior(self.estimator, arrays.prior)
        self.estimator._ready = Ready(self.estimator, parameters, self._chain)

    def _snapshot(self) -> dict[str, Any]:
        parameters = self.network.parameters.astype(self.dtype)
        arrays = Arrays.of(self.network.tape, parameters)
        return {"coefs_": arrays.coefs, "intercepts_": arrays.intercepts}


def rows_of(X: Any, y: NDArray[Any], weight: Any, number: Any) -> Rows:
    """Rows in the precision of a network."""
    return Rows(
        X.astype(number, copy=False),
        y if y.dtype == np.int32 else y.astype(number, copy=False),
        None if weight is None else weight.astype(number, copy=False),
    )
