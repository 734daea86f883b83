"""The router's benchmarks: `python -m tests.benchmarks.routing COMMAND …`.

    county  --budget 10,60 --engines auto,pyvrp,vroom --seeds 3   engines side by side on generated counties
    rich    --budget 60 --seeds 3                                 six rules and every rule, against the same county without
    heldout --budget 10,60 --seeds 2 --kinds city,vrptw           kinds of problems on which nothing was tuned
    speed                                                         referee, model building, insertion, memory at 2,000 stops

Every engine gets twice the budget in processor seconds (see `engines.py`), every plan is judged by the referee.  Run it on a quiet
machine with two cores and more.  `--json FILE` appends each row as a line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

from routing import Problem
from tests.benchmarks.counties import VEHICLES, county
from tests.benchmarks.engines import ENGINES, Result, run
from tests.benchmarks.floors import floor
from tests.benchmarks.heldout import KINDS
from tests.benchmarks.rich import rich_county, six_rules
from tests.benchmarks.speed import print_speeds

FEN = 100
PERCENT = 100

PLAIN, SIX_RULES, EVERY_RULE = "county", "six rules", "rich"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One engine on one instance.  `net_cost` is without the prices of the stops of the floor, which no engine can save."""

    instance: str
    seed: int
    budget_s: float
    engine: str
    floor: int
    net_cost: int
    result: Result

    @property
    def over_floor(self) -> int:
        return len(self.result.left_out) - self.floor


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    if options.command == "speed":
        print_speeds()
        return
    rows = []
    print(HEADER)
    for row in options.rows(options):
        rows.append(row)
        _print_row(row)
        if options.json:
            _append(options.json, row)
    options.summary(rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    plain = _command(
        commands, "county", _county_rows, _print_ratios, budgets="10,60", engines=",".join(ENGINES), seeds=3
    )
    plain.add_argument("--vehicles", type=int, default=VEHICLES, help="fewer of them than the usual fleet")
    _command(commands, "rich", _rich_rows, _print_price_of_rules, budgets="60", engines="auto", seeds=3)
    rich = commands.choices["rich"]
    rich.add_argument("--dense", action="store_true", help="more goods that must not meet, more quarantine")
    held_out = _command(
        commands, "heldout", _held_out_rows, _print_ratios, budgets="10,60", engines="auto,pyvrp", seeds=1
    )
    held_out.add_argument("--kinds", type=_names(KINDS), default=list(KINDS))
    commands.add_parser("speed")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    rows: Callable[[argparse.Namespace], Iterator[Row]],
    summary: Callable[[Sequence[Row]], None],
    *,
    budgets: str,
    engines: str,
    seeds: int,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name)
    command.set_defaults(rows=rows, summary=summary)
    command.add_argument("--budget", type=_numbers, default=_numbers(budgets), help="wall seconds on two cores")
    command.add_argument("--engines", type=_names(ENGINES), default=engines.split(","))
    command.add_argument("--seeds", type=int, default=seeds, help="how many instances, each with its own seed")
    command.add_argument("--first-seed", type=int, default=1)
    command.add_argument("--json", type=Path)
    return command


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _names(known: Collection[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        chosen = text.split(",")
        if strange := [name for name in chosen if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(strange)}: there are {', '.join(known)}")
        return chosen

    return names


def _county_rows(options: argparse.Namespace) -> Iterator[Row]:
    for seed in _seeds(options):
        yield from _rows(PLAIN, partial(county, seed, vehicles=options.vehicles), seed, options)


def _rich_rows(options: argparse.Namespace) -> Iterator[Row]:
    for seed in _seeds(options):
        yield from _rows(PLAIN, partial(county, seed), seed, options)
        yield from _rows(SIX_RULES, partial(_county_of_six_rules, seed, is_dense=options.dense), seed, options)
        yield from _rows(EVERY_RULE, partial(rich_county, seed, is_dense=options.dense), seed, options)


def _county_of_six_rules(seed: int, *, is_dense: bool) -> Problem:
    return six_rules(rich_county(seed, is_dense=is_dense))


def _held_out_rows(options: argparse.Namespace) -> Iterator[Row]:
    for seed in _seeds(options):
        for kind in options.kinds:
            yield from _rows(kind, partial(KINDS[kind], seed), seed, options)


def _seeds(options: argparse.Namespace) -> range:
    return range(options.first_seed, options.first_seed + options.seeds)


def _rows(instance: str, make: Callable[[], Problem], seed: int, options: argparse.Namespace) -> Iterator[Row]:
    problem = make()
    impossible = floor(problem)
    lost = sum(problem.stop(stop_id).left_out_price or 0 for stop_id in impossible)
    for budget_s in options.budget:
        for engine in options.engines:
            result = run(engine, make, problem, budget_s=budget_s, seed=seed)
            yield Row(
                instance=instance,
                seed=seed,
                budget_s=budget_s,
                engine=engine,
                floor=len(impossible),
                net_cost=result.cost - lost,
                result=result,
            )


HEADER = "instance     seed budget engine           cost yuan   net yuan  out (floor) routes  wall s   cpu s  peak MB  verdict"


def _print_row(row: Row) -> None:
    result = row.result
    verdict = "no answer" if not result.answered else "feasible" if result.feasible else "INFEASIBLE"
    if result.broken:
        verdict += f", left out what broke {', '.join(sorted(set(result.broken)))}"
    print(
        f"{row.instance:12} {row.seed:4} {row.budget_s:6g} {row.engine:15} "
        f"{result.cost / FEN:10,.0f} {row.net_cost / FEN:10,.0f} {len(result.left_out):5} ({row.floor:3}) {result.routes:7} "
        f"{result.wall_s:8.1f} {result.cpu_s:7.1f} {result.peak_mb:8.0f}  {verdict}",
        flush=True,
    )


def _append(path: Path, row: Row) -> None:
    values = asdict(row)
    values["result"]["left_out"] = sorted(row.result.left_out)
    with path.open("a", encoding="utf-8") as lines:
        print(json.dumps(values, ensure_ascii=False), file=lines)


def _print_ratios(rows: Sequence[Row]) -> None:
    """How much dearer `auto` is than each other engine (less than nothing: cheaper): the median over the seeds, and each seed."""
    print()
    for instance, budget_s in dict.fromkeys((row.instance, row.budget_s) for row in rows):
        here = [row for row in rows if (row.instance, row.budget_s) == (instance, budget_s)]
        ours = {row.seed: row for row in here if row.engine == "auto"}
        if ours:
            over = ", ".join(f"{row.over_floor:+d}" for row in ours.values())
            print(f"{instance}, {budget_s:g} s: auto leaves out, against the floor: {over}")
        for engine in dict.fromkeys(row.engine for row in here if row.engine != "auto" and ours):
            theirs = {row.seed: row for row in here if row.engine == engine and row.result.answered}
            pairs = [(ours[seed], theirs[seed]) for seed in ours if seed in theirs]
            _print_ratio(instance, budget_s, engine, pairs)


def _print_ratio(instance: str, budget_s: float, engine: str, pairs: Sequence[tuple[Row, Row]]) -> None:
    if not pairs:
        print(f"{instance}, {budget_s:g} s: {engine} gave no answer")
        return
    net = [_percent(our.net_cost, their.net_cost) for our, their in pairs]
    total = [_percent(our.result.cost, their.result.cost) for our, their in pairs]
    print(f"{instance}, {budget_s:g} s: auto against {engine}: {_compared(net, total)}")


def _print_price_of_rules(rows: Sequence[Row]) -> None:
    """What the rules of rich counties cost, by the same engine and budget."""
    print()
    for budget_s, engine, name in dict.fromkeys((row.budget_s, row.engine, row.instance) for row in rows):
        if name == PLAIN:
            continue
        here = [row for row in rows if (row.budget_s, row.engine) == (budget_s, engine)]
        plain = {row.seed: row for row in here if row.instance == PLAIN}
        pairs = [(row, plain[row.seed]) for row in here if row.instance == name]
        net = [_percent(rich.net_cost, plain.net_cost) for rich, plain in pairs]
        total = [_percent(rich.result.cost, plain.result.cost) for rich, plain in pairs]
        feasible = all(rich.result.feasible and not rich.result.broken for rich, _ in pairs)
        verdict = "all feasible" if feasible else "NOT ALL FEASIBLE"
        print(f"{engine}, {budget_s:g} s: {name} against without: {_compared(net, total)}; {verdict}")


def _compared(net: Sequence[float], total: Sequence[float]) -> str:
    return f"net cost {median(net):+.1f} % ({_listed(net)}), total cost {median(total):+.1f} % ({_listed(total)})"


def _percent(ours: int, theirs: int) -> float:
    """By how many per cent ours is dearer."""
    return PERCENT * (ours / theirs - 1) if theirs else 0.0


def _listed(percents: Sequence[float]) -> str:
    return ", ".join(f"{percent:+.1f}" for percent in percents)


if __name__ == "__main__":
    main()
