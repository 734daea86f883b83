"""Forecasts of daily demand from short histories (需求预测), and which of them to believe.

Pure: a series is the demand of whole days, oldest first, days without stock left out. Every method is a few lines that can be followed
on paper; a back-test over the series itself says which has erred least, and `choose` names it and why. Below two weeks of history there is
nothing to learn from, and the approved norm stands.

Croston (1972) for demand that comes in lumps, with the correction of Syntetos and Boylan (SBA, 2005); TSB after Teunter, Syntetos and
Babai (2011), which forgets demand that has ceased; scaled errors after Hyndman and Koehler (2006).
"""

from __future__ import annotations

import enum
import math
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

#: Fewer days teach nothing.
LEAST_HISTORY = 14
#: Days the moving average and the empirical quantile look back.
WINDOW = 7
QUANTILE_WINDOW = 28
#: How much the newest lump, and the newest interval, count.
SMOOTHING = 0.2
#: The share of days that a stock has to last through.
SERVICE = 0.9
#: Days given before the first one is forecast in a back-test.
_FIRST_ORIGIN = 7


class Method(enum.StrEnum):
    """How the demand of a day is forecast; the simpler come first and win ties."""

    MOVING_AVERAGE = "moving_average"
    NORM = "norm"
    QUANTILE = "quantile"
    CROSTON = "croston"
    SBA = "sba"
    TSB = "tsb"


class Why(enum.StrEnum):
    """Why a method was chosen."""

    SHORT_HISTORY = "short_history"
    NOTHING_USED = "nothing_used"
    ERRED_LEAST = "erred_least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a method did: mean absolute error over that of "as yesterday", and the quantile loss at `SERVICE` (base units a day)."""

    mase: float
    quantile_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The demand of a day (base units) by the method chosen, over so many days of history."""

    method: Method
    why: Why
    rate: float
    days: int
    scores: Mapping[Method, Score] = field(default_factory=dict)


def forecast(method: Method, series: Sequence[float], *, norm: float | None = None) -> float:
    """The demand of the next day. Raises ValueError for a method that has nothing to go by."""
    if method is Method.NORM and norm is not None:
        return norm
    if not series:
        raise ValueError("an empty series tells nothing")
    return _day_by_day(method, series, norm)[-1]


def backtest(series: Sequence[float], methods: Iterable[Method], *, norm: float | None = None) -> dict[Method, Score]:
    """Let each method forecast every day after the first week from the days before it, and compare with what came."""
    scale = _naive_error(series)
    return {method: _score(list(_rolled(series, method, norm)), scale) for method in methods}


def choose(series: Sequence[float], *, norm: float | None = None) -> Choice | None:
    """The method that has erred least on the series; the norm where the history is short. None where there is neither."""
    methods = [method for method in Method if method is not Method.NORM or norm is not None]
    if len(series) < LEAST_HISTORY or not any(series):
        fallback = Method.NORM if norm is not None else Method.MOVING_AVERAGE
        if norm is None and not series:
            return None
        why = Why.SHORT_HISTORY if len(series) < LEAST_HISTORY else Why.NOTHING_USED
        return Choice(method=fallback, why=why, rate=forecast(fallback, series, norm=norm), days=len(series))
    scores = backtest(series, methods, norm=norm)
    best = min(methods, key=lambda method: round(scores[method].mase, 9))
    rate = forecast(best, series, norm=norm)
    return Choice(method=best, why=Why.ERRED_LEAST, rate=rate, days=len(series), scores=scores)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def demand_within(series: Sequence[float], days: int, share: float = SERVICE) -> float | None:
    """What so many days in a row have not used up in this share of cases; None where the series holds too few such runs."""
    runs = [sum(series[start : start + days]) for start in range(len(series) - days + 1)]
    return quantile(runs, share) if days and len(runs) >= WINDOW else None


def _day_by_day(method: Method, series: Sequence[float], norm: float | None) -> list[float]:
    """After each day of the series, what a method expects of the next one."""
    match method:
        case Method.NORM if norm is not None:
            return [norm for _day in series]
        case Method.NORM:
            raise ValueError("no norm is given")
        case Method.MOVING_AVERAGE:
            return [_mean(newest) for newest in _windows(series, WINDOW)]
        case Method.QUANTILE:
            return [quantile(newest, 0.5) for newest in _windows(series, QUANTILE_WINDOW)]
        case Method.CROSTON:
            return list(_croston(series))
        case Method.SBA:
            return [(1 - SMOOTHING / 2) * rate for rate in _croston(series)]
        case Method.TSB:
            return list(_tsb(series))


def _windows(series: Sequence[float], days: int) -> Iterator[Sequence[float]]:
    """After each day, the newest days up to it."""
    return (series[max(0, end - days) : end] for end in range(1, len(series) + 1))


def _croston(series: Sequence[float]) -> Iterator[float]:
    """Size of a lump over days between lumps, both smoothed."""
    size = interval = 0.0
    since = 0
    for demand in series:
        since += 1
        if demand > 0:
            size += (demand - size) * (SMOOTHING if size else 1)
            interval += (since - interval) * (SMOOTHING if interval else 1)
            since = 0
        yield size / interval if interval else 0.0


def _tsb(series: Sequence[float]) -> Iterator[float]:
    """Size of a lump times the chance of one, which falls with every day without."""
    size = chance = 0.0
    for day, demand in enumerate(series, start=1):
        if demand > 0:
            chance = chance + SMOOTHING * (1 - chance) if size else 1 / day
            size += (demand - size) * (SMOOTHING if size else 1)
        else:
            chance -= SMOOTHING * chance
        yield size * chance


def _rolled(series: Sequence[float], method: Method, norm: float | None) -> Iterator[tuple[float, float, float]]:
    """Day by day: what came, what was forecast, and what was forecast not to be exceeded (by the errors known until then)."""
    expectations, newest = _day_by_day(method, series, norm), list(_windows(series, QUANTILE_WINDOW))
    errors: list[float] = []
    for origin in range(_FIRST_ORIGIN, len(series)):
        came, expected = series[origin], expectations[origin - 1]
        yield came, expected, _high(method, newest[origin - 1], expected, errors)
        insort(errors, came - expected)


def _high(method: Method, newest: Sequence[float], expected: float, errors: Sequence[float]) -> float:
    if method is Method.QUANTILE or not errors:
        return quantile(newest, SERVICE)
    return expected + quantile(errors, SERVICE)


def _score(rolled: Sequence[tuple[float, float, float]], scale: float) -> Score:
    return Score(
        mase=_mean([abs(came - expected) for came, expected, _high_ in rolled]) / scale,
        quantile_loss=_mean(
            [max(SERVICE * (came - high), (SERVICE - 1) * (came - high)) for came, _expected, high in rolled]
        ),
    )


def _naive_error(series: Sequence[float]) -> float:
    """The mean error of "as yesterday"; of a series that never changes its mean, so that there is something to scale by."""
    steps = [abs(after - before) for before, after in pairwise(series)]
    return (_mean(steps) if steps else 0) or _mean(series) or 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
