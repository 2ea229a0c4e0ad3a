"""What every test stands on: exact money, repeatable chance, and the reference material where it is there."""

from pathlib import Path

import hypothesis
import pytest

from hoga.model.money import use_exact_money

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Count exactly from the start, so that values made while tests are collected are exact too."""
    use_exact_money()


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
