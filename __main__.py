"""The Pulumi program: reads the stack's configuration and makes one pipeline."""

import pulumi

from components.inventory_pipeline import InventoryPipeline
from components.settings import settings_from_config

pipeline = InventoryPipeline("inventory", settings_from_config(pulumi.Config()))
for name, value in pipeline.outputs().items():
    pulumi.export(name, value)
