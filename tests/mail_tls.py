"""A certificate of this machine's own, for a mail server that speaks TLS in a test; it is worth nothing anywhere else."""

from __future__ import annotations

import ssl
from pathlib import Path

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUQy3HeodeTAnd4OIEzWb3qk+NRkwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE2NDQwMVoYDzIxMjYxMDI4
MTY0NDAxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ3mkwyqd4Jh0NxMctuLIdlmspGbcDLwaSyjmuxBQM4ASN4hFr+x4o1
aBiJV3lZ0bVfZVwVdemVAmsLQotPoU4Ao28wbTAdBgNVHQ4EFgQU467sKxHoeqax
Yzey6eLRqq4WDdgwHwYDVR0jBBgwFoAU467sKxHoeqaxYzey6eLRqq4WDdgwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDSQAwRgIhAPndrSM9xqQ7WoxCgFdt6PSUUZ9Ty9OW1iYVe9l9zcRxAiEA
jnQwbVaoqnCTBm1ZUDYUKdEzPCR8fiMns2aoy/Ro/l8=
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVFZijIrCSGy74sxs
kVBGo/wrtf8vjr+upM6X2qfJyFKhRANCAAQ3mkwyqd4Jh0NxMctuLIdlmspGbcDL
waSyjmuxBQM4ASN4hFr+x4o1aBiJV3lZ0bVfZVwVdemVAmsLQotPoU4A
-----END PRIVATE KEY-----
"""


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For the server, and for a client that knows it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_text(CERTIFICATE)
    key.write_text(KEY)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))
