"""All coalitions of ten players on a packaged region, against one cold solve: ``python -m benchmarks.coalitions``."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.measure import Stages, in_process
from benchmarks.report import Part, Ratio
from sungari.chain.live import LiveModel
from sungari.decide.games import share_game
from sungari.decide.sharing import Coalitions, outside_in
from sungari.region.regions import open_region

REGION = "northeast-fareast"
PLAYERS = 10


def measure(say: Callable[[str], None]) -> Part:
    """Worths of all coalitions, in units of one cold solve."""
    say(f"{2**PLAYERS:,} coalitions on {REGION}")
    found = in_process("benchmarks.coalitions", time_limit=7200)
    return Part("coalitions", [
        Ratio(f"{2**PLAYERS:,} coalitions of {PLAYERS} players, {REGION}, in cold solves", found["ratio"], "≤", 60.0)
    ])


def main() -> None:
    """The smallest provinces play as one, so that there are ten players."""
    stages = Stages()
    region = open_region(REGION)
    with stages("cold"):
        begun = time.process_time()
        LiveModel(region)
        cold = time.process_time() - begun
    begun = time.process_time()
    game = Coalitions(region, "province")
    single, rest = game.players[: PLAYERS - 1], game.players[PLAYERS - 1 :]
    players = [*single, "the rest"]

    def worth(coalition: frozenset[str]) -> float:
        return game.worth(coalition - {"the rest"} | (frozenset(rest) if "the rest" in coalition else frozenset()))

    with stages("coalitions"):
        worths = {coalition: worth(coalition) for coalition in outside_in(players)}
    with stages("rules"):
        share_game(worths, players)
    taken = time.process_time() - begun
    stages.report(ratio=taken / cold, curve_error=game.curve_error)


if __name__ == "__main__":
    main()
