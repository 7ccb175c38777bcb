"""What servers do to whoever asks them: memory, time, certificates, loops. See the fault table."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from flows.fetch import FetchRequest, FetchResult, FetchSettings, fetch_feeds
from monitors.records import Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.feed_server import FeedServer

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
LOCAL = FetchSettings(allow_hosts=("127.0.0.1", "localhost"), timeout_s=5, retries=1)
MEGABYTE = 1_000_000


def fetch(*urls: str, settings: FetchSettings = LOCAL) -> list[FetchResult]:
    requests = [FetchRequest(Feed(url, "Feed", "Outlet", url=url)) for url in urls]
    return fetch_feeds(requests, settings, now=NOW, progress=lambda _: None)


# --- memory


def pack(pieces: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(map(packer.compress, pieces)) + packer.flush()


MEASURE = """
import resource, sys
from datetime import datetime, UTC
from flows.fetch import FetchRequest, FetchSettings, fetch_feeds
from monitors.records import Feed
settings = FetchSettings(allow_hosts=("127.0.0.1",))
def peak(*urls):
    requests = [FetchRequest(Feed(url, "", "", url=url)) for url in urls]
    results = fetch_feeds(requests, settings, now=datetime.now(UTC), progress=lambda _: None)
    print(*(result.status for result in results))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
idle = peak(sys.argv[1])
print(peak(*sys.argv[2:]) - idle)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="its peak is in other units")
@pytest.mark.slow
def test_row_12_a_gzip_bomb_takes_less_than_100_mb(server: FeedServer) -> None:
    """One that unpacks to 300 MB, one packed thrice, and one that says it is packed twice."""
    once = pack(bytes(MEGABYTE) for _ in range(300))
    twice = pack([once])
    bombs = [
        server.put("bomb", once, headers={"Content-Encoding": "gzip"}),
        server.put("nested", pack([twice]), headers={"Content-Encoding": "gzip"}),
        server.put("declared", twice, headers={"Content-Encoding": "gzip, gzip"}),
    ]
    good = server.put("good", b"<rss/>")
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, good, *bombs],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    first, statuses, grown = measured.stdout.splitlines()
    assert first == "fetched"
    assert statuses.split() == ["too_large", "fetched", "http_error"]
    assert int(grown) < 100 * MEGABYTE


# --- time


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[int]]]:
    """A listener whose connections `serve` answers; its address, and what was taken when."""
    taken: list[int] = []

    def run() -> None:
        with suppress(OSError):
            while True:
                connection, address = listener.accept()
                taken.append(address[1])
                with connection, suppress(OSError):
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", taken
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_row_13_headers_that_trickle_in_do_not_stretch_the_deadline() -> None:
    def trickle(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            connection.sendall(f"X-{number}: y\r\n".encode())
            time.sleep(0.05)

    with listening(trickle) as (host, _):
        started = time.monotonic()
        settings = FetchSettings(allow_hosts=("127.0.0.1",), timeout_s=0.4)
        (result,) = fetch(f"http://{host}/", settings=settings)
        assert result.status == "timeout"
        assert time.monotonic() - started < 2


def test_row_13_slow_redirects_share_one_deadline(server: FeedServer) -> None:
    for hop in range(5):
        server.put(f"hop-{hop}", redirect=f"/hop-{hop + 1}", delay_s=0.2)
    settings = FetchSettings(allow_hosts=("127.0.0.1",), timeout_s=0.5)
    (result,) = fetch(server.url("hop-0"), settings=settings)
    assert result.status == "timeout"
    assert len(server.requests) == 3


# --- loops


def test_row_7_a_loop_of_redirects_ends(server: FeedServer) -> None:
    server.put("a", redirect="/b")
    url = server.put("b", redirect="/a")
    (result,) = fetch(url, server.put("self", redirect="/self"))[:1]
    assert (result.status, result.detail) == ("redirect_loop", "more than 5 redirects")
    assert len(server.requests) == 12


# --- certificates


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "server.pem").write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


ASK = """
import sys
from datetime import datetime, UTC
from flows.fetch import FetchRequest, FetchSettings, fetch_feeds
from monitors.records import Feed
settings = FetchSettings(allow_hosts=("127.0.0.1", "localhost"), retries=1)
requests = [FetchRequest(Feed(url, "", "", url=url)) for url in sys.argv[1:]]
results = fetch_feeds(requests, settings, now=datetime.now(UTC), progress=lambda _: None)
print(*(result.status for result in results))
"""


def test_row_15_a_certificate_that_does_not_hold_is_refused_and_nothing_tried_instead(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither without encryption nor once more; the same server is fine where it is trusted."""
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) as encrypted:
            heard.append(encrypted.recv(4096))
            encrypted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>")

    with listening(serve) as (host, taken):
        port = host.rpartition(":")[2]
        (result,) = fetch(f"https://localhost:{port}/rss")
        assert (result.status, result.body) == ("tls", None)
        assert (len(taken), heard) == (1, [])
        # The trusted certificates are read when a process starts.
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        urls = [f"https://localhost:{port}/rss", f"https://127.0.0.1:{port}/rss"]
        asked = subprocess.run(
            [sys.executable, "-c", ASK, *urls],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert asked.stdout.split() == ["fetched", "tls"], "it names localhost, not the address"
        assert len(heard) == 1
