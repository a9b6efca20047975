"""``divergent-bench verify`` in the embedded space."""

import json

from tests.helpers.commands import in_process as divergent_bench


def test_the_embedded_space_has_the_properties_of_a_space_and_is_not_the_published_one(workdir):
    checks = json.loads(divergent_bench("verify", "--json"))
    outcomes = [check["outcome"] for check in checks]
    assert outcomes.count("passed") >= 5
    assert outcomes.count("not applicable") >= 10
    assert "failed" not in outcomes
    shown = divergent_bench("verify", "wordnet").splitlines()
    assert shown[-1].startswith(f"wordnet: {outcomes.count('passed')} passed, 0 failed, ")


def test_a_space_that_is_not_there_is_said_to_be(workdir):
    assert "glove-9" in divergent_bench("verify", "glove-9", code=2)
