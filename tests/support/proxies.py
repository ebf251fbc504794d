"""A proxy on loopback that tunnels to wherever it is asked, as those of companies do."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """Where the proxy listens, and the hosts with ports that it tunneled to, in order."""

    url: str
    targets: list[str] = field(default_factory=list)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.proxy = Proxy(url=f"http://127.0.0.1:{self.server_address[1]}")


class _Tunnel(socketserver.StreamRequestHandler):
    """One connection: the request line names the host, blank line, then bytes in both directions."""

    server: _Server

    def handle(self) -> None:
        _, target, _ = self.rfile.readline().decode("ascii").split()
        while self.rfile.readline() not in {b"\r\n", b""}:
            pass
        self.server.proxy.targets.append(target)
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(upstream, self.connection), daemon=True)
            back.start()
            _pump(self.connection, upstream)
            back.join()


@contextlib.contextmanager
def tunneling_proxy() -> Iterator[Proxy]:
    """Such a proxy, for as long as it is needed."""
    with _Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.proxy
        finally:
            server.shutdown()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
