"""Backorder Connector: the queue of backordered units of a store, and what its storefront should say about it."""
