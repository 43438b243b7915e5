"""A pytest plugin: scikit-learn's tests meet our classes, and each outcome is written down.

It runs in a process of its own (see test_sklearn_own_suite.py). Loading it as a plugin puts our
classes in the place of scikit-learn's before the test module asks for them; importing it, as a
search for doctests does, changes nothing.
"""

import json
import os
from pathlib import Path

import sklearn.neural_network

import chainrule

results = {"classes": [], "collected": [], "failures": {}}


def pytest_configure():
    sklearn.neural_network.MLPClassifier = chainrule.MLPClassifier
    sklearn.neural_network.MLPRegressor = chainrule.MLPRegressor


def pytest_collection_modifyitems(items):
    modules = {item.module for item in items}
    classes = [c for m in modules for c in (m.MLPClassifier, m.MLPRegressor)]
    results["classes"] = [c.__module__ for c in classes]
    results["collected"] = [item.originalname for item in items]


def pytest_runtest_logreport(report):
    if report.failed:
        name = report.nodeid.split("::")[-1].split("[")[0]
        results["failures"].setdefault(name, []).append(f"{report.nodeid}\n{report.longreprtext}")


def pytest_sessionfinish():
    Path(os.environ["CHAINRULE_TEST_RESULTS"]).write_text(json.dumps(results))
