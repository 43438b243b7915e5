"""Files that are damaged, newer, or made by somebody who means harm."""

import json

import numpy as np
import pytest
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors

from chainrule import ModelFileError
from chainrule.files import is_model_file, load, model_file


@pytest.fixture
def forge(tmp_path):
    """Rewrite a model file with a valid checksum after `change(document, arrays)`."""

    def forge(model, change):
        path = tmp_path / "m"
        model.save(path)
        data = path.read_bytes()
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        document = json.loads(header["__metadata__"]["chainrule"])
        arrays = {name: array.copy() for name, array in from_safetensors(data).items()}
        change(document, arrays)
        document["sha256"] = model_file._digest(document, arrays)
        path.write_bytes(to_safetensors(arrays, metadata={"chainrule": json.dumps(document)}))
        return path

    return forge


@pytest.mark.parametrize("mask", [0x01, 0x02, 0x80, 0xFF])
def test_a_flipped_byte_is_seen_or_changes_nothing(encoder, tmp_path, mask):
    """It may turn the 17th digit of a number into one that reads the same, or pad otherwise."""
    path = tmp_path / "m"
    encoder.save(path)
    good = path.read_bytes()
    unseen = 0
    for i in range(len(good)):
        bad = bytearray(good)
        bad[i] ^= mask
        path.write_bytes(bad)
        try:
            copy = load(path)
        except ModelFileError:
            continue
        unseen += 1
        copy.save(path)
        assert path.read_bytes() == good
    # The last digits of the two numbers in the file, and the up to 7 blanks after the header.
    assert unseen <= 9


def test_no_flipped_byte_in_the_weights_goes_unseen(classifier, tmp_path):
    path = tmp_path / "m"
    classifier.save(path)
    good = path.read_bytes()
    begin = 8 + int.from_bytes(good[:8], "little")
    for i in range(begin, len(good), 7):
        bad = bytearray(good)
        bad[i] ^= 0x10
        path.write_bytes(bad)
        with pytest.raises(ModelFileError, match=r"undamaged model file.*checksum"):
            load(path)


def test_no_truncation_goes_unseen(encoder, tmp_path):
    path = tmp_path / "m"
    encoder.save(path)
    good = path.read_bytes()
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(ModelFileError):
            load(path)
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(ModelFileError, match=r"it ends too early. Copy it again"):
        load(path)


def test_the_forge_alone_changes_nothing(forge, classifier, table_model):
    for model in (classifier, table_model):
        load(forge(model, lambda document, arrays: None))


def test_a_newer_format_is_refused_whatever_else_it_holds(forge, encoder):
    def change(document, arrays):
        document.update(format=2, chainrule="9.1.0", model={"$new": "kind"})

    path = forge(encoder, change)
    with pytest.raises(ModelFileError, match=r"at most 1 .* got 2 .* chainrule 9.1.0. Upgrade"):
        load(path)
    assert is_model_file(path)


@pytest.mark.parametrize("form", [0, -1, "1", None, 1.5, True])
def test_a_senseless_format(forge, encoder, form):
    path = forge(encoder, lambda document, arrays: document.update(format=form))
    with pytest.raises(ModelFileError, match=r"its format is"):
        load(path)


@pytest.mark.parametrize("name", ["os.system", "Popen", "LogisticRegression", "Storable", ""])
def test_only_classes_of_the_table_are_made(forge, encoder, name):
    path = forge(encoder, lambda document, arrays: document["model"].update({"$object": name}))
    with pytest.raises(ModelFileError, match=r"which this chainrule does not know"):
        load(path)


@pytest.mark.parametrize(
    "name", ["predict", "_forward", "__class__", "_ready", "not a name", "classes"]
)
def test_only_attributes_of_fitting_are_set(forge, classifier, name):
    def change(document, arrays):
        document["model"]["state"]["fitted"][name] = 1

    with pytest.raises(ModelFileError, match=r"not an attribute that fitting sets"):
        load(forge(classifier, change))


def test_a_parameter_that_the_class_does_not_have(forge, classifier):
    def change(document, arrays):
        document["model"]["state"]["params"]["callback"] = 1

    with pytest.raises(ModelFileError, match=r"callback"):
        load(forge(classifier, change))


def test_json_nested_too_deeply(tmp_path):
    # Deeper than Python's recursion limit, in the model and in the document around it.
    deep = "[" * 100_000 + "]" * 100_000
    for text in (deep, f'{{"format":1,"model":{deep}}}'):
        (tmp_path / "m").write_bytes(to_safetensors({}, metadata={"chainrule": text}))
        with pytest.raises(ModelFileError, match=r"its description cannot be read"):
            load(tmp_path / "m")


@pytest.mark.parametrize("depth", range(100, 3000, 100))
def test_no_depth_of_nesting_escapes(tmp_path, depth):
    """Reading, checksum and unpacking each end at another depth."""
    deep = "[" * depth + "]" * depth
    text = f'{{"format":1,"model":{deep}}}'
    (tmp_path / "m").write_bytes(to_safetensors({}, metadata={"chainrule": text}))
    with pytest.raises(ModelFileError, match=r"undamaged model file"):
        load(tmp_path / "m")


WRONG_SHAPES = {
    "transposed": lambda a: a.__setitem__("coefs_.0", a["coefs_.0"].T.copy()),
    "a unit less": lambda a: a.__setitem__("coefs_.0", a["coefs_.0"][:, :-1].copy()),
    "flat": lambda a: a.__setitem__("coefs_.0", a["coefs_.0"].ravel()),
    "biases": lambda a: a.__setitem__("intercepts_.0", a["intercepts_.0"][:-1].copy()),
    "outputs": lambda a: a.__setitem__("coefs_.1", np.repeat(a["coefs_.1"], 3, axis=1)),
    "dtype": lambda a: a.__setitem__("coefs_.1", a["coefs_.1"].astype(np.int32)),
}


@pytest.mark.parametrize("change", WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_weights_of_wrong_shapes(forge, classifier, change):
    def change_weights(document, arrays):
        weights = {n.removeprefix("fitted."): a for n, a in arrays.items() if "s_." in n}
        change(weights)
        arrays.update({"fitted." + name: array for name, array in weights.items()})

    with pytest.raises(ModelFileError, match=r"undamaged model file"):
        load(forge(classifier, change_weights))


NETWORKS = "fitted.model_.fitted."
WRONG_NETWORKS = {
    "transposed": lambda a: a.update({NETWORKS + "parameters_": a[NETWORKS + "parameters_"].T}),
    "flat": lambda a: a.update({NETWORKS + "parameters_": a[NETWORKS + "parameters_"].ravel()}),
    "none": lambda a: a.update({NETWORKS + "parameters_": a[NETWORKS + "parameters_"][:0]}),
    "a weight less": lambda a: a.update(
        {NETWORKS + "parameters_": a[NETWORKS + "parameters_"][:, 1:].copy()}
    ),
    "dtype": lambda a: a.update(
        {NETWORKS + "parameters_": a[NETWORKS + "parameters_"].astype(np.float64)}
    ),
    "features": lambda a: a.update({NETWORKS + "feature_centre_": np.zeros(99, np.float32)}),
}


@pytest.mark.parametrize("change", WRONG_NETWORKS.values(), ids=WRONG_NETWORKS)
def test_networks_of_wrong_shapes(forge, table_model, change):
    def change_arrays(document, arrays):
        change(arrays)
        arrays.update({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    with pytest.raises(ModelFileError, match=r"undamaged model file"):
        load(forge(table_model, change_arrays))


def fitted(document):
    return document["model"]["state"]["fitted"]


def estimator(document):
    return fitted(document)["model_"]["state"]


WRONG_TABLES = {
    "encoder of another table": lambda d: estimator(d)["fitted"]["encoder_"]["state"]["fitted"][
        "columns_"
    ].pop(),
    "no encoder": lambda d: estimator(d)["fitted"].update(encoder_=5),
    "no network": lambda d: fitted(d).update(model_=estimator(d)["fitted"]["encoder_"]),
    "lost encoder": lambda d: estimator(d)["fitted"].pop("encoder_"),
    "temperature": lambda d: estimator(d)["fitted"].update(temperature_={"$float": "nan"}),
    "shares": lambda d: fitted(d).update(trivial_=[1.0]),
    "recipe of another version": lambda d: estimator(d)["fitted"]["recipe_"].update(evil=1),
    "activation": lambda d: estimator(d)["fitted"]["recipe_"].update(activation="evil"),
    "embeddings": lambda d: estimator(d)["fitted"]["recipe_"].update(embeddings="ple"),
    "members": lambda d: estimator(d)["fitted"].update(members_=3),
    "layers": lambda d: estimator(d)["fitted"]["recipe_"].update(hidden_layer_sizes=[5, 5]),
}


@pytest.mark.parametrize("change", WRONG_TABLES.values(), ids=WRONG_TABLES)
def test_parts_that_do_not_fit_together(forge, table_model, change):
    with pytest.raises(ModelFileError, match=r"undamaged model file"):
        load(forge(table_model, lambda document, arrays: change(document)))
