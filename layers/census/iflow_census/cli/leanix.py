"""`iflow-census leanix`: the commands that use the LeanIX API.

The module of a command is imported when it is used: it loads the LeanIX models.
"""

from iflow_census.cli.command import lazy_group

app = lazy_group(
    "leanix",
    "Send the inventory to SAP LeanIX, and export data from it.",
    {
        "setup": (
            "leanix_commands:setup",
            "Create or update the processor configuration of each tenant.",
        ),
        "inbound": ("leanix_inbound:inbound", "Send an existing report to LeanIX."),
        "unmatched": (
            "leanix_inbound:unmatched",
            "List the systems of a report that no rule applies to, by number of iFlows.",
        ),
        "run": (
            "leanix_export:run",
            "Start a run with any LDIF, inbound or outbound, and print its id.",
        ),
        "status": ("leanix_commands:status", "Show the status of a run, or list all runs."),
        "check": (
            "leanix_commands:check",
            "Try what LeanIX does not document, by ten requests that change nothing.",
        ),
        "stop": ("leanix_commands:stop", "Stop a run that is waiting or active."),
        "outbound": (
            "leanix_export:outbound",
            "Export data from LeanIX to leanixOutboundData<version>.json.",
        ),
    },
)
