"""S3 Inventory as a source of candidates: what a bucket held when it was written, judged a file at a time."""

from retentiond.connectors.s3.inventory.source import Inventory, inventory_of

__all__ = ["Inventory", "inventory_of"]
