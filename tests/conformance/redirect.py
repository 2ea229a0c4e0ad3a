"""Leads a client that only knows `api.upbit.com` to a simulator, from outside and without touching the client.

    python redirect.py 127.0.0.1:PORT FOLDER

A forward proxy on loopback, as `HTTPS_PROXY` names one: what a client sends to `api.upbit.com:443` comes out of TLS
here and goes on to the simulator; every other host is refused. The certificate is made anew at each start and lies in
FOLDER, to be trusted through `REQUESTS_CA_BUNDLE` and `SSL_CERT_FILE`. One line of JSON says where everything is.
"""

import asyncio
import contextlib
import datetime as dt
import json
import ssl
import sys
from asyncio import StreamReader, StreamWriter
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "api.upbit.com"
CHUNK = 65_536


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for the venue's name, good for a day, and a server's side that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, pem_format = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    trusted, secret = folder / "venue.pem", folder / "venue-key.pem"
    trusted.write_bytes(certificate.public_bytes(pem))
    secret.write_bytes(key.private_bytes(pem, pem_format, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return trusted, context


async def join(reader: StreamReader, writer: StreamWriter, host: str, port: int) -> None:
    """Pass everything on, both ways, until either side ends."""
    far_reader, far_writer = await asyncio.open_connection(host, port)
    ways = [asyncio.create_task(copy(reader, far_writer)), asyncio.create_task(copy(far_reader, writer))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    for end in (writer, far_writer):
        end.close()
        with contextlib.suppress(OSError):
            await end.wait_closed()


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass on what comes, until there is no more."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()


async def lead(simulator: str, folder: Path) -> None:
    """Serve until killed."""
    host, _, port = simulator.partition(":")
    trusted, context = make_certificate(folder)

    async def unwrap(reader: StreamReader, writer: StreamWriter) -> None:
        await join(reader, writer, host, int(port))

    behind_tls = await asyncio.start_server(unwrap, "127.0.0.1", 0, ssl=context)

    async def tunnel(reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(f"CONNECT {HOST}:443 ".encode()):
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        await join(reader, writer, *behind_tls.sockets[0].getsockname())

    proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    address = "{}:{}".format(*proxy.sockets[0].getsockname())
    sys.stdout.write(json.dumps({"proxy": f"http://{address}", "trusted": str(trusted)}) + "\n")
    sys.stdout.flush()
    await proxy.serve_forever()


if __name__ == "__main__":
    asyncio.run(lead(sys.argv[1], Path(sys.argv[2])))
