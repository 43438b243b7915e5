import datetime
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import QuantileTransformer, RobustScaler, StandardScaler

from chainrule.tables import TableEncoder
from chainrule.tables.encoding.columns.scale import SCALES, learn_scale

from ..frames import MAKERS


def encoded(columns, **settings):
    frame = pd.DataFrame(columns)
    return TableEncoder(dtype="float64", **settings).fit_transform(frame)


@pytest.fixture
def values():
    return np.random.default_rng(0).lognormal(size=501)


def test_the_robust_scale_beside_scikit_learn(values):
    z = RobustScaler().fit_transform(values[:, None])
    # A few roundings of numbers below 3.
    np.testing.assert_allclose(encoded({"x": values}), z / np.sqrt(1 + (z / 3) ** 2), atol=1e-14)


def test_the_robust_scale_of_mostly_equal_numbers():
    # The quartiles are equal, so 2 / (max - min) = 2 / 4; the median is 5.
    matrix = encoded({"x": [5.0] * 8 + [9.0, 7.0]})
    assert matrix[:8].tolist() == [[0.0]] * 8
    expected = [2 / math.sqrt(1 + 4 / 9), 1 / math.sqrt(1 + 1 / 9)]
    np.testing.assert_allclose(matrix[8:, 0], expected, rtol=1e-15)


def test_the_standard_scale_beside_scikit_learn(values):
    expected = StandardScaler().fit_transform(values[:, None])
    # The mean of 501 numbers is summed in another order: some 1e-16 of it.
    np.testing.assert_allclose(encoded({"x": values}, numeric="standard"), expected, atol=1e-14)


def test_the_quantile_scale_beside_scikit_learn(values):
    transformer = QuantileTransformer(n_quantiles=501, output_distribution="normal", random_state=0)
    expected = transformer.fit_transform(values[:, None])
    np.testing.assert_array_equal(encoded({"x": values}, numeric="quantile"), expected)


@pytest.mark.parametrize("count", [120, 1200])
def test_the_noisy_quantile_scale_beside_scikit_learn(count):
    """TabR's recipe, spelled out: noise by the numbers' deviation, a quantile for 30 rows."""
    values = np.random.default_rng(0).poisson(2.0, size=count).astype(float)
    noise = 1e-3 / max(values.std(), 1e-3) * np.random.default_rng(0).standard_normal(count)
    transformer = QuantileTransformer(
        n_quantiles=max(count // 30, 10), output_distribution="normal", random_state=0
    )
    transformer.fit((values + noise)[:, None])
    expected = transformer.transform(values[:, None])
    # Halving the numbers is exact; the deviation is one of numbers divided by the largest, which
    # moves noise of 1e-3 by some 1e-16 of it, and a rank near the next quantile by 1e-9 at most.
    found = encoded({"x": values}, numeric="noisy-quantile")
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_the_smallest_number_comes_to_the_middle_of_its_ranks():
    # Half of 3000 rows are 0, so they share the ranks up to 1/2, whose middle is 1/4: z = -0.674.
    values = np.r_[np.zeros(1500), np.random.default_rng(0).uniform(1.0, 2.0, 1500)]
    # The middle of 1500 ranks as 50 quantiles of noise tell it: within a rank of 2 of 100.
    found = encoded({"x": values}, numeric="noisy-quantile")[0, 0]
    assert found == pytest.approx(-0.674, abs=0.065)
    assert encoded({"x": values}, numeric="quantile")[0, 0] < -5.0


def test_the_seed_chooses_the_rows_that_quantiles_are_learned_from():
    many = {"x": np.random.default_rng(0).normal(size=20_000)}
    one, same, other = (encoded(many, numeric="quantile", random_state=seed) for seed in (0, 0, 1))
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("known", [[], [3.0], [3.0, 3.0], [0.0, 5e-324]])
def test_numbers_that_do_not_differ_have_no_scale(name, known):
    scale = learn_scale(name, np.array(known), 0)
    assert scale is None or np.isfinite(scale.apply(np.array(known))).all()


def test_parts_of_a_date_by_hand():
    # Saturday the 29th of February 2020, six in the evening; Monday the first of January 2024.
    moments = [datetime.datetime(2020, 2, 29, 18), datetime.datetime(2024, 1, 1, 0)]
    frame = pl.DataFrame({"t": moments})
    encoder = TableEncoder(dtype="float64").fit(frame)
    names, matrix = encoder.get_feature_names_out().tolist(), encoder.transform(frame)
    parts = {"month": (1, 0, 12), "weekday": (5, 0, 7), "day": (28, 0, 31), "hour": (18, 0, 24)}
    for part, (first, second, period) in parts.items():
        for kind, wave in (("sine", math.sin), ("cosine", math.cos)):
            found = matrix[:, names.index(f"{kind} of t's {part}")]
            expected = [wave(2 * math.pi * at / period) for at in (first, second)]
            # Rounding of an angle below 2 pi.
            np.testing.assert_allclose(found, expected, atol=2e-15)
    # Two moments: the median lies between them, the quartiles a quarter from each.
    assert matrix[:, names.index("t")].tolist() == [
        -(1 / math.sqrt(1 + 1 / 9)),
        1 / math.sqrt(1 + 1 / 9),
    ]


def test_dates_before_1970_and_parts_that_do_not_vary():
    frame = pl.DataFrame({"t": [datetime.date(1969, 12, 31), datetime.date(1969, 12, 30)]})
    encoder = TableEncoder(dtype="float64").fit(frame)
    assert encoder.columns_[0].cycles == ("weekday", "day")
    matrix, names = encoder.transform(frame), encoder.get_feature_names_out().tolist()
    # The 31st is the last of 31 places around the circle, and a Wednesday.
    assert matrix[0, names.index("sine of t's day")] == pytest.approx(math.sin(60 * math.pi / 31))
    assert matrix[0, names.index("sine of t's weekday")] == pytest.approx(math.sin(4 * math.pi / 7))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_missing_dates(make):
    frame = make({"t": [datetime.date(2020, 1, 1), None, datetime.date(2021, 5, 3)]})
    encoder = TableEncoder().fit(frame)
    matrix = encoder.transform(frame)
    assert matrix[1].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert encoder.get_feature_names_out()[1] == "t is missing"


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_moments_with_an_offset_are_told_in_utc(make):
    text = ["2020-01-01T02:00:00+02:00", "2020-01-01T00:00:00Z", "2020-01-02 12:00"]
    frame = make({"t": text})
    encoder = TableEncoder().fit(frame)
    assert encoder.kinds_ == {"t": "datetime"}
    matrix = encoder.transform(frame)
    assert (matrix[0] == matrix[1]).all()
    moments = [datetime.datetime.fromisoformat(word) for word in text[:2]]
    typed = make({"t": [moment.astimezone(datetime.UTC) for moment in moments]})
    assert (encoder.transform(typed) == matrix[:2]).all()


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (["2020-01-05", "2020-02-06 10:30:00", "2020-03-07T08:00"], "year-month-day"),
        (["9:30", "23:05:07"], "hour:minute"),
        (["2020/01/05", "2020/02/06"], "year/month/day"),
        (["3/4/2020", "4/5/2020"], "month/day/year"),
        (["3/4/2020", "13/5/2020"], "day/month/year"),
        (["3.4.2020", "4.5.2020 10:15"], "day.month.year"),
        (["3-4-2020", "4-5-2020"], "day-month-year"),
        (["3-4-2020", "4-15-2020"], "month-day-year"),
        (["05-Jan-2020", "17-Mar-2021"], "day-name-year"),
        (["5 January 2020", "17 March 2021"], "day full name year"),
        (["Jan 5, 2020 3:15 PM", "Mar 17, 2021 11:00 AM"], "name day, year"),
    ],
)
def test_how_dates_are_written(words, form):
    encoder = TableEncoder().fit(pd.DataFrame({"t": words}))
    assert encoder.columns_[0].form == form


@pytest.mark.parametrize(
    "words",
    [
        ["1.2.3", "4.5.6"],
        ["24:00", "1:60"],
        ["2020-13-01", "2020-14-01"],
        ["555-123-4567", "555-987-6543"],
    ],
)
def test_words_that_only_look_like_dates(words):
    assert TableEncoder().fit(pd.DataFrame({"t": words})).kinds_ == {"t": "categorical"}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_times_of_day(make):
    times = [datetime.time(6), None, datetime.time(18, 30)]
    encoder = TableEncoder(dtype="float64").fit(make({"t": times}))
    assert encoder.columns_[0].cycles == ("hour",)
    matrix = encoder.transform(make({"t": times}))
    # A quarter of the day is a quarter of the circle.
    np.testing.assert_allclose(matrix[0, 2:], [1, 0], atol=1e-15)
    assert (matrix[:, 1] == [0, 1, 0]).all()
    text = make({"t": ["6:00", None, "18:30:00"]})
    assert (TableEncoder(dtype="float64").fit_transform(text) == matrix).all()


def test_text_by_hand():
    text = ["red lamp", "red lamp broken", None, "lamp"] * 10
    frame = pd.DataFrame({"t": text})
    encoder = TableEncoder({"t": "text"}, numeric="standard", dtype="float64").fit(frame)
    assert encoder.get_feature_names_out().tolist() == [
        "t: characters",
        "t: words",
        "t has broken",
        "t has red",
        "t is missing",
    ]
    matrix = encoder.transform(frame)[:4]
    # Every known row has "lamp". Two, three and one word: deviation sqrt(2 / 3).
    step = math.sqrt(1.5)
    np.testing.assert_allclose(matrix[:, 1], [0, step, 0, -step], atol=1e-15)
    assert matrix[:, 2:].tolist() == [[0, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]]
    none = TableEncoder({"t": "text"}, max_words=0).fit(frame)
    assert none.get_feature_names_out().tolist() == ["t: characters", "t: words", "t is missing"]
