"""How a run asks its sources."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from harvester.transport import Client, Credentials, Patience

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How to ask: where the cache is, who asks, what may be spent, and whether to ask again what is known."""

    cache: Path
    credentials: Credentials = field(default=Credentials(), repr=False)
    replica: str | None = None
    refresh: bool = False
    budget: Decimal | None = None
    patience: Patience = field(default=Patience())

    def less(self, spent: Decimal) -> "Settings":
        """Give the settings of the next run of several, which share one budget."""
        return self if self.budget is None else replace(self, budget=max(self.budget - spent, Decimal(0)))

    def client(self) -> Client:
        """Open a client that asks in this way."""
        return Client(
            cache=self.cache,
            credentials=self.credentials,
            replica=self.replica,
            refresh=self.refresh,
            budget=self.budget,
            patience=self.patience,
        )
