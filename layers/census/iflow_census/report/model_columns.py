"""The columns of an iFlow row that its model determines: what it connects."""

from iflow_census.report.column import FLAG, LIST, TEXT, Column

MODEL_COLUMNS = (
    Column(
        "model",
        "Model read",
        FLAG,
        "Whether the model of the iFlow was read, which the following columns are of; null where "
        "models are off.",
    ),
    Column(
        "model_reason",
        "Model reason",
        TEXT,
        "Why there is no model (off, configure-only, refused, too large, not a model, not yet "
        "read), or why it may not be that of the deployed version.",
        width=24,
    ),
    Column(
        "triggers",
        "Triggers",
        LIST,
        "What starts the iFlow: sender channels with their addresses, and timers.",
        width=38,
        full_width=True,
        searchable=True,
    ),
    Column(
        "senders",
        "Senders",
        LIST,
        "Participants of its sender channels, as the author named them.",
        searchable=True,
    ),
    Column(
        "receivers",
        "Receivers",
        LIST,
        "Participants of its receiver channels, as the author named them.",
        searchable=True,
    ),
    Column("adapters", "Adapters", LIST, "Adapters of its channels.", searchable=True),
    Column(
        "calls",
        "Calls",
        LIST,
        "Ids of the iFlows that it calls, by ProcessDirect or by the URL of an endpoint.",
        width=38,
        full_width=True,
    ),
    Column(
        "called_by",
        "Called by",
        LIST,
        "Ids of the iFlows that call it, deployed or not.",
        width=38,
        full_width=True,
    ),
    Column(
        "may_be_called_by",
        "May be called by",
        LIST,
        "Ids of the iFlows whose calls contain an expression that may result in its address.",
        width=38,
        full_width=True,
    ),
    Column(
        "undeploy_impact",
        "If it is undeployed",
        TEXT,
        "What would fail or fill if it were undeployed, as far as the models show it, in words "
        "that may change; null if nothing is known.",
        width=38,
        full_width=True,
    ),
    Column(
        "checks",
        "Checks",
        LIST,
        "What people should know about its connections, as information: cleartext without Cloud "
        "Connector, user and password, CSRF protection off, a timer that runs only once, "
        "ProcessDirect addresses of no iFlow.",
        width=50,
        full_width=True,
        searchable=True,
    ),
    Column(
        "systems",
        "Systems",
        LIST,
        "Systems that the iFlow connects, by the rules in systems.csv: they match its sender, "
        "receiver and package and, where its model was read, participants and hosts. Null without "
        "rules.",
        width=24,
        searchable=True,
    ),
    Column(
        "dependencies",
        "Depends on",
        LIST,
        "What its model shares with other iFlows: script collections, mapping artifacts, and data "
        "stores of the whole tenant.",
        width=38,
        full_width=True,
        searchable=True,
    ),
)
"""In the order of every document."""
