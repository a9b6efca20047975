"""Preparing spaces, with real downloads from a server on loopback."""

import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from divergent_bench.errors import UserError
from divergent_bench.spaces.catalogue import (
    CATALOGUE,
    OLSON_DICTIONARY,
    PublishedVectors,
    RemoteFile,
    download,
    prepare_space,
    space_names,
)
from divergent_bench.spaces.store import open_space

D = 300
TEXT = b"".join(
    word + b"".join(f" {(i + shift) % 7 - 3:.5f}".encode() for i in range(D)) + b"\n"
    for shift, word in enumerate([b",", b"cat", b". . .", b"dog", b"cat", b"Cat"])
)
DICTIONARY = b"cat\ndog\nthimble\n"


def zipped(text: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("glove.840B.300d.txt", text)
    return buffer.getvalue()


ARCHIVE = zipped(TEXT)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requested.append(self.path)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.server.cut else content)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.files = {"/glove.zip": ARCHIVE, "/words.txt": DICTIONARY}
        server.cut, server.requested = False, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def remote(server, path: str, content: bytes) -> RemoteFile:
    return RemoteFile(server.url + path, f"md5:{hashlib.md5(content).hexdigest()}", len(content))


def prepare(server, tmp_path, archive: bytes = ARCHIVE, **options) -> None:
    entry = PublishedVectors(remote(server, "/glove.zip", archive), D, "a notice", published=True)
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
    assert capsys.readouterr().err.count("Downloading") == 2
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


def test_cut_connection(server, tmp_path):
    server.cut = True
    with pytest.raises(UserError, match="could not be downloaded"):
        prepare(server, tmp_path)
    assert nothing_left(tmp_path)


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


def test_wordnet_needs_no_network(tmp_path):
    prepare_space("wordnet", tmp_path / "space", cache=tmp_path / "cache")
    assert "cat" in open_space(tmp_path / "space")
    assert not (tmp_path / "cache").exists()


def test_wordnet_takes_no_file(tmp_path):
    with pytest.raises(UserError, match="takes no file"):
        prepare_space("wordnet", tmp_path / "s", source=tmp_path / "v.txt", cache=tmp_path)


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="wordnet, glove-840b-300d"):
        prepare_space("glove", tmp_path / "s", cache=tmp_path)


def test_missing_own_file(tmp_path):
    with pytest.raises(UserError, match=r"absent\.txt"):
        prepare_space("mine", tmp_path / "s", source=tmp_path / "absent.txt", cache=tmp_path)


def test_the_published_files_are_those_of_the_literature():
    assert space_names() == ["wordnet", "glove-840b-300d"]
    glove = CATALOGUE["glove-840b-300d"]
    assert glove.file.checksum == "md5:2ffafcc9f9ae46fc8c95f32372976137"
    assert (glove.dimensions, glove.published) == (300, True)
    assert OLSON_DICTIONARY.checksum.startswith("sha256:33adcdd0")
