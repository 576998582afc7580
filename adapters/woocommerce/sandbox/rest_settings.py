"""The settings that stock depends on, and what the shop says of itself."""

from __future__ import annotations

from adapters.woocommerce.sandbox.call import Answer, Call
from adapters.woocommerce.sandbox.core import VERSION, WORDPRESS, Core
from adapters.woocommerce.sandbox.errors import RestError
from adapters.woocommerce.sandbox.records import Body

LABELS = {
    "woocommerce_currency": ("Currency", "select", "USD"),
    "woocommerce_manage_stock": ("Manage stock", "checkbox", "yes"),
    "woocommerce_hold_stock_minutes": ("Hold stock (minutes)", "number", "60"),
    "woocommerce_notify_low_stock_amount": ("Low stock threshold", "number", "2"),
    "woocommerce_notify_no_stock_amount": ("Out of stock threshold", "number", "0"),
    # Only in a shop whose own back-in-stock mails are switched on at all.
    "woocommerce_customer_stock_notifications_allow_signups": ("Allow sign-ups", "checkbox", "no"),
}
GENERAL = {"woocommerce_currency"}
GROUPS = ("general", "products")
OUR_PLUGIN = {
    "plugin": "backorder-connector/backorder-connector.php",
    "name": "Backorder Connector",
    "version": "1.0.0",
    "version_latest": "1.0.0",
    "url": "",
    "author_name": "",
    "author_url": "",
    "network_activated": False,
}


def list_settings(call: Call, group: str) -> Answer:
    _check_group(group)
    return Answer([_body(call.core, name) for name in call.core.settings if _group(name) == group])


def get_setting(call: Call, group: str, name: str) -> Answer:
    _check_setting(call.core, group, name)
    return Answer(_body(call.core, name))


def put_setting(call: Call, group: str, name: str) -> Answer:
    """A new threshold changes no product until it is saved again."""
    _check_setting(call.core, group, name)
    value = str(call.fields.get("value", ""))
    kind = LABELS[name][1]
    if {"checkbox": value not in {"yes", "no"}, "number": not value.isdigit(), "select": not value.isupper()}[kind]:
        raise RestError(400, "rest_setting_value_invalid", "An invalid setting value was passed.")
    call.core.settings[name] = value
    return Answer(_body(call.core, name))


def system_status(call: Call) -> Answer:
    """The parts a connector asks for."""
    site = call.core.source.rstrip("/")
    environment = {
        "home_url": site,
        "site_url": site,
        "version": VERSION,
        "wp_version": WORDPRESS,
        "wp_multisite": False,
        "wp_memory_limit": 268435456,
        "wp_debug_mode": False,
        "wp_cron": True,
        "language": "en_US",
        "server_info": "PHP 8.2.36 Development Server",
        "php_version": "8.2.36",
        "default_timezone": "UTC",
    }
    settings = {
        "api_enabled": False,
        "force_ssl": False,
        "currency": call.core.settings["woocommerce_currency"],
        "currency_symbol": "&#36;",
        "thousand_separator": ",",
        "decimal_separator": ".",
        "number_of_decimals": 2,
        "HPOS_enabled": True,
        "HPOS_sync_enabled": False,
    }
    security = {"secure_connection": site.startswith("https"), "hide_errors": True}
    plugins = [OUR_PLUGIN] if call.core.has_our_plugin else []
    return Answer({"environment": environment, "active_plugins": plugins, "settings": settings, "security": security})


def site_index(core: Core) -> Body:
    """``/wp-json/``, open to anyone: above all the site's offset from GMT."""
    offset = core.now().astimezone(core.zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset is not None else 0.0
    return {
        "name": "Sandbox",
        "description": "",
        "url": core.source.rstrip("/"),
        "home": core.source.rstrip("/"),
        "gmt_offset": f"{hours:g}",
        "timezone_string": str(core.zone),
        "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc/store/v1", "wp/v2"],
    }


def _body(core: Core, name: str) -> Body:
    label, kind, default = LABELS[name]
    value = core.settings[name]
    home = f"{core.api}/settings/{_group(name)}"
    found = {"self": [{"href": f"{home}/{name}"}], "collection": [{"href": home}]}
    return {
        "id": name,
        "label": label,
        "description": "",
        "type": kind,
        "default": default,
        "value": value,
        "group_id": _group(name),
        "_links": found,
    }


def _check_group(group: str) -> None:
    if group not in GROUPS:
        raise RestError(404, "rest_setting_setting_group_invalid", "Invalid setting group.")


def _group(name: str) -> str:
    return "general" if name in GENERAL else "products"


def _check_setting(core: Core, group: str, name: str) -> None:
    _check_group(group)
    if name not in core.settings or _group(name) != group:
        raise RestError(404, "rest_setting_setting_invalid", "Invalid setting.")
