"""Puts the Tengzhou project (models, scenarios, calibration) into the wheel, from where `tzsim init` lays it out."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryProject(BuildHookInterface):
    """A wheel for users carries the project; an editable install reads it from the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            for folder in ("models", "scenarios", "calibration"):
                build_data["force_include"][folder] = f"tzsim/project/{folder}"
