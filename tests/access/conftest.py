from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.access.programs import previewed_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.access.programs import Programs


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """What the pipeline and the example of two teams make."""
    with previewed_programs(tmp_path_factory.mktemp("access") / "stack") as previewed:
        yield previewed
