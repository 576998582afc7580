"""Every store there is now, whether the config file or its owner brought it."""

from connector.known_stores.known import KnownStores
from connector.known_stores.making import StoreMaker

__all__ = ["KnownStores", "StoreMaker"]
