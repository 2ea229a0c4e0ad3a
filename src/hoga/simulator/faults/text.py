"""How a fault is written: `name(arguments)@condition=value,condition=value`, and everything wrong with it at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from hoga.simulator.faults.vocabulary import SHORT, SPECS, Argument, Spec, Stage, seconds, share, whole

FILTERS = ("path", "method", "market", "type", "socket")


class Fault(Struct, frozen=True, kw_only=True):
    """One fault as asked for. `args` are read and complete; `every_s` and `every_nth` exclude each other."""

    text: str
    name: str
    stage: Stage
    args: tuple[Argument, ...] = ()
    probability: float = 1.0
    nth: int | None = None
    every_s: float | None = None
    every_nth: int | None = None
    count: int | None = None
    after_s: float = 0.0
    until_s: float | None = None
    filters: Mapping[str, str] = {}

    @property
    def argument(self) -> Argument:
        """The first argument, for faults that have one."""
        return self.args[0]

    @property
    def is_timed(self) -> bool:
        """Tell whether the clock and not the traffic makes it strike."""
        return self.stage is Stage.CLOCK or (self.stage is Stage.SOCKET and self.every_s is not None)

    def fits(self, where: Mapping[str, str]) -> bool:
        """Tell whether the filters let this place through; `path=/v1/orders` means exactly that path."""
        return all(where.get(key, "") in (value, "") or value == "*" for key, value in self.filters.items())


def read_faults(text: str, problems: list[str]) -> list[Fault]:
    """Read one text of one or more faults; what is wrong with it is added to `problems`."""
    found = []
    for part in text.split(";"):
        for piece in _long_forms(part.strip(), problems):
            fault = _read_fault(piece, problems)
            if fault is not None:
                found.append(fault)
    return found


def _long_forms(part: str, problems: list[str]) -> list[str]:
    head = part.partition("@")[0].partition("(")[0]
    if "=" not in head:
        return [part] if part else []
    pieces = []
    for piece in part.split(","):
        name, _, value = piece.strip().partition("=")
        if name in SHORT:
            pieces += [form.format(value) for form in SHORT[name]]
        else:
            problems.append(f"{piece!r}: there is no short form {name!r}.{_guess(name, SHORT)}")
    return pieces


def _read_fault(text: str, problems: list[str]) -> Fault | None:
    head, _, tail = text.partition("@")
    name, bracket, inner = head.strip().partition("(")
    spec = SPECS.get(name)
    if spec is None:
        problems.append(f"{text!r}: there is no fault {name!r}.{_guess(name, SPECS)}")
        return None
    wrong: list[str] = []
    if bracket and not inner.endswith(")"):
        wrong.append(f"the bracket after {name} is not closed.")
    given = [word.strip() for word in inner.removesuffix(")").split(",")] if inner.removesuffix(")") else []
    args = _read_arguments(spec, given, wrong)
    fault = Fault(text=text, name=name, stage=_stage_of(spec, args), args=args)
    for pair in filter(None, (pair.strip() for pair in tail.split(","))):
        fault = _with_condition(fault, pair, wrong)
    if fault.stage is Stage.CLOCK and fault.every_s is None and fault.count is None:
        fault = replace(fault, count=1)  # without traffic to wait for it would strike at every look
    problems += [f"{text!r}: {reason}" for reason in wrong]
    return None if wrong else fault


def _read_arguments(spec: Spec, given: Sequence[str], wrong: list[str]) -> tuple[Argument, ...]:
    if len(given) > len(spec.reads):
        wrong.append(f"at most {len(spec.reads)} arguments are taken, not {len(given)}.")
    args = list(spec.defaults)
    for index, (read, value) in enumerate(zip(spec.reads, given, strict=False)):
        try:
            args[index] = read(value)
        except ValueError as error:
            wrong.append(f"{error}.")
    return tuple(args)


def _stage_of(spec: Spec, args: Sequence[Argument]) -> Stage:
    return next((spec.stage_by[arg] for arg in args if isinstance(arg, str) and arg in spec.stage_by), spec.stage)


def _with_condition(fault: Fault, pair: str, wrong: list[str]) -> Fault:
    name, _, value = pair.partition("=")
    if name in FILTERS:
        return replace(fault, filters={**fault.filters, name: value})
    if name == "every" and value.isdigit():
        name = "every_nth"
    if name not in _CONDITIONS:
        wrong.append(f"there is no condition {name!r}.{_guess(name, [*_CONDITIONS, *FILTERS])}")
        return fault
    field, read = _CONDITIONS[name]
    try:
        return replace(fault, **{field: read(value)})
    except ValueError as error:
        wrong.append(f"{name}: {error}.")
        return fault


def _fits(wanted: str, here: str) -> bool:
    return here.startswith(wanted[:-1]) if wanted.endswith("*") else here == wanted


#: Condition -> (field of `Fault`, how its value is read). `every=5s` is by the clock, `every=5` each fifth match.
_CONDITIONS: Mapping[str, tuple[str, Callable[[str], Argument]]] = {
    "p": ("probability", share),
    "nth": ("nth", whole),
    "every": ("every_s", seconds),
    "every_nth": ("every_nth", whole),
    "count": ("count", whole),
    "after": ("after_s", seconds),
    "until": ("until_s", seconds),
}


def _guess(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else f" Known are: {', '.join(known)}."
