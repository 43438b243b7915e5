"""Messages of the package in the words of the command line."""

import re

# Parameters in Python whose options have other names.
OPTIONS = {
    "batch_size": "--batch-size",
    "class_weight": "--balanced",
    "column_kinds": "--kind",
    "eval_metric": "--metric",
    "hidden_layer_sizes": "--hidden",
    "label_smoothing": "--label-smoothing",
    "learning_rate_init": "--learning-rate",
    "n_ensemble": "--ensemble",
    "target_transform": "--target-transform",
    "test_fraction": "--test-fraction",
    "time_limit": "--time-limit",
    "validation_fraction": "--validation-fraction",
    "weight_decay": "--weight-decay",
}
# A name in quotes is the user's own, such as a column's.
_PARAMETER = re.compile(rf"(?<![\w'\"-])({'|'.join(OPTIONS)})(?![\w'\"])")


def with_options(message: str) -> str:
    """Name the options where the message names parameters."""
    return _PARAMETER.sub(lambda found: OPTIONS[found[1]], message)
