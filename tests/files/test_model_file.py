import errno
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save as to_safetensors
from sklearn.linear_model import LogisticRegression

import chainrule
from chainrule import MLPClassifier, MLPRegressor, ModelFileError
from chainrule.files import is_model_file, load, save


def test_a_table_model_comes_back_the_same(table_model, table, tmp_path):
    path = tmp_path / "m.chainrule"
    table_model.save(path)
    copy = chainrule.load(path)
    assert (copy.predict_proba(table) == table_model.predict_proba(table)).all()
    assert copy.report_ == table_model.report_
    assert copy.get_params() == table_model.get_params()


def test_saving_what_was_loaded_gives_the_same_bytes(table_model, tmp_path):
    table_model.save(tmp_path / "a")
    load(tmp_path / "a").save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("labels", [["a", "b", "c"], [1, 2, 5], [False, True], [1.0, 2.0]])
def test_labels_keep_their_type(labels, tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = np.resize(labels, 30)
    model = MLPClassifier((3,), max_iter=2, random_state=0)
    model._fit(X, y, on_epoch=lambda report: report.epoch == 1)
    model.save(tmp_path / "m")
    copy = load(tmp_path / "m")
    assert copy.classes_.dtype == model.classes_.dtype
    assert (copy.predict(X) == model.predict(X)).all()


def test_training_goes_on_after_loading_as_without_it(tmp_path):
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = X[:, 0]
    model = MLPRegressor(hidden_layer_sizes=(3,), random_state=0).partial_fit(X, y)
    model.save(tmp_path / "m")
    copy = load(tmp_path / "m")
    model.partial_fit(X, y)
    copy.partial_fit(X, y)
    assert all((a == b).all() for a, b in zip(model.coefs_, copy.coefs_, strict=True))


def test_an_unfitted_estimator_and_its_random_state(tmp_path):
    MLPClassifier((3, 2), activation="tanh", random_state=np.random.RandomState(3)).save(
        tmp_path / "m"
    )
    copy = load(tmp_path / "m")
    assert copy.hidden_layer_sizes == (3, 2)
    expected = np.random.RandomState(3).random(5)
    assert (copy.random_state.random(5) == expected).all()


def test_it_is_a_safetensors_file_of_named_arrays(classifier, tmp_path):
    classifier.save(tmp_path / "m")
    with safe_open(tmp_path / "m", framework="numpy") as file:
        assert "fitted.coefs_.0" in file.keys()  # noqa: SIM118  not a dict
        document = json.loads(file.metadata()["chainrule"])
        assert (file.get_tensor("fitted.coefs_.0") == classifier.coefs_[0]).all()
    assert document["format"] == 1
    assert document["chainrule"] == chainrule.__version__


def test_what_cannot_be_saved(tmp_path, classifier):
    with pytest.raises(ModelFileError, match=r"model must be one of MLPClassifier.*got Logistic"):
        save(LogisticRegression(), tmp_path / "m")
    with pytest.raises(ModelFileError, match=r"model\.params\.random_state must be a plain value"):
        MLPClassifier(random_state=np.random.default_rng(0)).save(tmp_path / "m")

    class Own(MLPClassifier):
        pass

    Own.__name__ = "MLPClassifier"
    with pytest.raises(ModelFileError, match=r"model must be one of"):
        save(Own(), tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(table_model, tmp_path, monkeypatch):
    path = tmp_path / "m"
    table_model.save(path)
    old = path.read_bytes()

    def fail(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(
        ModelFileError, match=r"path must be .* written.*No space left.*Nothing was"
    ):
        table_model.save(path)
    assert path.read_bytes() == old
    assert len(list(tmp_path.iterdir())) == 1


def test_a_pipe_is_no_place_for_a_model(table_model, classifier, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for model in (table_model, classifier):
        with pytest.raises(ModelFileError, match=r"^path must be a regular file, got '.*pipe', "):
            model.save(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    # Opening one would wait for ever.
    with pytest.raises(ModelFileError, match=r"^path must be a regular file, got '.*pipe', "):
        load(tmp_path / "pipe")


def test_places_that_hold_no_model(tmp_path):
    with pytest.raises(ModelFileError, match=r"which does not exist. Check the name"):
        load(tmp_path / "none")
    with pytest.raises(ModelFileError, match=r"which is a folder. Name a file"):
        load(tmp_path)
    for content in (b"", b"a,b\n1,2\n", b"\x00" * 100, pickle.dumps({"a": 1})):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(ModelFileError, match=r"must be a chainrule model file, got .* else"):
            load(tmp_path / "other")
        assert not is_model_file(tmp_path / "other")
    (tmp_path / "other").write_bytes(to_safetensors({"a": np.zeros(3)}))
    with pytest.raises(ModelFileError, match=r"which is something else"):
        load(tmp_path / "other")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(errno.EACCES, "Permission denied")

    # Simulated: the tests may run as root, who may read everything.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ModelFileError, match=r"that you may read.*Change its permissions"):
        load(tmp_path / "m")
