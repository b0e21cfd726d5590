"""Client for the SAP Cloud Integration API: service keys, rate limits, OData, entity sets."""
