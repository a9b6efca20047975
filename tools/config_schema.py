"""The JSON schema of the config, by which editors complete and check it.

``python -m tools.config_schema FILE`` writes it.
"""

import json
import sys

from divergent_bench.base.files import write_text
from divergent_bench.config.models import Config


def config_schema() -> str:
    """Return the JSON schema of the config, as text."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | Config.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    write_text(sys.argv[1], config_schema())
