"""What both table estimators do in `fit`: rows in, encoded, networks trained."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from chainrule.engine.rows import Rows
from chainrule.estimators.validation_set import check_validation_set

from .encoding.bins import quantile_bins
from .encoding.encoder import TableEncoder
from .encoding.features import FeatureScale
from .fit_checks import check_folds, check_size, check_weights
from .fitted import FittedTable
from .networks.architecture import numbers_of
from .networks.calibration import Held
from .networks.endings import ending_of, warn_of_ending
from .networks.ensemble import OnProgress, Trained, printing, train_all
from .networks.judging import Judging
from .networks.measures import Measured
from .networks.members import Plan
from .networks.parts import parts_of
from .networks.time_shares import FEWEST_EPOCHS
from .recipes import Recipe, changed, recipe
from .table_settings import check_settings
from .table_target import rows_and_target

# Settings that stand in the recipe's place when given.
_OVERRIDES = (
    "hidden_layer_sizes",
    "activation",
    "learning_rate_init",
    "dropout",
    "weight_decay",
    "label_smoothing",
    "embeddings",
    "batch_size",
    "epochs",
    "validation_fraction",
    "calibrate",
    "n_ensemble",
)


class BaseTable(FittedTable):
    """Fits encoder and networks. A subclass says what the target is."""

    # What a subclass adds.

    def _learn_target(self, y: NDArray[Any]) -> NDArray[Any]:
        """Learn from the training targets and give them as the engine reads them."""
        raise NotImplementedError

    def _as_known(self, y: NDArray[Any]) -> NDArray[Any]:
        """Further targets, as the engine reads them."""
        raise NotImplementedError

    def _class_weights(self, y: NDArray[Any]) -> NDArray[np.float64] | None:
        """By what the weights of the rows of each class are multiplied; None for nothing."""
        raise NotImplementedError

    def _measured(self) -> Measured:
        raise NotImplementedError

    def _smoothing_allowed(self) -> bool:
        raise NotImplementedError

    def _calibrates(self, plan: Recipe) -> bool:
        """Whether the mean of all networks is to be judged, on rows that none has seen."""
        return False

    def _finish(self, held: Sequence[Held], y: NDArray[Any], weight: NDArray[Any] | None) -> None:
        """Learn from the outputs for rows that their networks have not seen.

        `weight` is what the rows weigh, None where all weigh alike.
        """
        raise NotImplementedError

    # Fitting.

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        on_progress: OnProgress | None = None,
    ) -> Self:
        """Learn from a table.

        Parameters
        ----------
        X : data frame (pandas, polars, pyarrow), 2-d array, or path of a file
        y : array-like of shape (rows,), or the name of a column of `X`
            Rows whose target is missing are left out and counted.
        sample_weight : array-like of shape (rows,), default=None
            What each row counts, in training and in choosing the best epoch.
        X_val, y_val : as above, default=None
            Rows that judge the epochs; without them a part of the rows is set aside for that. Not
            with `cv`.
        on_progress : callable, default=None
            Called with a `Progress` after each epoch of each network; True ends training.

        Returns
        -------
        self

        Raises
        ------
        chainrule.DataError
            A table or target that cannot be used.
        """
        check_settings(self)
        check_validation_set(X_val, y_val, advice=" (which may be the name of a column of X_val)")
        limit = np.inf if self.time_limit is None else self.time_limit
        until = time.perf_counter() + limit
        X, y, weight, missing = self._rows(X, y, sample_weight)
        self.rows_without_target_ = missing
        check_folds(self.cv, len(y), own_validation=X_val is not None)
        self.__dict__.pop("oof_prediction_", None)
        codes = self._learn_target(y)
        plan = self.recipe()
        # Kept, so that a model stays what it is when parameters or presets change.
        self.recipe_ = asdict(plan)
        self.encoder_ = TableEncoder(
            self.column_kinds,
            numeric=plan.numeric,
            categories=plan.categories,
            max_one_hot=plan.max_one_hot,
            binary=plan.binary,
            intervals=plan.intervals,
        ).fit(X, codes)
        self._keep_names()
        matrix = self.encoder_.transform(X)
        self._learn_features(matrix, plan)
        by_class = self._class_weights(codes)
        weight = _weighed(weight, by_class, codes)
        random = check_random_state(self.random_state)
        seed = int(random.randint(2**31 - 1))
        parts = self._parts(plan, codes, seed)
        if X_val is not None:
            more, y_more, _, _ = self._rows(X_val, y_val, None, learn=False)
            extra = self._encoded(more)
            matrix = np.vstack([matrix, extra])
            held = np.arange(len(codes), len(matrix), dtype=np.int64)
            codes_more = self._as_known(y_more)
            codes = np.concatenate([codes, codes_more])
            parts = [(np.arange(held[0], dtype=np.int64), held)] * len(parts)
            if weight is not None:
                more_weight = _weighed(np.ones(len(held)), by_class, codes_more)
                weight = np.concatenate([weight, more_weight])
        self._train(plan, matrix, codes, weight, parts, seed, on_progress, until)
        return self

    def _keep_names(self) -> None:
        self.n_features_in_ = self.encoder_.n_features_in_
        self.__dict__.pop("feature_names_in_", None)
        if hasattr(self.encoder_, "feature_names_in_"):
            self.feature_names_in_ = self.encoder_.feature_names_in_

    def _rows(
        self, X: Any, y: Any, sample_weight: Any, *, learn: bool = True
    ) -> tuple[Any, Any, Any, int]:
        kinds = self.column_kinds or {}
        return rows_and_target(X, y, sample_weight, self.task_, kinds, learn=learn)

    def recipe(self) -> Recipe:
        """The preset with what the user set in its place."""
        plan = recipe(self.preset, self.task_)
        given = {name: getattr(self, name, None) for name in _OVERRIDES}
        own = {name: value for name, value in given.items() if value is not None}
        if "hidden_layer_sizes" in own:
            sizes = own["hidden_layer_sizes"]
            own["hidden_layer_sizes"] = (int(sizes),) if isinstance(sizes, Integral) else (*sizes,)
        if "label_smoothing" not in own and not self._smoothing_allowed():
            own["label_smoothing"] = 0.0
        return changed(plan, own)

    def _learn_features(self, matrix: NDArray[Any], plan: Recipe) -> None:
        learned = FeatureScale.learn(matrix, self.encoder_.layout_ if plan.clip_features else [])
        self.feature_start_ = learned.start
        self.feature_centre_, self.feature_factor_ = learned.centre, learned.factor
        learned.apply(matrix)
        count = numbers_of(self.encoder_.layout_) if plan.embeddings == "ple" else 0
        self.bin_edges_ = quantile_bins(matrix[:, :count], plan.bins)

    def _parts(self, plan: Recipe, codes: NDArray[Any], seed: int) -> Any:
        fraction = plan.validation_fraction
        members, folds = plan.n_ensemble, max(2, round(1.0 / fraction)) if fraction else 1
        if self.cv is not None:
            members, folds = self.cv * (self.n_ensemble or 1), self.cv
        check_size(lambda: self._graph(plan), plan.members, members)
        classes = codes if codes.ndim == 1 else None
        return parts_of(
            classes,
            len(codes),
            members=members,
            folds=folds,
            shared=self.cv is None and members > 1 and self._calibrates(plan),
            random=np.random.default_rng(seed),
        )

    def _train(
        self,
        plan: Recipe,
        matrix: NDArray[np.float32],
        codes: NDArray[Any],
        weight: Any,
        parts: Any,
        seed: int,
        on_progress: OnProgress | None,
        until: float,
    ) -> None:
        shared = Plan(plan, self._graph(plan), self.task_, matrix, codes, _float32(weight))
        classes = getattr(self, "classes_", None)
        judging = Judging(self._measured(), self.eval_metric, codes, weight, classes)
        told = printing(on_progress) if self.verbose else on_progress
        # Each fold is wanted, however short the training.
        fewest = 0 if self.cv is not None else min(FEWEST_EPOCHS, plan.epochs)
        measures = judging.of_parts(parts)
        trained = train_all(shared, parts, measures, seed, told, until, fewest)
        self._keep(trained, plan)
        self.ended_by_ = ending_of(
            trained, len(parts), plan.epochs, limited=self.time_limit is not None
        )
        check_weights(self.parameters_)
        self._finish(self._held_out(matrix, trained), codes, weight)
        warn_of_ending(trained, len(parts), self.time_limit)

    def _keep(self, trained: Trained, plan: Recipe) -> None:
        members = trained.members
        self.parameters_ = np.stack([member.parameters for member in members])
        self.loss_curves_ = [member.history.loss_curve for member in members]
        self.validation_curves_ = [member.history.validation_scores or [] for member in members]
        self.best_epochs_ = [member.best_epoch for member in members]
        self.members_ = plan.members
        self.__dict__.pop("_forwards", None)

    def _held_out(self, matrix: Any, trained: Trained) -> list[Held]:
        """What each network says of the rows that it has not seen."""
        return [
            Held(member.held, forward.predict(Rows(matrix, subset=member.held)))
            for forward, member in zip(self._networks(), trained.members, strict=True)
            if len(member.held)
        ]


def _weighed(weight: Any, by_class: NDArray[np.float64] | None, codes: NDArray[Any]) -> Any:
    """Each row's weight times that of its class; None where there is neither."""
    if by_class is None:
        return weight
    return by_class[codes] if weight is None else by_class[codes] * weight


def _float32(weight: Any) -> Any:
    return None if weight is None else np.ascontiguousarray(weight, np.float32)
