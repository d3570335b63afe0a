"""AWS clients: made once per execution environment, when first needed.

See https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html ("Take advantage of execution environment reuse").
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def client(service: str, maximum_connections: int = 10) -> Any:
    """Return the one client of `service`; throttling and lost connections are retried by it with backoff."""
    import boto3  # noqa: PLC0415 - a cold start that only parses its event need not pay for it
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(  # type: ignore[call-overload]
        service,
        config=Config(
            max_pool_connections=maximum_connections,
            retries={"mode": "standard", "total_max_attempts": 6},
            connect_timeout=3,
            read_timeout=20,
            tcp_keepalive=True,
        ),
    )
