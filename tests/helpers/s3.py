"""A real S3 interface on loopback (moto's), with what it was asked.

moto and boto3 are slow to import, and all workers import this module: so they are imported where
they are used.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

BUCKET = "my-lab"
ACCESS_KEY, SECRET_KEY = "AKLOOPBACK0123456789", "s3-loopback-0123456789abcdef"


@dataclass
class Storage:
    """A bucket.

    Attributes
    ----------
    url
        The endpoint.
    asked
        The requests that came: method and path.
    """

    url: str
    asked: list[str] = field(default_factory=list)

    @cached_property
    def _bucket(self) -> Any:
        import boto3

        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        s3 = boto3.resource("s3", endpoint_url=self.url, region_name="us-east-1", **keys)
        return s3.Bucket(BUCKET)

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects in a folder."""
        objects = self._bucket.objects.filter(Prefix=f"{folder}/")
        return [each.key.removeprefix(f"{folder}/") for each in objects]

    def read(self, name: str) -> bytes:
        """Return what an object holds."""
        content: bytes = self._bucket.Object(name).get()["Body"].read()
        return content

    def delete(self, name: str) -> None:
        """Delete an object."""
        self._bucket.Object(name).delete()

    def create(self) -> None:
        """Create the bucket, empty."""
        self._bucket.create()


@contextmanager
def storage() -> Iterator[Storage]:
    """Run the interface in a thread of its own for the length of the block."""
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    app = DomainDispatcherApplication(create_backend_app)

    def noted(environ: dict[str, Any], start_response: Any) -> Any:
        running.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return app(environ, start_response)

    server = make_server("127.0.0.1", 0, noted, threaded=True, request_handler=MotoRequestHandler)
    running = Storage(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        running.create()
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
