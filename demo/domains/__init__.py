"""The ten domains of the demo's text."""

from . import coding, finance, knowledge, language, law, mathematics, medicine, reasoning, safety, support
from .common import Domain, Item

DOMAINS: dict[str, Domain] = {
    module.__name__.rsplit(".", 1)[1]: module.DOMAIN
    for module in (reasoning, coding, mathematics, language, knowledge, safety, finance, medicine, law, support)
}

__all__ = ["DOMAINS", "Domain", "Item"]
