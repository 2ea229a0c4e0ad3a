"""`hoga compare`: why did the run differ from its backtest?"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from hoga.model.errors import ConfigError
from hoga.research.commands.asked import amount_of
from hoga.research.compare.comparing import compare as compared
from hoga.research.compare.telling import as_json, print_comparison, write_html
from hoga.research.engine.moments import length_ns
from hoga.research.report.words import Language
from hoga.simulator.direct.models import Models, Queue

Flag = Annotated[bool, Parameter(negative=())]

#: Where runs keep their journals when nobody chose another place, the likeliest first.
USUAL = (Path("var/paper.journal"), Path("var/hoga.journal"))


def compare(
    run: str | None = None,
    *,
    journal: Path | None = None,
    tape: Path | None = None,
    latency: str = "50ms",
    fee: str | None = None,
    queue: Queue = Queue.BACK,
    html: Path | None = None,
    lang: Language = "ko",
    json: Flag = False,
) -> int:
    """Run the recorded hours of a live, paper or simulator run through the backtest and match order by order.

    The difference in won is split into latency, queue, slippage, missed data, rate limit, rejection and what nobody
    can explain; the parts sum to the whole (docs/compare.md).

    Args:
        run: A journal, or the id of a run in it (`hoga journal show`); default: the last run.
        journal: The journal the id stands in; default: var/paper.journal or var/hoga.journal.
        tape: The folder of the tape, where it is no longer the one the journal names.
        latency: What the backtest assumes, one way between decision and exchange.
        fee: Fee rate for takers and makers; default: those the run was told.
        queue: Where a resting order stands in the backtest: back, front or through.
        html: Write the comparison to this file; it opens offline.
        lang: ko or en.
        json: Machine-readable output.
    """
    place, run_id = _found(run, journal)
    rate = None if fee is None else amount_of("--fee", fee)
    models = Models(taker_fee=rate, maker_fee=rate, latency_ns=length_ns(latency, "--latency"), queue=queue)
    found = compared(place, run_id, tape=tape, models=models)
    if html is not None:
        write_html(found, html, lang)
    if json:
        sys.stdout.write(as_json(found) + "\n")
        return 0
    console = Console(highlight=False)
    print_comparison(found, lang, console)
    if html is not None:
        console.print(f"HTML: {html}", markup=False)
    return 0


def _found(run: str | None, journal: Path | None) -> tuple[Path, str | None]:
    """The journal and the id of the run in it (None: the last one)."""
    if run is not None and Path(run).is_file():
        return Path(run), None
    place = journal or next((usual for usual in USUAL if usual.is_file()), None)
    if place is None:
        raise ConfigError(["No journal was found here; name one: hoga compare var/hoga.journal."])
    return place, run
