"""Parse the runtime locations that are added to a service key."""

from iflow_census.errors import ConfigurationError
from iflow_census.scan.locations import (
    CLOUD,
    DEFAULT_RETENTION_DAYS,
    LOCATION_ID,
    MAX_RETENTION_DAYS,
    RuntimeLocation,
)

EXAMPLE = '[{"id": "<runtime location id>", "retention_days": 30}]'


def parse_locations(value: object, source: str) -> tuple[RuntimeLocation, ...]:
    """Parse `locations` of a tenant's key, sorted by id; the cloud runtime is not one of them.

    Raises:
        ConfigurationError: the value is not a list of locations; the message names the field.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ConfigurationError(f"{source}: 'locations' is not a list; write it as {EXAMPLE}")
    locations = [
        _parse_location(entry, f"{source}: 'locations', entry {number}")
        for number, entry in enumerate(value, start=1)
    ]
    ids = [location.id for location in locations]
    for location_id in ids:
        if ids.count(location_id) > 1:
            raise ConfigurationError(
                f"{source}: 'locations' has {location_id!r} twice; remove one of them"
            )
    return tuple(sorted(locations))


def _parse_location(entry: object, where: str) -> RuntimeLocation:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{where}: not an object; write 'locations' as {EXAMPLE}")
    unknown = sorted(entry.keys() - {"id", "retention_days"})
    if unknown:
        raise ConfigurationError(
            f"{where}: unknown key {unknown[0]!r}; a location has 'id' and 'retention_days'"
        )
    location_id = entry.get("id")
    if not isinstance(location_id, str) or not LOCATION_ID.fullmatch(location_id):
        raise ConfigurationError(
            f"{where}: 'id' is missing or invalid; use the id of the runtime location, which has "
            "letters, digits, '_', '.' and '-'"
        )
    if location_id == CLOUD:
        raise ConfigurationError(
            f"{where}: {CLOUD!r} is the cloud runtime, which is always read; remove the entry"
        )
    days = entry.get("retention_days", DEFAULT_RETENTION_DAYS)
    if type(days) is not int or not 1 <= days <= MAX_RETENTION_DAYS:
        raise ConfigurationError(
            f"{where}: 'retention_days' is not a number of days from 1 to {MAX_RETENTION_DAYS}; "
            "use the retention of message logs that is set on the Edge Integration Cell"
        )
    return RuntimeLocation(location_id, days)
