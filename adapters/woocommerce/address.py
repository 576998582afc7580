"""The address of a shop: as people type and paste it, and as it is kept.

Whatever is typed, and wherever a shop sends us on to, goes through ``read`` before anything is called.  What a name
leads to is judged when the connection is made (``adapters.addresses``), for it may lead elsewhere by then.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

from adapters.addresses import is_public
from connector.ports.installing import Mistyped
from connector.ports.sentence import Sentence

QUESTION = "url"
LONGEST = 2_000  # characters
DEFAULT_PORTS = {"https": 443, "http": 80}
SHOP_PORTS = frozenset({443, 8443})  # behind any other port of a public host stands something that is no shop
# Names that only mean something inside a network (RFC 6761, 6762, 8375, and what routers hand out).
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa")
# What WordPress keeps for itself: an address that goes on with one of these has its root before it.
OF_WORDPRESS = frozenset(
    {"wp-admin", "wp-content", "wp-includes", "wp-json", "wp-login.php", "wc-auth", "index.php", "xmlrpc.php"}
)
DEEPEST = 2  # folders below the host in which WordPress is looked for

EXAMPLE = Sentence("Enter it as https://shop.example.com.")
# A name before a colon is a scheme, unless the colon stands before a port: ``shop.example.com:8443/x``.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?![0-9]{1,5}(?:[/?#]|$))", re.ASCII | re.IGNORECASE)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """``origin`` is ``https://shop.example.com:8443``; ``path`` is empty or begins, and does not end, with a slash."""

    origin: str
    path: str = ""
    slash: str = ""  # the one at the end, where there was one: without it some hosts send a caller round in circles
    query: str = ""

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}"

    @property
    def behind_origin(self) -> str:
        return f"{self.path}{self.slash}{'?' if self.query else ''}{self.query}"

    def roots(self) -> list[str]:
        """Where WordPress may stand, the deepest folder first: people paste the page they are looking at."""
        folders = self.path.split("/")[1:]
        own = next((at for at, folder in enumerate(folders) if folder.lower() in OF_WORDPRESS), None)
        if own is not None:
            return [self._upto(folders[:own])]
        return [self._upto(folders[:depth]) for depth in range(min(len(folders), DEEPEST), -1, -1)]

    def _upto(self, folders: list[str]) -> str:
        return "".join((self.origin, *(f"/{folder}" for folder in folders)))


def read(typed: str, *, allow_private: bool) -> Address:
    """Clean an address.  ``https`` where it names no scheme; the fragment is dropped.  Raises ``Mistyped``.

    ``allow_private``: also plain http, any port, and names and numbers of this machine and its network.
    """
    text = typed.strip()
    if not text:
        raise Mistyped(QUESTION, Sentence("The address is missing."), EXAMPLE)
    if len(text) > LONGEST or " " in text or "\\" in text or not text.isprintable():
        raise Mistyped(QUESTION, Sentence("This is no web address."), EXAMPLE)
    scheme, rest = _scheme(text, allow_private=allow_private)
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise Mistyped(QUESTION, Sentence("This is no web address."), EXAMPLE) from None
    if "@" in parts.netloc:
        raise Mistyped(QUESTION, Sentence("The address holds a user name or a password."), EXAMPLE)
    host = _host(name)
    if not allow_private:
        _refuse_inside(host, port)
    return Address(
        origin=_origin(scheme, host, port),
        path=_path(parts.path),
        slash="/" if parts.path.endswith("/") else "",
        query=quote(parts.query, safe="%/?:@!$&'()*+,;=~-._"),
    )


def identity(url: str) -> str:
    """What identifies a shop for good: the address with its scheme and host in lower case, without a default port and
    the last slash.  Never raises: an address that cannot be read identifies itself.
    """
    try:
        return read(url, allow_private=True).url
    except Mistyped:
        return url.strip().rstrip("/")


def _scheme(text: str, *, allow_private: bool) -> tuple[str, str]:
    match = _SCHEME.match(text)
    if match is None:
        return "https", text.lstrip("/")
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise Mistyped(QUESTION, Sentence("This is no web address."), EXAMPLE)
    if scheme == "http" and not allow_private:
        raise Mistyped(
            QUESTION,
            Sentence("The address begins with http://, where anyone on the way could read the keys."),
            Sentence("Enter the shop's https:// address; without one, have the host give the shop a certificate."),
        )
    return scheme, text[match.end() :].lstrip("/")


def _host(name: str) -> str:
    """In the letters of the name service, in lower case; a number in canonical form, or not at all."""
    try:
        if ":" in name:
            return f"[{ipaddress.IPv6Address(name)}]"
        host = name if name.isascii() else idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
        host = host.lower().removesuffix(".")
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            # 127.1, 0x7f.0.0.1 and 2130706433 are all the same machine; nobody types a shop's address like that.
            return str(ipaddress.IPv4Address(host))
    except (ValueError, idna.IDNAError):
        raise Mistyped(QUESTION, Sentence("The address names no host."), EXAMPLE) from None
    if not _NAME.fullmatch(host):
        raise Mistyped(QUESTION, Sentence("The address names no host."), EXAMPLE)
    return host


def _refuse_inside(host: str, port: int | None) -> None:
    number = host.strip("[]")
    is_number = number != host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
    if not is_public(number) if is_number else ("." not in host or host.rpartition(".")[2] in INSIDE):
        raise inside()
    if port is not None and port not in SHOP_PORTS:
        raise Mistyped(
            QUESTION,
            Sentence("Port %(port)s is none that shops answer at.", port=port),
            Sentence("Enter the shop's address without it."),
        )


def inside() -> Mistyped:
    """Said of every address of a private network alike, so that nothing can be learnt about what is there."""
    return Mistyped(
        QUESTION,
        Sentence("The address leads into a private network."),
        Sentence("Enter the address at which shoppers see the shop."),
    )


def _origin(scheme: str, host: str, port: int | None) -> str:
    if port == 0:
        raise Mistyped(QUESTION, Sentence("This is no web address."), EXAMPLE)
    return f"{scheme}://{host}" if port in {None, DEFAULT_PORTS[scheme]} else f"{scheme}://{host}:{port}"


def _path(path: str) -> str:
    folders: list[str] = []
    for one in path.split("/"):
        if one == "..":
            folders = folders[:-1]
        elif one not in {"", "."}:
            folders.append(quote(one, safe="%:@!$&'()*+,;=~-._"))
    return "".join(f"/{one}" for one in folders)
