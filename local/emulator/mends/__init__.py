"""What the emulator lacks or does otherwise than AWS, mended before it starts; each mend in a file of its own."""

from __future__ import annotations

from local.emulator.mends import s3_version_ranges, sqs_batch_actions, sqs_message_moves


def apply_mends() -> None:
    for mend in (s3_version_ranges, sqs_batch_actions, sqs_message_moves):
        mend.apply()
