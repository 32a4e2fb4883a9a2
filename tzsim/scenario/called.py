"""What a person may call a thing: its id, or the Chinese or English name that the tables show. One place for levers, shocks, goals and the rest."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from functools import cache

from tzsim.errors import Both, both
from tzsim.scenario.text import Text2

MOST_OFFERED = 5


def called(written: str, known: Mapping[str, Text2]) -> tuple[str | None, Both]:
    """(id, "") of the one thing that is called `written`; (None, hint) where there is none, or more than one.

    Letter case, width and blanks do not matter. The hint names the closest with their names in both languages.
    """
    if written in known:
        return written, both("", "")
    wanted = _folded(written)
    found = [id for id, name in known.items() if wanted in {_folded(t) for t in (id, name.zh, name.en)}]
    if len(found) == 1:
        return found[0], both("", "")
    if found:
        return None, both(
            f"有几项叫这个名字，请写编号：{_listed(found, known, 'zh')}",
            f"several are called so, write the id: {_listed(found, known, 'en')}",
        )
    near = closest_called(wanted, known)
    if not near:
        return None, both("", "")
    if len(near) == 1:
        zh, en = (_names(known[near[0]], lang) for lang in ("zh", "en"))
        return None, both(f"是否应为“{near[0]}”{zh}？", f"did you mean '{near[0]}'{en}?")
    return None, both(
        f"相近的有：{_listed(near, known, 'zh')}", f"did you mean one of: {_listed(near, known, 'en')}"
    )


def closest_called(written: str, known: Mapping[str, Text2]) -> list[str]:
    """Ids of the things whose id or names are closest, best first: those spelt alike, else those that contain what is written."""
    wanted = _folded(written)
    scores = {
        id: max(_alike(wanted, _folded(t)) for t in (id, name.zh, name.en)) for id, name in known.items()
    }
    best = max(scores.values(), default=0.0)
    if best >= 0.75:
        return [id for id, s in scores.items() if s > best - 0.02][:MOST_OFFERED]
    parts = [id for id, n in known.items() if any(wanted in _folded(t) for t in (id, n.zh, n.en))]
    alike = sorted((id for id, s in scores.items() if s >= 0.5 and id not in parts), key=lambda i: -scores[i])
    return [*parts, *alike][:MOST_OFFERED]


def _alike(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() if a and b else 0.0


@cache
def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def _listed(ids: list[str], known: Mapping[str, Text2], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(f"{id}{_names(known[id], lang)}" for id in ids)


def _names(name: Text2, lang: str) -> str:
    texts = " / ".join(dict.fromkeys(t for t in (name.zh, name.en) if t))
    return "" if not texts else f"（{texts}）" if lang == "zh" else f" ({texts})"
