"""Courses of a setting over the training, against PyTorch's schedulers and hand arithmetic."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from chainrule.formulas import (
    COURSES,
    Constant,
    Cosine,
    CosLog4,
    Course,
    Exponential,
    FlatCosine,
    InverseScaling,
    Linear,
    OneCycle,
    Plateau,
    Step,
    WarmUp,
    course_of,
)

STEPS = 40
# name: (our course, PyTorch's scheduler of STEPS steps).
ROWS = {
    "constant": (Constant(), lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    "linear": (Linear(0.2), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.2, STEPS)),
    "inverse_scaling": (
        InverseScaling(0.5, 100.0),
        lambda o: lr_scheduler.LambdaLR(o, lambda k: (1 + 100 * k / STEPS) ** -0.5),
    ),
    "step": (Step((0.5, 0.75), 0.1), lambda o: lr_scheduler.MultiStepLR(o, [20, 30], 0.1)),
    "exponential": (
        Exponential(0.01),
        lambda o: lr_scheduler.ExponentialLR(o, 0.01 ** (1 / STEPS)),
    ),
    "cosine": (
        Cosine(restarts=3, end=0.1),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, STEPS // 4, eta_min=0.1),
    ),
    "warm_up": (
        WarmUp(0.25, Linear(0.0)),
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LambdaLR(o, lambda k: k / 10),
                lr_scheduler.LinearLR(o, 1.0, 0.0, 30),
            ],
            [10],
        ),
    ),
}
BY_HAND = {"one_cycle", "coslog4", "flat_cosine", "plateau"}


def rates(make, steps):
    """PyTorch's learning rate before each step, from 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, found = make(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_every_course_has_a_row():
    assert set(ROWS) | BY_HAND == set(COURSES)


@pytest.mark.parametrize("name", ROWS)
# SequentialLR itself calls its schedulers in a way that PyTorch warns of.
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")
def test_factors_are_pytorchs(name):
    course, make = ROWS[name]
    ours = [course.factor(k / STEPS) for k in range(STEPS)]
    # PyTorch's schedulers multiply step by step: a rounding for each of 40.
    assert ours == pytest.approx(rates(make, STEPS), rel=1e-13, abs=1e-15)


def test_one_cycle_is_pytorchs():
    # PyTorch's phases end at steps 0.3 * 40 - 1 and 39 of the numbers 0 to 39.
    expected = rates(lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=STEPS), STEPS - 1)
    course = OneCycle(peak=11 / 39)
    ours = [course.factor(k / 39) for k in range(STEPS - 1)]
    assert ours == pytest.approx(expected, rel=1e-12)
    assert course.factor(1.0) == pytest.approx(4e-6, rel=1e-9)


def test_coslog4_by_hand():
    # 1 + 15 t is 1, 2, 4, 8, 16 at the zeros and sqrt(2), 2 sqrt(2), ... at the peaks.
    zeros = [(2.0**k - 1) / 15 for k in range(5)]
    peaks = [(2.0 ** (k + 0.5) - 1) / 15 for k in range(4)]
    # Roundings of an angle of up to 8 pi, squared at the extremes.
    assert [CosLog4().factor(t) for t in zeros] == pytest.approx([0.0] * 5, abs=1e-15)
    assert [CosLog4().factor(t) for t in peaks] == pytest.approx([1.0] * 4, abs=1e-15)


def test_flat_cosine_by_hand():
    # cos(pi / 2) = 0 at t = 3/4; cos(pi / 4) at t = 5/8.
    expected = [1.0, 1.0, (1 + math.sqrt(0.5)) / 2, 0.5, 0.0]
    ours = [FlatCosine().factor(t) for t in (0.0, 0.5, 0.625, 0.75, 1.0)]
    assert ours == pytest.approx(expected, abs=1e-15)


def test_plateau_is_reactive_and_stops_at_its_minimum():
    course = Plateau(size=0.5, minimum=0.2)
    assert [course.lowered(f) for f in (1.0, 0.5, 0.25)] == [0.5, 0.25, 0.2]
    assert course.reactive
    assert not isinstance(course, Course)


@given(t=st.floats(0.0, 1.0))
@pytest.mark.parametrize("name", sorted(set(COURSES) - {"plateau"}))
def test_a_factor_lies_between_0_and_1(name, t):
    # One rounding of 1.
    assert 0.0 <= course_of(name).factor(t) <= 1.0 + 2**-52


@pytest.mark.parametrize(
    ("course", "start", "end"),
    [
        (Linear(0.5), 1.0, 0.5),
        (Exponential(0.1), 1.0, 0.1),
        (Cosine(end=0.1), 1.0, 0.1),
        (Cosine(restarts=4), 1.0, 0.0),
        (InverseScaling(), 1.0, 101**-0.5),
        (Step(), 1.0, 0.01),
        (OneCycle(), 0.04, 4e-6),
        (WarmUp(0.5, Linear(0.5)), 0.0, 0.5),
    ],
)
def test_both_ends(course, start, end):
    # A few roundings of 1.
    assert [course.factor(0.0), course.factor(1.0)] == pytest.approx([start, end], abs=1e-15)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(-1.0), r"^end must be at least 0, got -1\.0\. It multiplies"),
        (lambda: Exponential(0.0), r"^end must be positive, got 0\.0\. Take Linear\(end=0\.0\)"),
        (lambda: Cosine(restarts=-1), r"^restarts must be at least 0, got -1\. Give a whole"),
        (lambda: Cosine(restarts=0.5), r"^restarts must be at least 0, got 0\.5\."),
        (lambda: Step(drops=(0.5, 1.5)), r"^drops must be in \(0, 1\), got 1\.5\. It is a share"),
        (lambda: OneCycle(peak=1.0), r"^peak must be in \(0, 1\), got 1\.0\."),
        (lambda: WarmUp(share=0.0), r"^share must be in \(0, 1\), got 0\.0\."),
        (lambda: WarmUp(then=Plateau()), r"^then must be a course of progress, got Plateau"),
        (lambda: Plateau(patience=0), r"^patience must be at least 1, got 0\. Give a whole"),
        (lambda: Plateau(size=1.0), r"^size must be in \(0, 1\), got 1\.0\."),
        (lambda: InverseScaling(power=-1.0), r"^power must be at least 0, got -1\.0\."),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_course_is_found_by_name_or_is_one():
    assert course_of("cosine") == Cosine()
    assert course_of("plateau") == Plateau()
    own = Cosine(restarts=2)
    assert course_of(own) is own
    with pytest.raises(ValueError, match=r"^schedule must be one of 'constant', .* got 'cosin'"):
        course_of("cosin")
