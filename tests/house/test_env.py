"""Keys live in the environment or in .env, and neither ever reaches the tree."""

import pytest
from tests.house.tree import ROOT, git


@pytest.mark.parametrize("name", [".env", ".env.live", "hoga.toml"])
def test_files_with_keys_and_settings_are_ignored_by_git_s6(name: str):
    if git("rev-parse", "--git-dir") is None:
        pytest.skip("not a git repository, so nothing can be committed")

    assert git("check-ignore", name) == f"{name}\n"


def test_the_example_of_env_names_the_keys_and_holds_no_value():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    settings = [line for line in lines if line and not line.startswith("#")]

    assert {"UPBIT_ACCESS_KEY=", "UPBIT_SECRET_KEY="} <= set(settings)
    assert [line for line in settings if not line.endswith("=")] == []
