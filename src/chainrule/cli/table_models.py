"""Models of tables, whether `chainrule fit` made them or a table estimator of Python."""

from pathlib import Path
from typing import Any

from chainrule.exceptions import DataError, ModelFileError

# How predictions are called where the file does not say what is predicted.
PREDICTION = "prediction"


def load_table_model(path: Path) -> Any:
    """Load a `TableModel`, or a table estimator as one that does not know its target's name."""
    from chainrule.files import load
    from chainrule.tables import TableClassifier, TableModel, TableRegressor

    model = load(path)
    if isinstance(model, TableModel):
        return model
    if isinstance(model, TableClassifier | TableRegressor):
        return _as_table_model(model)
    raise ModelFileError(
        "model must be one of tables, made by `chainrule fit` or saved by a TableClassifier or "
        f"TableRegressor, which know their columns, got a bare {type(model).__name__} in "
        f"{str(path)!r}. Use it in Python: chainrule.load(path)."
    )


def load_to_evaluate(path: Path, target: str | None) -> Any:
    """Load a model that knows the column to compare its predictions with."""
    model = load_table_model(path)
    if model.target == PREDICTION and not hasattr(model, "report_"):
        if target is None:
            raise DataError(
                f"target must be given for a {type(model.model_).__name__} saved in Python, which "
                "does not keep its name, got none. Pass --target COLUMN."
            )
        model.target = target
        _recall_targets(model)
    elif target not in (None, model.target):
        raise DataError(
            f"target must be {model.target!r}, which the model has learned, got {target!r}. Leave "
            "--target out."
        )
    return model


def _as_table_model(estimator: Any) -> Any:
    from chainrule.tables import TableModel

    if not hasattr(estimator, "parameters_"):
        raise ModelFileError(
            f"model must be fitted, got a {type(estimator).__name__} that is not. Fit it, and save "
            "it again."
        )
    model = TableModel(PREDICTION, task=estimator.task_)
    model.task_, model.model_ = estimator.task_, estimator
    return model


def _recall_targets(model: Any) -> None:
    """What the trivial model says: the shares of the classes in training, or the mean."""
    estimator = model.model_
    if model.task_ == "regression":
        rows, model.trivial_ = estimator.target_count_, [estimator.target_average_]
    else:
        rows = int(estimator.class_counts_.sum())
        model.trivial_ = (estimator.class_counts_ / rows).tolist()
    model.report_ = {"rows_training": rows}
