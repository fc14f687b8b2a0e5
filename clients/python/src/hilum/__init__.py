"""Client of Hilum. :class:`AppClient` is what an app's server does; :class:`HumanClient` reads one person's data."""

from . import models
from ._transport import Options
from .app import AppClient, BatchType
from .errors import HilumConnectionError, HilumError, VerificationError
from .human import HumanClient
from .paging import Page
from .resources import Filter
from .webhooks import verify_notification, verify_webhook

__all__ = [
    "AppClient",
    "BatchType",
    "Filter",
    "HilumConnectionError",
    "HilumError",
    "HumanClient",
    "Options",
    "Page",
    "VerificationError",
    "models",
    "verify_notification",
    "verify_webhook",
]
