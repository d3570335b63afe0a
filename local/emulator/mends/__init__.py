"""What the emulator lacks or does otherwise than AWS, mended before it starts; each mend in a file of its own."""

from __future__ import annotations

from local.emulator.mends import ports


def apply_mends() -> None:
    ports.apply()
