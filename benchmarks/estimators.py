"""The two libraries with one interface: where each keeps its MLPClassifier."""

from importlib import import_module
from typing import Any

MODULES = {"chainrule": "chainrule", "scikit-learn": "sklearn.neural_network"}


def classifier(library: str, **parameters: Any) -> Any:
    """Return the library's MLPClassifier with these parameters."""
    return import_module(MODULES[library]).MLPClassifier(**parameters)
