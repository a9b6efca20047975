"""As much of a Kubernetes cluster as Snakemake speaks to, on loopback.

A pod is a shell that runs the command of its container in a fresh directory, with the variables of
the container and those of the image.
"""

import base64
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml


@dataclass
class Cluster:
    """What there is in the cluster.

    Attributes
    ----------
    directory
        Where pods work, and where claims of storage are.
    image
        Environment variables of the image.
    jobs
        What was submitted, by name.
    secrets
        The values of each secret there was.
    """

    directory: Path
    image: dict[str, str]
    jobs: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    _pods: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def log(self, job: str) -> str:
        """Return what the pod of a job printed."""
        return (self.directory / job / "log").read_text(encoding="utf-8")

    def claim(self, name: str) -> Path:
        """Return the directory behind a claim of storage."""
        place = self.directory / "claims" / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    def create(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create a secret, or a job, whose pod starts at once."""
        name = body["metadata"]["name"]
        if kind == "secrets":
            values = {key: base64.b64decode(text).decode() for key, text in body["data"].items()}
            self.secrets[name] = values
        else:
            self.jobs[name] = body
            self._pods[name] = self._start(name, body["spec"]["template"]["spec"])
        return body

    def _start(self, name: str, pod: dict[str, Any]) -> "subprocess.Popen[bytes]":
        (container,) = pod["containers"]
        claims = {
            volume["name"]: volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["volumes"]
            if "persistentVolumeClaim" in volume
        }
        command = [*container["command"], *container["args"]]
        for mount in container["volumeMounts"]:
            if mount["name"] in claims:  # nobody may mount here: the path is written otherwise
                place = str(self.claim(claims[mount["name"]]))
                at = re.compile(rf"(?<![\w/]){mount['mountPath']}\b")
                command = [at.sub(place, part) for part in command]
        variables = {
            each["name"]: self.secrets[reference["name"]][reference["key"]]
            for each in container["env"]
            for reference in [each["valueFrom"]["secretKeyRef"]]
        }
        home = self.directory / name
        (home / "workdir").mkdir(parents=True)
        with (home / "log").open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                command,
                cwd=home / "workdir",
                env={**self.image, "HOME": str(home), **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def status(self, job: str) -> dict[str, Any]:
        """Return a job as it is now."""
        code = self._pods[job].poll()
        state = {"active": 1} if code is None else {"failed" if code else "succeeded": 1}
        return {**self.jobs[job], "status": state}


@contextmanager
def kubernetes(directory: Path, image: dict[str, str]) -> Iterator[tuple[Cluster, Path]]:
    """Run a cluster for the length of the block; yield it and the file that leads kubectl to it."""
    cluster = Cluster(directory, image)

    class Interface(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(cluster.create(self.path.split("?")[0].rpartition("/")[2], body))

        def do_GET(self) -> None:
            *_, name, last = self.path.split("?")[0].split("/")
            self.answer(cluster.status(name) if last == "status" else {"items": []})

        def do_DELETE(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            cluster.deleted.add(self.path.split("?")[0].rpartition("/")[2])
            self.answer({"status": "Success"})

        def answer(self, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Interface) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        here = {"server": f"http://127.0.0.1:{server.server_port}"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": here}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "users": [{"name": "me", "user": {}}],
        }
        file = directory / "kubeconfig"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        yield cluster, file
        server.shutdown()
        thread.join()
