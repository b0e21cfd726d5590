"""Speaks to SAP Cloud Integration: service key, session, rate limits, OData v2, entity sets."""
