"""What the functions of a pipeline have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.function_archive import Platform, build_archive
from components.least_privilege_function import LeastPrivilegeFunction, LeastPrivilegeFunctionArgs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.least_privilege_function import ExecutionRole
    from components.policy_documents import Statement
    from components.settings import PipelineSettings

METRICS_NAMESPACE = "InventoryPipeline"


@dataclass(frozen=True)
class PipelineFunctions:
    """Packages and makes functions of one pipeline from its settings.

    Attributes:
        name: of the pipeline.
        settings: where the functions run, how long their logs are kept, their tags.
    """

    name: str
    settings: PipelineSettings

    def make(  # noqa: PLR0913 - what functions differ in
        self,
        package: str,
        role: ExecutionRole,
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[Statement],
        opts: pulumi.ResourceOptions,
        *,
        timeout_seconds: int,
        memory_megabytes: int,
        invokes_itself: bool = False,
    ) -> LeastPrivilegeFunction:
        """Make the function of ``functions/<package>``. Raises `PackagingError`."""
        target = self.settings.packaging_target
        return LeastPrivilegeFunction(
            f"{self.name}-{package.replace('_', '-')}",
            LeastPrivilegeFunctionArgs(
                tags=self.settings.tags,
                role=role,
                archive=build_archive(package, target),
                handler=f"{package}.handler.lambda_handler",
                timeout_seconds=timeout_seconds,
                memory_megabytes=memory_megabytes,
                architecture=Platform.of(target).architecture,
                log_retention_days=self.settings.log_retention_days,
                environment={
                    **environment,
                    "POWERTOOLS_SERVICE_NAME": package,
                    "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                    "POWERTOOLS_LOG_LEVEL": "INFO",
                },
                statements=statements,
                invokes_itself=invokes_itself,
            ),
            opts,
        )
