"""The mutation by which an app takes itself out of the shop."""

from __future__ import annotations

from adapters.shopify.sandbox.call import Args, Call, Payload, Root, done
from adapters.shopify.sandbox.objects import APP


def uninstall(call: Call, _args: Args) -> Payload:
    """Irreversible: the token that this was sent with is dead when the answer arrives."""
    call.uninstall()
    return done(app=APP)


MUTATIONS: dict[str, Root] = {"appUninstall": uninstall}
