"""Forecasts of a day's demand: each method on a series one can follow on paper, and the choice between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.forecast import LEAST_HISTORY, Method, Why, backtest, choose, demand_within, forecast, quantile

#: Ten every fifth day.
LUMPS = [0, 0, 0, 0, 10] * 6


@pytest.mark.parametrize(
    ("method", "series", "expected"),
    [
        (Method.MOVING_AVERAGE, [100, 1, 2, 3, 4, 5, 6, 7], 4),
        (Method.QUANTILE, [1, 2, 3, 4, 100], 3),
        # Lumps of 10 with 5 days between them.
        (Method.CROSTON, LUMPS, 2),
        (Method.SBA, LUMPS, 1.8),
        # A lump of 10 on the second day: the chance of one is 1/2 then, and four fifths of that after a day without.
        (Method.TSB, [0, 10], 5),
        (Method.TSB, [0, 10, 0], 4),
        # The second lump: size 10 + 0.2 × (20 − 10), interval 2 + 0.2 × (1 − 2).
        (Method.CROSTON, [0, 10, 20], 12 / 1.8),
        (Method.CROSTON, [0, 0, 0], 0),
    ],
)
def test_each_method_is_a_few_lines_of_arithmetic(method: Method, series: list[float], expected: float) -> None:
    assert forecast(method, series) == pytest.approx(expected)


def test_the_norm_is_what_is_told_and_needs_no_history() -> None:
    assert forecast(Method.NORM, [], norm=36) == 36
    with pytest.raises(ValueError, match="norm"):
        forecast(Method.NORM, [1, 2])
    with pytest.raises(ValueError, match="empty"):
        forecast(Method.TSB, [])


def test_tsb_forgets_what_has_ceased_and_croston_does_not() -> None:
    ceased = LUMPS + [0] * 30
    assert forecast(Method.TSB, ceased) < 0.01
    assert forecast(Method.CROSTON, ceased) == pytest.approx(2)


def test_a_short_history_falls_back_to_the_norm() -> None:
    choice = choose([50] * (LEAST_HISTORY - 1), norm=36)
    assert choice is not None
    assert (choice.method, choice.why, choice.rate) == (Method.NORM, Why.SHORT_HISTORY, 36)


def test_without_a_norm_a_short_history_gives_its_average() -> None:
    choice = choose([10, 20, 30])
    assert choice is not None
    assert (choice.method, choice.rate) == (Method.MOVING_AVERAGE, 20)
    assert choose([]) is None


def test_where_nothing_was_used_the_norm_stands() -> None:
    choice = choose([0] * 20, norm=36)
    assert choice is not None
    assert (choice.method, choice.why) == (Method.NORM, Why.NOTHING_USED)


def test_the_method_that_erred_least_is_chosen_with_its_score() -> None:
    """36 a day, sometimes 35 or 37: the norm of 36 errs by two thirds, a norm of 60 by 24."""
    series = [35, 36, 37] * 6
    right, wrong = choose(series, norm=36), choose(series, norm=60)
    assert right is not None
    assert right.method is Method.NORM
    # The last eleven days, from 36 on: four are 36, seven are off by one. "As yesterday" errs by (1 + 1 + 2 + …) / 17 = 22 / 17.
    assert right.scores[Method.NORM].mase == pytest.approx((7 / 11) / (22 / 17))
    assert wrong is not None
    assert wrong.method is not Method.NORM
    assert wrong.scores[Method.NORM].mase > 10


def test_a_series_that_never_changes_is_forecast_without_error() -> None:
    scores = backtest([8.0] * 20, [Method.MOVING_AVERAGE, Method.NORM], norm=12)
    assert scores[Method.MOVING_AVERAGE].mase == 0
    assert scores[Method.NORM].mase == 0.5  # four of eight
    assert scores[Method.MOVING_AVERAGE].quantile_loss == 0


def test_the_quantile_loss_costs_nine_times_as_much_below_as_above() -> None:
    """Seven days of 10, then 20: the first forecast high is 10, ten too low, at nine tenths."""
    assert backtest([10.0] * 7 + [20.0], [Method.QUANTILE])[Method.QUANTILE].quantile_loss == pytest.approx(9)


def test_demand_within_days_in_a_row_is_their_quantile() -> None:
    assert demand_within([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 0.5) == 15
    assert demand_within([1, 2, 3], 3) is None
    assert demand_within([1] * 20, 0) is None


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([5, 1, 4, 2, 3], 0.9) == 5
    assert quantile([5, 1, 4, 2, 3], 0.5) == 3


@given(st.lists(st.integers(0, 1_000), min_size=8, max_size=30), st.sampled_from(Method))
def test_a_day_in_a_backtest_is_forecast_from_the_days_before_it_alone(series: list[int], method: Method) -> None:
    (score,) = backtest(series, [method], norm=36).values()
    errors = [abs(came - forecast(method, series[:day], norm=36)) for day, came in enumerate(series) if day >= 7]
    scale = backtest(series, [Method.NORM], norm=36)[Method.NORM].mase
    norm_errors = [abs(came - 36) for came in series[7:]]
    assert score.mase * sum(norm_errors) == pytest.approx(scale * sum(errors))


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=40), st.sampled_from([m for m in Method if m != "norm"]))
def test_no_method_forecasts_more_than_the_most_there_was_or_less_than_nothing(
    series: list[int], method: Method
) -> None:
    assert 0 <= forecast(method, series) <= max(series) + 1e-9
