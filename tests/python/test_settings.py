# SPDX-License-Identifier: MIT
"""Settings: two profiles of numbers, checked before they are used."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from bitscb3 import Settings, _core
from support import open_manager

HEADER = Path(__file__).parents[2] / "cpp/include/bitscb3/engine.h"


def test_defaults_are_the_engines() -> None:
    """`Settings()` has the numbers the engine has by itself."""
    assert Settings().to_dict() == _core.settings_default()


def test_bits_profile_is_the_engines() -> None:
    """`Settings.bits()` has BITS' own numbers."""
    assert Settings.bits().to_dict() == _core.settings_bits()
    assert Settings.bits().minimum_retry_delay_s == 600
    assert Settings.bits().notification_interval_ms == 500


@pytest.mark.skipif(not HEADER.exists(), reason="the sources are not here")
def test_fields_are_those_of_the_header() -> None:
    """The names are those of bitscb3_settings, in its order."""
    struct = HEADER.read_text().partition("typedef struct bitscb3_settings {")[2].partition("}")[0]
    fields = re.findall(r"uint32_t (\w+);", struct)
    assert [field.name for field in dataclasses.fields(Settings)] == fields[1:]  # `size` is first


def test_unknown_name() -> None:
    """A name that is no setting is a TypeError."""
    with pytest.raises(TypeError):
        Settings(speed=5)  # type: ignore[call-arg]


@pytest.mark.parametrize("value", [-1, 2**32])
def test_number_out_of_range(value: int) -> None:
    """A negative or a huge number is a ValueError that names the field."""
    with pytest.raises(ValueError, match=r"Settings\.connections"):
        Settings(connections=value)


@pytest.mark.parametrize("value", ["5", 5.0, None, True])
def test_not_a_number(value: object) -> None:
    """What is not an int is a TypeError that names the field."""
    with pytest.raises(TypeError, match=r"Settings\.connections"):
        Settings(connections=value)  # type: ignore[arg-type]


def test_settings_are_frozen() -> None:
    """Settings do not change; a copy with other numbers is made by dataclasses.replace."""
    settings = Settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.connections = 1  # type: ignore[misc]
    assert dataclasses.replace(settings, connections=1).connections == 1


def test_settings_reach_new_jobs(tmp_path: Path) -> None:
    """A job starts with the retry delay, the time-out and the interval of the settings."""
    settings = Settings(
        minimum_retry_delay_s=7, no_progress_timeout_s=8, notification_interval_ms=250
    )
    with open_manager(tmp_path, settings) as manager:
        job = manager.create_job("a")
        assert job.minimum_retry_delay == 7.0
        assert job.no_progress_timeout == 8.0
        assert job.minimum_notification_interval == 0.25


def test_bits_profile_limits_ranges(tmp_path: Path) -> None:
    """With BITS' numbers a URL of 2,201 characters is refused."""
    with open_manager(tmp_path, Settings.bits()) as manager:
        job = manager.create_job("a")
        with pytest.raises(OSError, match="E_INVALIDARG"):
            job.add_file("http://127.0.0.1/" + "a" * 2_184, tmp_path / "a")
