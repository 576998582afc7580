"""The web part, for the server's own process."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

import adapters
from connector.bootstrap.service import VERSION, Service, open_service
from connector.jobs.beats import Beats
from connector.services.receive import AppSigns, ReceiveCompliance, ReceiveDelivery
from connector.storage.inbox import GroupCommitInbox
from connector.web import site
from connector.web.app import create_app
from connector.web.backstage import Backstage
from connector.web.figures import blueprint as figures_blueprint
from connector.web.health import blueprint as health_blueprint
from connector.web.limits import new_limiter
from connector.web.look import dress
from webhooks.receive import blueprint as webhooks_blueprint
from webhooks.subscriptions import address_of

CONFIG_FILE = "BACKORDER_CONFIG_FILE"
"""The environment variable that tells the server's own process which config it serves."""


def wsgi_app() -> Flask:
    """The web part, for the server's own process; the config's path comes by environment."""
    service = open_service(Path(os.environ[CONFIG_FILE]))
    service.connections = service.settings.server.threads
    Beats(service.work, "web", service.clock).start()
    service.seeing.begin("web")
    return build_app(service)


def build_app(service: Service) -> Flask:
    """The web application over an opened service."""
    settings, known = service.settings, service.known
    inbox = GroupCommitInbox(settings.database.url.get_secret_value(), service.bodies)
    receive = ReceiveDelivery(service.platforms, known.secrets, inbox, service.clock, known.look_again)
    signs = AppSigns(known.app_secrets, known.is_of_app, known.look_again)
    comply = ReceiveCompliance(service.platforms, known.own_secrets, known.store_of_shop, inbox, service.clock, signs)
    back = backstage(service)

    def stop() -> None:
        inbox.close()
        service.seeing.end()

    return create_app(
        [
            *site.blueprints(back),
            webhooks_blueprint(
                receive, comply, compliance_platforms=["shopify"], max_body_bytes=settings.server.max_body_bytes
            ),
            health_blueprint(service.seeing.needed(), service.seeing.troubles()),
            figures_blueprint(service.seeing.text, service.seeing.token, alone=settings.is_alone),
        ],
        on_stop=stop,
        pages=lambda app: dress(app, back),
    )


def backstage(service: Service) -> Backstage:
    """What the pages are handed."""
    settings = service.settings
    public_url = settings.server.public_url
    return Backstage(
        work=service.work,
        clock=service.clock,
        known=service.known,
        platforms=service.platforms,
        titles={name: adapters.manifest(name).title for name in service.platforms},
        installers=service.installers,
        vault=service.vault,
        web=settings.web,
        install=settings.install,
        public_url=public_url.rstrip("/"),
        address_of=lambda platform, key: address_of(public_url, platform, key),
        version=VERSION,
        secure=not public_url.startswith("http:"),
        mail=settings.mail,
        limiter=new_limiter(service.work, service.clock, service.vault.derive("limits"))
        if service.database.is_shared
        else new_limiter(),
    )
