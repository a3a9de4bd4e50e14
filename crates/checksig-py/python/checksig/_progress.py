"""The progress bar, and handing events on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from checksig._events import Event, Finished, Progress


def _tqdm() -> Any:
    try:
        return import_module("tqdm.auto").tqdm
    except ImportError:
        return None


def _ignore(event: Event) -> None:
    pass


@contextmanager
def shown(progress: bool, on_event: Callable[[Event], object] | None) -> Iterator[Callable[[Event], object]]:
    """What takes the events: the caller's function, a bar if one is wanted and tqdm is there, both or neither."""
    tqdm = _tqdm() if progress else None
    if tqdm is None:
        yield on_event or _ignore
        return

    with tqdm(unit="B", unit_scale=True, desc="verify", leave=False) as bar:

        def tell(event: Event) -> None:
            if isinstance(event, Progress):
                bar.total = event.expected_bytes
                bar.set_postfix(failures=event.failures, refresh=False)
                bar.update(event.bytes - bar.n)
            elif isinstance(event, Finished):
                bar.update(event.report.bytes - bar.n)
            if on_event is not None:
                on_event(event)

        yield tell
