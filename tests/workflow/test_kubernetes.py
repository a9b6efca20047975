"""Jobs as pods of a cluster on loopback, results in a bucket, keys as secrets."""

import json
import os
import shlex
import shutil
import subprocess

import pytest
import yaml

from tests.helpers.cluster import with_cluster_plugins
from tests.helpers.kubernetes import kubernetes
from tests.helpers.pages import blocks
from tests.helpers.s3 import ACCESS_KEY, SECRET_KEY, storage
from tests.helpers.wires import KEY
from tests.helpers.workflow import BIN, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

PAGE = "docs/how-to/kubernetes.md"
SAMPLES = 6


def test_pods_sample_into_the_bucket_and_keep_the_ledger_on_its_claim(
    server, tmp_path, monkeypatch
):
    with_cluster_plugins(monkeypatch)
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_SECRET_KEY", SECRET_KEY)
    head = tmp_path / "head"  # pods get the sources that are below the directory of the run
    (head / "config").mkdir(parents=True)
    shutil.copy(ROOT / "Snakefile", head)
    for part in ("workflow", "envs", "profiles", "scripts"):
        shutil.copytree(ROOT / part, head / part)
    (head / "divergent_bench").symlink_to(ROOT / "divergent_bench")
    openai = {"provider": "openai", "model": "gpt-4o", "api_base": server.url}
    baseline = {"provider": "baseline", "model": "oracle"}  # needs a space
    experiment = {"name": "first", "providers": [openai, baseline], "samples": SAMPLES}
    config = {
        "name": "far",
        "experiments": [experiment],
        "analysis": {"include_visualizations": False, "generate_report": False},
        "output": {"generate_summary": False},
    }
    (head / "config/first.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")

    image_programs = tmp_path / "image"  # where every pod's `pip install` of plugins does nothing
    image_programs.mkdir()
    (image_programs / "pip").symlink_to("/bin/true")
    image = {"PATH": f"{image_programs}:{BIN}:{os.environ['PATH']}"}
    pods = tmp_path / "pods"
    pods.mkdir()
    with storage() as bucket, kubernetes(pods, image) as (cluster, kubeconfig):
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", bucket.url)
        (sample_in_pods, the_rest) = (
            command
            for block in blocks(PAGE)
            if block.kind == "console"
            for command, _ in block.commands()
        )

        def follow(command: str, *options: str) -> None:
            program, *arguments = shlex.split(command)
            done = subprocess.run(
                [str(BIN / program), *arguments, *options],
                cwd=head,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            told = "\n".join([done.stderr, *map(cluster.log, cluster.jobs)])
            assert done.returncode == 0, told
            assert KEY not in told

        def samples() -> int:
            return sum(name.endswith(".json") for name in bucket.names("dat/results/far"))

        follow(sample_in_pods, "--retries", "0", "--seconds-between-status-checks", "1")
        assert len(server.requests) == SAMPLES
        assert samples() == SAMPLES
        (job,) = cluster.jobs.values()  # a group is one pod
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert container["image"] in sample_in_pods
        assert KEY not in json.dumps(job)
        (secret,) = cluster.secrets.values()
        assert secret["openai_api_key"] == KEY
        assert set(cluster.secrets) <= cluster.deleted
        assert (cluster.claim("divergent-bench-ledger") / "ledger.sqlite").stat().st_size

        follow(the_rest)
        assert bucket.read("dat/results/far/scores.csv").count(b"\n") == 1 + 2 * SAMPLES
        assert samples() == 2 * SAMPLES
        assert len(server.requests) == SAMPLES
        assert len(cluster.jobs) == 1
