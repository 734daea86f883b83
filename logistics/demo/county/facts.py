"""The figures the county is made by, as told of spring 2020."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The figures the county is made by. `scaled` gives a smaller county for a quick look."""

    customers: int = 1640
    #: Stations, windows, frontline points, compounds and villages together.
    points: int = 340
    stations: int = 12
    windows: int = 6
    frontline: int = 18
    compounds: int = 14
    cases_ordered: int = 914
    cases_stocked: int = 1000
    masks: int = 14_000
    disinfectant_g: int = 20_000
    thermometers: int = 3
    sprayers: int = 11
    vans: int = 12
    light_trucks: int = 10
    box_trucks: int = 6

    def scaled(self, scale: float) -> Facts:
        """All counts times `scale`, at least one of each; what is scarce stays as scarce as it was."""

        def part(count: int) -> int:
            return max(1, round(count * scale))

        return Facts(
            customers=part(self.customers),
            points=max(part(self.points), 8),
            stations=part(self.stations),
            windows=part(self.windows),
            # Two, so that one thermometer gun is too few.
            frontline=max(part(self.frontline), 2),
            compounds=part(self.compounds),
            # Three classes of cigarettes, each in whole cases.
            cases_ordered=max(part(self.cases_ordered), 3),
            cases_stocked=max(part(self.cases_stocked), 6),
            # In boxes of 50, of which a seventh was given; in whole kilograms.
            masks=max(50 * round(self.masks * scale / 50), 350),
            disinfectant_g=max(1000 * round(self.disinfectant_g * scale / 1000), 1000),
            thermometers=part(self.thermometers),
            sprayers=max(part(self.sprayers), 2),
            vans=part(self.vans),
            light_trucks=part(self.light_trucks),
            box_trucks=part(self.box_trucks),
        )


def parts_of(cases: int) -> tuple[int, int, int]:
    """Cases of the three classes: a fifth, three tenths, the rest."""
    first, second = cases // 5, 3 * cases // 10
    return first, second, cases - first - second
