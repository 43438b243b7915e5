"""Settings objects among a model's parameters, as plain values for the model file."""

import importlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

_FORMULAS = (
    "SGD AdaDelta AdaGrad Adam AdamW AMSGrad Nadam RMSProp SignDescent "
    "Huber Quantile Quantiles "
    "Constant Linear InverseScaling Step Exponential Cosine OneCycle CosLog4 FlatCosine WarmUp "
    "Plateau SoftSharing"
)
_SOLVERS = "LBFGS ConjugateGradients NewtonCG ScaledConjugateGradients LevenbergMarquardt Rprop"
_LAYERS = (
    "Activate Add BatchNorm Bias Concatenate Dense Dropout Embedding FourierFeatures LayerNorm "
    "MemberDense Multiply Noise PeriodicEmbedding PiecewiseLinear PiecewiseLinearEmbedding Scale "
    "Start"
)
RULES = (
    "MaxEpochs",
    "LossTolerance",
    "AverageLoss",
    "WeightChange",
    "GradientNorm",
    "ValidationPatience",
    "TimeLimit",
)
# No parameter is a tuple that begins so.
_MARK = "settings:"


@cache
def _classes() -> Mapping[str, Any]:
    """Every class that may stand in a model file so, by name; imports the engine."""
    named = {
        "chainrule.formulas": _FORMULAS.split(),
        "chainrule.graph": _LAYERS.split(),
        "chainrule.training.evidence": ["Evidence"],
        "chainrule.training.history": ["History"],
        "chainrule.training.stopping": RULES,
        "chainrule.training.full_batch": _SOLVERS.split(),
        "chainrule.estimators.pretraining": ["Pretraining"],
    }
    return MappingProxyType(
        {
            name: getattr(importlib.import_module(module), name)
            for module, names in named.items()
            for name in names
        }
    )


def to_plain(value: Any) -> Any:
    """Replace each settings object by (mark, name, fields), also within lists, tuples and dicts."""
    name = type(value).__name__
    if is_dataclass(value) and _classes().get(name) is type(value):
        return (_MARK, name, {f.name: to_plain(getattr(value, f.name)) for f in fields(value)})
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(to_plain(item) for item in value)
    return value


def from_plain(value: Any) -> Any:
    """Make the settings objects again; ValueError for a name that is none."""
    if isinstance(value, tuple) and len(value) == 3 and value[0] == _MARK:
        if value[1] not in _classes():
            raise ValueError(f"settings of a class that is not known, {value[1]!r}")
        return _classes()[value[1]](**from_plain(value[2]))
    if isinstance(value, dict):
        return {key: from_plain(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(from_plain(item) for item in value)
    return value
