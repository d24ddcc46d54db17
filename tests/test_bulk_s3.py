"""A snapshot on S3 is read like a folder, without an account; the server is moto's, on loopback."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import snapshots
from conftest import Run
from moto.server import ThreadedMotoServer
from snapshots import Layout


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def put(url: str, body: bytes = b"") -> None:
    headers = {"x-amz-acl": "public-read", "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=body, method="PUT", headers=headers)
    urllib.request.urlopen(request).close()


@pytest.mark.parametrize("layout", ["jsonl", "parquet"])
def test_a_carve_from_s3_is_that_from_a_folder(tmp_path: Path, address: str, layout: Layout, run: Run) -> None:
    """Found by its manifest, and read by DuckDB through fsspec."""
    folder = snapshots.write(tmp_path / "here", snapshots.items(60, seed=2), layout=layout, deleted=["W3"])
    put(f"{address}/open{layout}")
    for path in folder.rglob("*.*"):
        put(f"{address}/open{layout}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    query = ("--query", '"peer support"', "--forward")
    there = run(
        *("--json", "carve", "--snapshot", f"s3://open{layout}/data", *query, "--out", "there.sqlite"),
        env={"AWS_ENDPOINT_URL": address, "AWS_DEFAULT_REGION": "us-east-1"},
    )
    assert there.status == 0, there.err
    here = run("--json", "carve", "--snapshot", "here", *query, "--out", "here.sqlite")
    assert there.document["library"] == here.document["library"]
    assert there.document["snapshot"]["fingerprint"] == here.document["snapshot"]["fingerprint"]
    assert there.document["selected"] > 20
    sums = [run("--library", name, "verify").out for name in ("there.sqlite", "here.sqlite")]
    assert sums[0] == sums[1]


def test_a_bucket_that_is_not_there_is_told(address: str, run: Run) -> None:
    ended = run("carve", "--snapshot", "s3://absent", "--query", "peer", env={"AWS_ENDPOINT_URL": address})
    assert ended.status == 2
    assert "there is no snapshot at s3://absent" in ended.err
    assert "Traceback" not in ended.err
