"""How every connection of ours is secured; there is no way to switch it off."""

import functools
import ssl


@functools.cache
def tls() -> ssl.SSLContext:
    """The system's certificates, host names checked, TLS 1.2 or newer (Upbit docs, rest-api-guide, 2026).

    The least version is said here because some systems' own default is lower.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
