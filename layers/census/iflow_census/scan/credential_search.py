"""Credentials whose names are in no model that was read: information, never a verdict.

A script may compute the name of a credential, and other artifacts use credentials, too.
"""

from collections.abc import Mapping, Sequence

from iflow_census.scan.health import Credential, CredentialKind, UnmentionedCredentials
from iflow_census.scan.health_scan import explain_unread
from iflow_census.scan.inventory import Inventory
from iflow_census.scan.model_scan import TenantModels
from iflow_census.scan.readings import Reading


def find_unmentioned_credentials(
    names: Mapping[CredentialKind, Reading[Sequence[str]]],
    models: TenantModels,
    inventory: Inventory,
) -> Reading[UnmentionedCredentials]:
    """Find the credentials whose names are in no model.

    Args:
        names: of the tenant's credentials.
        models: those that were searched for them.
        inventory: the content of the tenant.
    """
    reason = explain_unread("lists of credentials", names)
    if all(reading.value is None for reading in names.values()):
        return Reading(reason=reason)
    read = [reading.value for reading in models.by_iflow.values() if reading.value is not None]
    if not read:
        return Reading(reason="no model was read")
    mentioned = {name for model in read for name in (*model.mentions, *model.aliases)}
    missing = [
        Credential(name, kind)
        for kind, reading in names.items()
        for name in sorted(set(reading.value or ()) - mentioned)
    ]
    judged = [credential for credential in missing if credential.name in models.searched]
    unread = len(inventory.iflow_ids) - len(read)
    computed = sum(model.computes_names for model in read)
    not_judged = len(missing) - len(judged)
    sentences = [f"Models read: {len(read):,}; none of them contains these names."]
    if unread:
        sentences.append(f"iFlows without a readable model: {unread:,}.")
    if packages := inventory.design_time.unread_packages:
        sentences.append(f"Packages that could not be listed: {len(packages):,}.")
    if computed:
        sentences.append(f"Models that may compute names in expressions or scripts: {computed:,}.")
    if not_judged:
        sentences.append(f"Other credentials, newer than some of the models: {not_judged:,}.")
    sentences.append(
        "Script collections, mappings, value mappings, the partner directory and older deployed "
        "versions were not searched. Do not delete a credential only because it is in this list."
    )
    found = UnmentionedCredentials(
        " ".join(sentences), judged, len(read), unread, computed, not_judged
    )
    return Reading(found, reason)
