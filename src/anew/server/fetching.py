"""What lies at an address of the web, if that is a public one.

In: a URL that somebody sent. Out: its content. The address that is connected to is the one that was checked: a name
that is looked up twice may lead to two places. No proxy is asked, since it would look the name up once more.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.parse import SplitResult, urljoin, urlsplit

from anew.errors import DataError

SECONDS = 10.0  # for all of it, redirects too
REDIRECTS = 3
V6 = ipaddress.ip_network("2000::/3")  # of which what is public


def fetch(url: str, most: int, seconds: float = SECONDS) -> bytes:
    """At most `most` bytes. DataError: no public address, no answer in time, another status than 200."""
    until = time.monotonic() + seconds
    try:
        for _ in range(REDIRECTS + 1):
            found = answer(urlsplit(url), most, until)
            if isinstance(found, bytes):
                return found
            url = urljoin(url, found)
    except DataError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:  # ssl's errors are of the first kind
        late = time.monotonic() >= until
        raise DataError(f"the URL gave no answer in {seconds:g} seconds" if late else
                        f"the URL cannot be fetched ({type(error).__name__})") from None  # fmt: skip
    raise DataError(f"the URL leads on more than {REDIRECTS} times")


def answer(url: SplitResult, most: int, until: float) -> bytes | str:
    """The content, or where it is to be found."""
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.password:
        raise DataError("a URL is http:// or https://, a host and a path")
    port = url.port or (443 if url.scheme == "https" else 80)
    sock = connected(url.hostname, port, until)
    limit = threading.Timer(max(until - time.monotonic(), 0), lambda: shut(sock))  # whatever trickles in
    limit.start()
    try:
        if url.scheme == "https":
            context = ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=url.hostname, do_handshake_on_connect=False)
            sock.do_handshake()
        found = asked(sock, url, port, most)
    finally:
        limit.cancel()
        sock.close()
    if time.monotonic() >= until:
        raise TimeoutError  # what came may be a part
    return found


def asked(sock: socket.socket, url: SplitResult, port: int, most: int) -> bytes | str:
    """The same over an open socket."""
    connection = http.client.HTTPConnection(url.hostname or "", port)
    connection.sock = sock
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request("GET", path, headers={"accept": "image/*", "accept-encoding": "identity"})
    response = connection.getresponse()
    if response.status in (301, 302, 303, 307, 308):
        return response.getheader("location") or ""
    if response.status != 200:
        raise DataError(f"the URL answered {response.status}")
    content = response.read(most + 1)
    if len(content) > most:
        raise DataError(f"the URL holds more than {most:,} bytes")
    return content


def connected(host: str, port: int, until: float) -> socket.socket:
    """A socket to the first of the host's addresses. DataError unless all of them are public."""
    addresses = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(map(is_public, addresses)):
        raise DataError("the URL does not lead to a public address")
    return socket.create_connection((addresses[0], port), max(until - time.monotonic(), 0.001))


def is_public(address: str) -> bool:
    """No loopback, private, link-local, shared, reserved or multicast one, nor one of version 6 that stands for one of
    version 4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip not in V6 or ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def shut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
