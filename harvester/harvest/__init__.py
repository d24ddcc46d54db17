"""The use cases that ask sources: works by identifier, by search, works known only by being cited, and going on.

Each begins a run in the ledger, which `carry_out` then works off: `doi` and `fill` with the works that are
wanted, `search` with the questions of its plan, `match` with those about references.
"""

from harvester.harvest.forecast import Forecast, forecast
from harvester.harvest.matching import INDEXES, Asking, forecast_match, match
from harvester.harvest.plan import Plan, Scope, count, forecast_search, plan, search
from harvester.harvest.runs import fill, look_up, resume, to_fill
from harvester.harvest.settings import Settings
from harvester.harvest.work import Outcome, Progress, carry_out

__all__ = [
    "INDEXES",
    "Asking",
    "Forecast",
    "Outcome",
    "Plan",
    "Progress",
    "Scope",
    "Settings",
    "carry_out",
    "count",
    "fill",
    "forecast",
    "forecast_match",
    "forecast_search",
    "look_up",
    "match",
    "plan",
    "resume",
    "search",
    "to_fill",
]
