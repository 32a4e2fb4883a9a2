"""A text in both languages of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text2:
    """The same words in Chinese and in English."""

    zh: str = ""
    en: str = ""

    def of(self, lang: str) -> str:
        """The text in `lang`, or in the other language where that one is empty."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)
