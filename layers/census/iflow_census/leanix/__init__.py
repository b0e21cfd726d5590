"""SAP LeanIX: sends the inventory through the Integration API and fetches the outcome."""
