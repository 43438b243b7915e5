"""What a hidden layer separates and a line does not: XOR, cars, polygons, temperatures."""

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import KBinsDiscretizer

from .scripts import script


def test_a_perceptron_learns_and_but_not_xor():
    xor = script("xor")
    learned = xor.perceptron(xor.AND)
    assert learned.predict(xor.X).tolist() == xor.AND.tolist()
    assert learned.loss_curve_[-1] == 0.0  # no mistake, so no further move: Rosenblatt's theorem
    # No line has more than three of XOR's corners right.
    failed = xor.perceptron(xor.XOR)
    assert np.sum(failed.predict(xor.X) == xor.XOR) <= 3
    assert max(failed.loss_curve_[-5:]) > 0.0


def test_two_hidden_units_learn_xor():
    xor = script("xor")
    network = xor.two_units()
    assert network.predict(xor.X).tolist() == xor.XOR.tolist()
    assert [coef.shape for coef in network.coefs_] == [(2, 2), (2, 1)]


def test_cars_keep_their_distance_by_the_hand_given_weights():
    cars = script("car_collision")
    network = cars.by_hand()
    # (1, 3) and (3, 1) are 2 apart, (1, 0.5) only 0.5.
    assert network.predict(cars.CARS)[:, 0].tolist() == [1.0, 1.0, -1.0]
    x1, x2 = np.random.default_rng(5).uniform(0, 4, (2, 1000))
    answers = network.predict(np.column_stack([x1, x2]))[:, 0]
    assert np.array_equal(answers, np.where(np.abs(x1 - x2) > 1, 1.0, -1.0))


def test_cars_keep_their_distance_by_learned_weights():
    cars = script("car_collision")
    X, y = cars.positions(2000, seed=2)
    # 400 examples leave the two borders open by about 1/400 of the road each.
    assert cars.learned().score(X, y) > 0.97
    # A line cuts off one of the two far corners: of the 4 by 4 square 7 near and 3 * 3 / 2 far are
    # right, a share of 0.72, plus four deviations of 0.01.
    assert cars.learned(()).score(X, y) < 0.76


def inside(point, corners) -> bool:
    """Whether a ray to the right crosses the polygon's sides an odd number of times."""
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


def test_two_hidden_layers_are_on_inside_of_polygons():
    polygons = script("polygons")
    points = np.random.default_rng(0).uniform(-2.5, 2.5, (2000, 2))
    answers = polygons.model().predict(points)[:, 0]
    expected = [any(inside(p, corners) for corners in polygons.POLYGONS) for p in points]
    assert np.array_equal(answers, np.array(expected, float))
    assert 0.1 < answers.mean() < 0.5  # both answers occur


def test_health_is_not_monotone_in_temperature():
    temperature = script("temperature")
    X, y = temperature.patients(2000, seed=3)
    scores = {}
    for name, model in temperature.models().items():
        scores[name] = model.fit(*temperature.patients(200, seed=0)).score(X, y)
    # Healthy are 2 of the 7 degrees. A threshold cannot do better than to call all ill: 5/7 are,
    # 0.714, plus four deviations of 0.01.
    assert scores["temperature"] < 0.76
    # 200 patients leave each border open by about 7/200 of a degree.
    assert scores["temperature and its square"] > 0.97
    assert scores["two hidden units"] > 0.97


def test_features_make_a_linear_model_do():
    features = script("features")
    (_, _, raw, log), (_, _, age, pieces), (_, _, body, squares) = features.table()
    rng = np.random.default_rng(0)
    people, rating = features.popularity(rng)
    # R squared of a line is the squared correlation; L-BFGS leaves a loss of 2e-9.
    np.testing.assert_allclose(raw, np.corrcoef(people[:, 0], rating)[0, 1] ** 2, atol=1e-6)
    np.testing.assert_allclose(log, 1.0, atol=1e-6)
    ages, price = features.price(rng)
    np.testing.assert_allclose(age, np.corrcoef(ages[:, 0], price)[0, 1] ** 2, atol=1e-6)
    bins = KBinsDiscretizer(4, strategy="uniform", encode="onehot-dense").fit_transform(ages)
    np.testing.assert_allclose(
        pieces, LinearRegression().fit(bins, price).score(bins, price), atol=1e-6
    )
    X, health = features.health(rng)
    np.testing.assert_allclose(body, LinearRegression().fit(X, health).score(X, health), atol=1e-6)
    np.testing.assert_allclose(squares, 1.0, atol=1e-6)  # a polynomial of degree 2
