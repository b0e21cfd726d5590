"""SAP LeanIX: sends the inventory by the Integration API and keeps what LeanIX says of it."""
