"""Which parameter sets are tried next: Optuna decides, batch by batch, and decides the same when asked again.

A sampler gets a new seed for every batch, made of the study's seed and the batch's number, and the outcomes of whole
batches in the order of their numbers. So a study that was interrupted goes on exactly as it would have gone on.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import prod
from typing import Literal

import optuna
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import Trial, TrialState

from hoga.model.errors import ConfigError
from hoga.research.grid import every_set

#: Sets chosen together. A sampler that learns does so between batches; the others need not wait for anything.
LEARNING_BATCH, BLIND_BATCH = 16, 1_024

Direction = Literal["maximize", "minimize"]


class Sampler(StrEnum):
    """GRID takes every set in order, RANDOM draws, TPE learns from what it saw (tree of Parzen estimators)."""

    GRID = "grid"
    RANDOM = "random"
    TPE = "tpe"


class Chooser:
    """Proposes batches of parameter sets (as text) and hears how they came out.

    `directions` are "maximize" or "minimize", one for each objective. `count` is how many sets in all; a grid has its
    own number and takes the smaller.
    """

    def __init__(
        self,
        axes: Mapping[str, Sequence[str]],
        *,
        sampler: Sampler,
        directions: Sequence[Direction],
        count: int | None = None,
        seed: int = 0,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        size = prod(len(values) for values in axes.values())
        if count is None and sampler is not Sampler.GRID:
            raise ConfigError([f"How many sets? The sampler {sampler} needs --trials."])
        if count is not None and count < 1:
            raise ConfigError([f"{count} trials: there must be at least one."])
        self._axes, self._sampler, self._seed = axes, sampler, seed
        self.count = min(size, count or size) if sampler is Sampler.GRID else count or size
        self._size = LEARNING_BATCH if sampler is Sampler.TPE else BLIND_BATCH
        self._grid = iter(every_set(axes)) if sampler is Sampler.GRID else iter(())
        self._study: Study = optuna.create_study(directions=list(directions))
        self._batch: list[Trial] = []
        self._proposed = 0
        self._batches = 0

    def propose(self) -> list[dict[str, str]]:
        """The next batch; empty when all have been proposed. The last batch's outcomes must have been told."""
        size = min(self._size, self.count - self._proposed)
        if size <= 0:
            return []
        self._study.sampler = self._made()
        self._batches += 1
        self._batch, proposed = [], []
        for _ in range(size):
            if self._sampler is Sampler.GRID:
                self._study.enqueue_trial(self._indices(next(self._grid)))
            trial = self._study.ask(self._distributions())
            self._batch.append(trial)
            proposed.append({name: values[trial.params[name]] for name, values in self._axes.items()})
        self._proposed += size
        return proposed

    def tell(self, outcomes: Sequence[Sequence[float] | None]) -> None:
        """How the batch came out, in its order; None for a set whose objectives could not be said."""
        for trial, values in zip(self._batch, outcomes, strict=True):
            if values is None:
                self._study.tell(trial, state=TrialState.FAIL)
            else:
                self._study.tell(trial, list(values))
        self._batch = []

    # ------------------------------------------------ inside

    def _made(self) -> BaseSampler:
        seed = (self._seed * 1_000_003 + self._batches) % 2**32
        if self._sampler is Sampler.TPE:
            return TPESampler(seed=seed, constant_liar=True)
        return RandomSampler(seed=seed)

    def _distributions(self) -> dict[str, BaseDistribution]:
        return {name: IntDistribution(0, len(values) - 1) for name, values in self._axes.items()}

    def _indices(self, chosen: Mapping[str, str]) -> dict[str, int]:
        return {name: list(values).index(chosen[name]) for name, values in self._axes.items()}
