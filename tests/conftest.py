"""What every test stands on: exact money, repeatable chance, and the reference material where it is there."""

import re
from pathlib import Path

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from hoga.model.money import use_exact_money
from tests.house.canary import Canary

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Count exactly from the start, also while tests are collected; look for keys in what they leave behind."""
    use_exact_money()
    config.pluginmanager.register(Canary(), "canary")


#: The tests of one form of one foreign client, which share a simulator.
ONE_CLIENT = re.compile(r".*tests/conformance/(?P<client>test_\w+)\.py::\w+(?P<form>\[\w+\])?")


def group_of(nodeid: str) -> str:
    """Name the tests that must run one after the other in one worker; nearly every test stands alone.

    It says what the `xdist_group` marks say: xdist 3.8 cannot read those back under pytest 9.2, whose items keep their
    id elsewhere.
    """
    found = ONE_CLIENT.match(nodeid)
    return f"{found['client']}{found['form'] or ''}" if found else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Share the tests out among the workers, group by group."""
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group_of
    return scheduler


# A test that fails must fail the same way for everybody, and a busy machine must not make it fail at all.
hypothesis.settings.register_profile("hoga", derandomize=True, deadline=None, max_examples=100, database=None)
hypothesis.settings.load_profile("hoga")


@pytest.fixture(autouse=True)
def exact_money() -> None:
    """Give each test the money context it would have in the running system, whatever the test before did to it."""
    use_exact_money()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference material beside the repository, or skip the test where there is none."""
    folder = ROOT.parent / "shared"
    if not (folder / "reference").is_dir():
        pytest.skip(f"no reference material at ../{folder.name} beside the repository")
    return folder
