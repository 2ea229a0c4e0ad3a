"""`hoga run --venue paper`: real prices, pretended orders; no key is needed and no order can leave."""

from pathlib import Path

from hoga.run.commands.live import run_bot
from hoga.run.paper.making import make_paper_desk
from hoga.run.settings.config import Settings

#: A paper run keeps its files apart from those of real money, and its tape, so that it can be replayed and compared.
JOURNAL = Path("var/paper.journal")
TAPE = Path("var/paper.tape")


def run_paper(settings: Settings, *, end_after: str | None, plain: bool, as_json: bool) -> int:
    """Trade on paper until stopped; the exit code is 0 when all is well."""
    return run_bot(
        with_own_files(settings),
        end_after=end_after,
        confirm_live=None,
        plain=plain,
        as_json=as_json,
        make=make_paper_desk,
    )


def with_own_files(settings: Settings) -> Settings:
    """The settings with places of its own for journal and tape, where none were chosen."""
    changed: dict[str, object] = {}
    if "path" not in settings.journal.model_fields_set:
        changed["journal"] = settings.journal.model_copy(update={"path": JOURNAL})
    if "directory" not in settings.tape.model_fields_set:
        changed["tape"] = settings.tape.model_copy(update={"directory": TAPE})
    return settings.model_copy(update=changed)
