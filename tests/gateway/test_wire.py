"""What goes over the wire: no key elsewhere, none into a record, no more than is an answer."""

import gzip
import json
import socketserver
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from divergent_bench.sampling.providers import llm
from divergent_bench.sampling.providers.llm import asking, wire
from tests.gateway.test_wire_formats import request
from tests.helpers import loopback, wires
from tests.helpers.wires import KEY, KEYS, MODELS, WIRES

SPOKEN = (
    KEY,
    "sk-ant-api03-abcdefghijkl",
    "sk-proj-abc_DEF-123456789",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "gsk_abcdefghijklmnopqrst",
    "hf_abcdefghijklmnopqrstuvwx",
    "xai-abcdefghijklmnopqrst",
    "r8_abcdefghijklmnopqrstuvwx",
    "AKIAIOSFODNN7EXAMPLE",
    "Bearer abcdef0123456789xyz",
)


@pytest.fixture
def server(monkeypatch):
    loopback.set_keys(monkeypatch)
    with loopback.loopback() as running:
        yield running


@pytest.fixture
def ask(server, loop):
    return lambda provider, **changes: loop.run(llm.answer(request(server, provider, **changes)))


@pytest.mark.parametrize("provider", list(KEYS))
def test_a_redirect_to_another_origin_is_not_followed(server, ask, provider):
    with loopback.loopback() as elsewhere:
        headers = {"Location": elsewhere.base(provider) + "/there"}
        for status in (301, 302, 307, 308):
            server.fault = lambda body, code=status: web.Response(status=code, headers=headers)
            with pytest.raises(llm.ModelRefusedError) as raised:
                ask(provider)
            assert elsewhere.root in str(raised.value)
            assert f"{provider}/{MODELS[provider]}: " in str(raised.value)
            assert f"(at {server.base(provider)})" in str(raised.value)
            assert raised.value.whole_model
    assert elsewhere.strays == []
    assert elsewhere.requests == []


def test_a_redirect_within_an_origin_is_followed(server, ask):
    def reply(body):
        if len(server.requests) > 1:
            return None
        location = f"{server.url}/chat/completions?again=1"
        return web.Response(status=307, headers={"Location": location})

    server.fault = reply
    assert ask("openai").outcome == "ok"
    assert len(server.requests) == 2


@pytest.mark.parametrize("provider", list(KEYS))
def test_a_key_in_an_answer_is_not_kept_and_the_record_says_so(server, ask, provider):
    for key in SPOKEN:
        server.answer = lambda body, said=key: f"1. cat\n2. {said}\n3. dog"
        answer = ask(provider)
        assert key not in answer.to_json()
        assert answer.text.startswith("1. cat\n2. [")
        assert answer.text.endswith("]\n3. dog")
        assert json.loads(answer.to_json())["flags"] == ["key_redacted"]


def test_words_that_only_begin_like_keys_stay(server, ask):
    words = (
        "sk-learn",
        "sk-learn-contribution-guidelines",
        "task-force-2024-monitoring-group",
        "hf_hub",
        "standard bearer internationalization",
        "AKIAXX",
        "c29tZSBBSXphIHRleHQgQUtJQUlPU0ZPRE5ON0VYQU1QTEU=",
    )
    server.answer = lambda body: "\n".join(words)
    answer = ask("openai")
    assert answer.text.splitlines() == list(words)
    assert "flags" not in json.loads(answer.to_json()), "as records ever were"


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini", "ollama"])
def test_a_count_that_cannot_be_right_is_left_out_and_flagged(server, ask, provider):
    for count in (-50, 10**12, 10**40, 1.5, float("nan"), float("inf"), True, "many"):

        def reply(body, count=count):
            content = json.dumps(WIRES[provider].answer(body, "1. cat", "ok"))
            content = content.replace(": 40", f": {json.dumps(count)}")  # tokens of the answer
            return web.Response(text=content, content_type="application/json")

        server.fault = reply
        answer = ask(provider)
        assert answer.text == "1. cat"
        assert answer.usage is None
        assert answer.cost_usd in (None, 0.0)  # which a machine of one's own costs
        assert answer.flags == ["usage_not_credible"]


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf")])
def test_a_price_that_cannot_be_right_is_left_out_and_flagged(ask, monkeypatch, price):
    monkeypatch.setattr(asking, "cost", lambda *_: price)  # as a proxy may say in a header
    answer = ask("openai")
    assert (answer.cost_usd, answer.flags) == (None, ["usage_not_credible"])


def test_what_json_cannot_hold_is_no_part_of_a_record(server, ask):
    def reply(body):
        content = wires.completion(body, "1. cat")
        content["choices"][0]["logprobs"] = {"content": [], "odd": float("-inf")}
        return web.Response(text=json.dumps(content), content_type="application/json")

    server.fault = reply
    kept = ask("openai").to_json()
    assert json.loads(kept)["text"] == "1. cat"
    assert "Infinity" not in kept


def test_an_answer_that_unpacks_without_end_is_given_up(server, ask, monkeypatch):
    monkeypatch.setattr(wire, "MOST_BYTES", 2**20)
    bomb = gzip.compress(b" " * 2**24)
    server.fault = lambda body: web.Response(
        body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
    )
    with pytest.raises(llm.TransportError, match="longer than") as raised:
        ask("openai")
    assert raised.value.maybe_paid


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_a_reason_has_no_traceback_and_no_path_of_ours(server, ask, provider):
    server.fault = lambda body: web.Response(text='{"a": [1', content_type="application/json")
    with pytest.raises(llm.TransportError) as raised:
        ask(provider)
    assert str(raised.value).startswith(f"{provider}/{MODELS[provider]}: ")
    assert f"(at {server.base(provider)})" in str(raised.value)
    assert "Traceback" not in str(raised.value)
    assert "site-packages" not in str(raised.value)


def test_a_name_without_an_address_and_a_port_without_tls_are_told_and_cost_nothing(server, ask):
    for root in ("https://no.such.host.invalid", server.root.replace("http:", "https:")):
        with pytest.raises(llm.TransportError) as raised:
            ask("openai", api_base=f"{root}/v1")
        assert str(raised.value).startswith(f"openai/{MODELS['openai']}: ")
        assert str(raised.value).endswith(f"(at {root}/v1)")
        assert any(word in str(raised.value) for word in ("not known", "resolution", "SSL", "TLS"))
        assert not raised.value.maybe_paid, "nothing was sent"


@contextmanager
def with_certificate_of_its_own(directory):
    """Listen with TLS and a certificate that nobody vouches for; yield the address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = datetime.now(UTC) - timedelta(days=1)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins.replace(9999))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    file = directory / "own.pem"
    unlocked = serialization.NoEncryption()
    forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    certificate = built.sign(key, hashes.SHA256()).public_bytes(forms[0])
    file.write_bytes(certificate + key.private_bytes(*forms, unlocked))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    received = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with suppress(OSError), context.wrap_socket(self.request, server_side=True) as tls:
                received.append(tls.recv(65536))

    with socketserver.ThreadingTCPServer(("localhost", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.05,)).start()
        yield f"https://localhost:{listening.server_address[1]}/v1", received
        listening.shutdown()


def test_a_certificate_that_nobody_vouches_for_gets_no_key(server, ask, tmp_path):
    with (
        with_certificate_of_its_own(tmp_path) as (address, received),
        pytest.raises((llm.TransportError, llm.ModelRefusedError)) as raised,
    ):
        ask("openai", api_base=address)
    assert "certificate" in str(raised.value).lower()
    assert address in str(raised.value)
    assert not getattr(raised.value, "maybe_paid", False), "nothing was sent"
    assert [content for content in received if content] == []
