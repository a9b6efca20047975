"""Preparing spaces, with real downloads from a server on loopback."""

import hashlib
import io
import random
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.spaces import downloads, embedded
from divergent_bench.instrument.spaces import open_space as open_by_name
from divergent_bench.instrument.spaces.catalogue import (
    CATALOGUE,
    OLSON_DICTIONARY,
    PublishedVectors,
    prepare_space,
    space_names,
)
from divergent_bench.instrument.spaces.downloads import RemoteFile, download
from divergent_bench.instrument.spaces.store import open_space

D = 300
TEXT = b"".join(
    word + b"".join(f" {(i + shift) % 7 - 3:.5f}".encode() for i in range(D)) + b"\n"
    for shift, word in enumerate([b",", b"cat", b". . .", b"dog", b"cat", b"Cat"])
)
# So that the archive has some length.
TEXT += b"zebra" + b"".join(
    f" {x:.5f}".encode() for x in random.Random(0).choices(range(9999), k=D)
)
DICTIONARY = b"cat\ndog\nthimble\n"


def zipped(text: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("glove.840B.300d.txt", text)
    return buffer.getvalue()


ARCHIVE = zipped(TEXT)


class Handler(BaseHTTPRequestHandler):
    """Serves files; cuts the connection after `cuts[0]` bytes of an answer, then `cuts[1]`, ..."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.requested.append((self.path, asked) if asked else self.path)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(asked[6:-1]) if asked and self.server.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        whole = len(content) - start
        self.wfile.write(content[start:][: self.server.cuts.pop(0) if self.server.cuts else whole])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setattr(downloads, "CHUNK", 50)
        server.files = {"/glove.zip": ARCHIVE, "/words.txt": DICTIONARY}
        server.cuts, server.ranges, server.requested = [], True, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def remote(server, path: str, content: bytes) -> RemoteFile:
    return RemoteFile(server.url + path, f"md5:{hashlib.md5(content).hexdigest()}", len(content))


def prepare(server, tmp_path, archive: bytes = ARCHIVE, **options) -> None:
    entry = PublishedVectors(remote(server, "/glove.zip", archive), "a notice", D, published=True)
    prepare_space(
        "glove-840b-300d",
        tmp_path / "space",
        cache=tmp_path / "cache",
        catalogue={"glove-840b-300d": entry},
        dictionary_file=remote(server, "/words.txt", DICTIONARY),
        **options,
    )


def test_download_and_compaction(server, tmp_path, capsys):
    prepare(server, tmp_path)
    space = open_space(tmp_path / "space")
    assert space.rows == {"cat": 0, "dog": 1}
    assert space.vectors.shape == (2, D)
    assert space.info.published is True
    assert space.info.source == f"{server.url}/glove.zip"
    assert space.info.source_checksum == f"md5:{hashlib.md5(ARCHIVE).hexdigest()}"
    assert space.info.notes == "a notice"
    # cat is line 1 (the later cat is not taken): numbers (i + 1) % 7 - 3 from i = 0: -2, -1, 0, ...
    cat = space.vector("cat")
    assert cat[2] == 0
    assert cat[0] == pytest.approx(2 * cat[1])
    # no terminal here: plain lines, no progress bar
    assert capsys.readouterr().err.count(") ...") == 2
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["glove.zip", "words.txt"]


def test_what_is_in_the_cache_is_not_fetched_again(server, tmp_path):
    prepare(server, tmp_path)
    prepare(server, tmp_path)
    assert server.requested == ["/glove.zip", "/words.txt"]


def test_a_damaged_copy_in_the_cache_is_fetched_again(server, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "glove.zip").write_bytes(ARCHIVE[:-1])
    prepare(server, tmp_path)
    assert "/glove.zip" in server.requested
    assert open_space(tmp_path / "space").rows == {"cat": 0, "dog": 1}


def nothing_left(tmp_path) -> bool:
    return not (tmp_path / "space").exists() and not (tmp_path / "cache" / "glove.zip").exists()


def test_wrong_checksum(server, tmp_path):
    with pytest.raises(UserError, match="not the published file"):
        prepare(server, tmp_path, archive=b"other")
    assert nothing_left(tmp_path)


def test_cut_connection_goes_on_where_it_was_cut(server, tmp_path):
    server.cuts = [300, 100]
    prepare(server, tmp_path)
    assert server.requested == [
        "/glove.zip",
        ("/glove.zip", "bytes=300-"),
        ("/glove.zip", "bytes=400-"),
        "/words.txt",
    ]
    assert open_space(tmp_path / "space").rows == {"cat": 0, "dog": 1}
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["glove.zip", "words.txt"]


def test_cut_connection_without_end_is_taken_up_by_the_next_run(server, tmp_path):
    server.cuts = [300, 0]  # nothing came the second time: it is no use to go on
    with pytest.raises(UserError, match=r"could not be downloaded.*it goes on where it was cut"):
        prepare(server, tmp_path)
    assert nothing_left(tmp_path)
    prepare(server, tmp_path)
    assert server.requested[2] == ("/glove.zip", "bytes=300-")
    assert open_space(tmp_path / "space").rows == {"cat": 0, "dog": 1}


def test_cut_connection_to_a_server_that_only_sends_all(server, tmp_path):
    server.cuts, server.ranges = [300, 300], False
    with pytest.raises(UserError, match="could not be downloaded"):
        prepare(server, tmp_path)
    assert nothing_left(tmp_path)
    prepare(server, tmp_path)  # from the beginning
    assert open_space(tmp_path / "space").rows == {"cat": 0, "dog": 1}


@pytest.mark.parametrize("part", [ARCHIVE, ARCHIVE + b"and more"])
def test_nothing_left_to_fetch(server, tmp_path, part):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "glove.zip.part").write_bytes(part)
    prepare(server, tmp_path)  # the server says 416, and is asked for all
    assert open_space(tmp_path / "space").rows == {"cat": 0, "dog": 1}


def test_the_beginning_of_another_file(server, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "glove.zip.part").write_bytes(b"<html>")
    with pytest.raises(UserError, match="not the published file"):
        prepare(server, tmp_path)
    assert nothing_left(tmp_path)
    prepare(server, tmp_path)  # the bad beginning is gone


def test_archive_damaged_before_it_was_published(server, tmp_path):
    damaged = bytearray(ARCHIVE)
    damaged[100] ^= 0xFF
    server.files["/glove.zip"] = bytes(damaged)
    with pytest.raises(UserError, match="damaged"):
        prepare(server, tmp_path, archive=bytes(damaged))
    assert not (tmp_path / "space").exists()


def test_progress_of_a_download_in_a_log(server, tmp_path, capsys):
    content = bytes(5 << 20)
    server.files["/zeros"] = content
    download(remote(server, "/zeros", content), tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert [line.rpartition(": ")[2] for line in said[1:]] == [f"{n}0 %" for n in range(1, 10)]


def test_missing_on_the_server(server, tmp_path):
    del server.files["/glove.zip"]
    with pytest.raises(UserError, match="404"):
        prepare(server, tmp_path)
    assert nothing_left(tmp_path)


def test_file_that_is_not_a_zip(server, tmp_path):
    page = b"<html><body>Moved, see our new page of word vectors</body></html>\n"
    server.files["/glove.zip"] = page
    with pytest.raises(UserError, match="not in GloVe format"):
        prepare(server, tmp_path, archive=page)
    assert not (tmp_path / "space").exists()


def test_no_network(server, tmp_path):
    server.shutdown()
    server.server_close()
    with pytest.raises(UserError, match=r"could not be downloaded.*network"):
        prepare(server, tmp_path)


def test_no_room(server, tmp_path):
    file = RemoteFile(server.url + "/glove.zip", "md5:00", 10**18)
    with pytest.raises(UserError, match="make room"):
        download(file, tmp_path / "cache")
    assert server.requested == []


def test_own_copy_of_the_archive(server, tmp_path):
    (tmp_path / "mine.zip").write_bytes(ARCHIVE)
    prepare(server, tmp_path, source=tmp_path / "mine.zip")
    assert server.requested == ["/words.txt"]
    assert open_space(tmp_path / "space").info.published is True


def test_own_copy_that_was_cut(server, tmp_path):
    (tmp_path / "mine.zip").write_bytes(ARCHIVE[:-10])
    with pytest.raises(UserError, match=r"mine\.zip is not the published glove\.zip"):
        prepare(server, tmp_path, source=tmp_path / "mine.zip")


def test_a_file_of_the_users_own(server, tmp_path):
    (tmp_path / "my.txt").write_bytes(b"sea 1 2 3 4 5 6 7 8 9 10\n")
    (tmp_path / "few.txt").write_text("sea\n")
    prepare_space(
        "mine",
        tmp_path / "space",
        source=tmp_path / "my.txt",
        cache=tmp_path / "cache",
        dictionary=tmp_path / "few.txt",
    )
    space = open_space(tmp_path / "space")
    assert (space.name, space.rows, space.info.published) == ("mine", {"sea": 0}, False)
    assert space.info.source_checksum.startswith("sha256:")


@pytest.mark.parametrize("name", embedded.NAMES)
def test_an_embedded_space_needs_no_network(tmp_path, name):
    prepare_space(name, tmp_path / "space", cache=tmp_path / "cache")
    assert "cat" in open_space(tmp_path / "space")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", embedded.NAMES)
def test_an_embedded_space_takes_no_file(tmp_path, name):
    with pytest.raises(UserError, match=f"'{name}' is built in and takes no file"):
        prepare_space(name, tmp_path / "s", source=tmp_path / "v.txt", cache=tmp_path)


def test_a_file_of_the_users_own_needs_no_network_for_its_words(tmp_path):
    # The task's dictionary has both; GloVe's vocabulary has the first, WordNet the second.
    numbers = " ".join(map(str, range(1, 11)))
    lines = [f"{word} {numbers}\n" for word in ("barmaid", "qqq", "aardwolves", "naïve")]
    (tmp_path / "my.txt").write_text("".join(lines), encoding="utf-8")
    space = open_by_name(tmp_path / "my.txt", stores=tmp_path / "s", downloads=tmp_path / "d")
    assert list(space.rows) == ["barmaid", "aardwolves"]
    assert not (tmp_path / "d").exists()


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="wordnet, glove-840b-300d"):
        prepare_space("glove", tmp_path / "s", cache=tmp_path)


def test_missing_own_file(tmp_path):
    with pytest.raises(UserError, match=r"absent\.txt"):
        prepare_space("mine", tmp_path / "s", source=tmp_path / "absent.txt", cache=tmp_path)


def test_the_published_files_are_those_of_the_literature():
    assert space_names() == [
        "glove-6b-100d",
        "minilm-l6",
        "wordnet",
        "glove-840b-300d",
        "glove-6b-300d",
        "fasttext-crawl-300d",
        "word2vec-googlenews",
    ]
    glove = CATALOGUE["glove-840b-300d"]
    assert glove.file.checksum == "md5:2ffafcc9f9ae46fc8c95f32372976137"
    assert [name for name, entry in CATALOGUE.items() if entry.published] == ["glove-840b-300d"]
    assert {entry.dimensions for entry in CATALOGUE.values()} == {300}
    assert OLSON_DICTIONARY.checksum.startswith("sha256:33adcdd0")


def test_own_copy_that_is_missing(server, tmp_path):
    with pytest.raises(UserError, match=r"mine\.zip.*cannot be read"):
        prepare(server, tmp_path, source=tmp_path / "mine.zip")


def test_left_out_lines_are_told(tmp_path, capsys):
    (tmp_path / "my.txt").write_bytes(b"sea 1 2 3 4 5 6 7 8 9 10\nlake 1 2\n")
    (tmp_path / "few.txt").write_text("sea\nlake\n")
    open_by_name(tmp_path / "my.txt", dictionary=tmp_path / "few.txt", stores=tmp_path / "s")
    assert "left out 1 lines" in capsys.readouterr().err


def test_open_by_name_makes_the_store_once(tmp_path):
    first = open_by_name("wordnet", stores=tmp_path)
    made = (tmp_path / "wordnet").stat().st_mtime_ns
    assert open_by_name("wordnet", stores=tmp_path).rows == first.rows
    assert (tmp_path / "wordnet").stat().st_mtime_ns == made
    assert open_by_name(tmp_path / "wordnet").name == "wordnet"


def test_open_by_path_of_a_file_that_changes(tmp_path):
    file, words = tmp_path / "my.txt", tmp_path / "few.txt"
    words.write_text("sea\nlake\n")
    file.write_bytes(b"sea 1 2 3 4 5 6 7 8 9 10\n")
    options = {"dictionary": words, "stores": tmp_path / "stores"}
    assert set(open_by_name(file, **options).rows) == {"sea"}
    assert set(open_by_name(str(file), **options).rows) == {"sea"}
    assert len(list((tmp_path / "stores").iterdir())) == 1
    file.write_bytes(b"lake 1 2 3 4 5 6 7 8 9 10 \n")
    assert set(open_by_name(file, **options).rows) == {"lake"}


@pytest.mark.parametrize("by_path", [False, True])
def test_a_dictionary_for_a_space_that_has_its_words(tmp_path, by_path):
    open_by_name("wordnet", stores=tmp_path)
    (words := tmp_path / "few.txt").write_text("sea\nlake\n")
    with pytest.raises(UserError, match="leave it out, or give the path of a file of vectors"):
        open_by_name(
            tmp_path / "wordnet" if by_path else "wordnet", dictionary=words, stores=tmp_path
        )


def test_open_by_an_unknown_name(tmp_path):
    with pytest.raises(
        UserError, match=r"Name one of glove-6b-100d, minilm-l6, wordnet, .* or give the path"
    ):
        open_by_name("glove", stores=tmp_path)
