"""A monthly census of the integration flows of SAP Cloud Integration tenants."""

__version__ = "0.1.0"
