"""The door over HTTP: by which names and from which sites, with which keys, how often; and what it writes down."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from serving import Two, served

from anew.engine.pool import Pool
from anew.server import audit, keys
from anew.server.database.connect import Database
from anew.server.door import Door
from anew.server.who import Who

Serve = Callable[..., str]
OURS = Door()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/anew.db")
    yield database
    database.close()


@pytest.fixture
def serve(store: Database) -> Iterator[Serve]:
    """A server at this door."""
    with ExitStack() as stack:
        yield lambda door=OURS: stack.enter_context(contextmanager(served)(Pool(Two()), door, store))


@pytest.fixture(scope="module")
def web() -> Iterator[httpx2.Client]:
    with httpx2.Client() as web:
        yield web


def made(store: Database, name: str = "ann", **wishes: Any) -> dict[str, str]:
    """The header of a new key."""
    with store.writing() as session:
        return bearer(keys.create(session, Who(), name, **wishes)[1])


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_a_server_is_called_by_its_own_names_alone(web: httpx2.Client, serve: Serve) -> None:
    here = serve()
    port = here.rpartition(":")[2]
    right = (
        "localhost",
        "127.0.0.1",
        "[::1]",
        "LOCALHOST",
        f"localhost:{port}",
        "localhost:1",
        f"[::1]:{port}",
        "[::1]:",
    )
    wrong = ("evil.example", "localhost.evil.example", "evil.example:80", "127.0.0.1.nip.io", "localhost:80:80", "::1",
             "", "localhost.", "[::1", "localhost@evil.example", "0.0.0.0", "2130706433")  # fmt: skip
    for host in (*right, *wrong):
        answer = web.get(f"{here}/v1/models", headers={"host": host})
        assert answer.status_code == (200 if host in right else 403), host
        if host in wrong:
            assert answer.json()["error"]["code"] == "permission_denied"
    there = serve(Door(hosts=frozenset({"models.example"})))
    for host, status in (("models.example", 200), ("MODELS.example:443", 200), ("localhost", 403)):
        assert web.get(f"{there}/v1/models", headers={"host": host}).status_code == status


def test_pages_of_other_sites_may_not_ask(web: httpx2.Client, serve: Serve) -> None:
    here = serve()
    wrong = (
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "",
        here.replace("http", "ftp"),
        f"{here}.evil.example",
    )
    for origin in (here, *wrong):
        answer = web.get(f"{here}/v1/models", headers={"origin": origin})
        assert answer.status_code == (403 if origin in wrong else 200), origin
        assert not [name for name in answer.headers if name.startswith("access-control")]
    asks = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    assert web.options(f"{here}/v1/models", headers=asks).status_code == 403


def test_an_allowed_site_and_no_other_may_ask(web: httpx2.Client, serve: Serve, store: Database) -> None:
    here, site, key = serve(Door(origins=("https://app.example",))), "https://app.example", made(store)
    asks = {
        "origin": site, "access-control-request-method": "POST", "access-control-request-private-network": "true",
        "access-control-request-headers": "authorization,content-type,x-stainless-lang",
    }  # fmt: skip
    before = web.options(f"{here}/v1/chat/completions", headers=asks)
    assert before.status_code == 200 and before.headers["access-control-allow-origin"] == site
    assert "x-stainless-lang" in before.headers["access-control-allow-headers"]
    for given, status in ((key, 200), ({}, 401)):
        answer = web.get(f"{here}/v1/models", headers={"origin": site} | given)
        assert answer.status_code == status and answer.headers["access-control-allow-origin"] == site
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    for other in ("https://evil.example", "http://app.example", "https://app.example:444"):
        assert web.get(f"{here}/v1/models", headers=key | {"origin": other}).status_code == 403


def test_every_answer_says_what_a_browser_may_do_with_it(web: httpx2.Client, serve: Serve) -> None:
    here, body = serve(), {"model": "decoder", "prompt": "a", "max_tokens": 1, "stream": True}
    for answer in (
        web.get(f"{here}/v1/models"), web.get(f"{here}/v1/nothing"), web.get(f"{here}/healthz"),
        web.get(f"{here}/v1/models", headers={"host": "evil.example"}), web.get(f"{here}/metrics"),
        web.post(f"{here}/v1/completions", json={}), web.post(f"{here}/v1/completions", json=body),
    ):  # fmt: skip
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        stream = answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == ("no-cache" if stream else "no-store")


def test_keys_are_made_and_taken_back_over_http(web: httpx2.Client, serve: Serve, store: Database) -> None:
    here, asked = serve(), {"name": "bob", "scopes": ["read", "admin"], "expires": "1h", "tokens_per_day": None}
    made = web.post(f"{here}/v1/anew/keys", json=asked)  # the last request that needs no key
    key = made.json()
    assert made.status_code == 200 and key["key"].startswith(f"sk-anew-{key['id']}-") and key["tenant"] == "bob"
    assert web.get(f"{here}/v1/models").status_code == 401
    own = bearer(key["key"])
    (told,) = web.get(f"{here}/v1/anew/keys", headers=own).json()["data"]
    assert told == {k: v for k, v in key.items() if k != "key"} | {"tokens_today": 0} and told["state"] == "active"
    for wrong, param in (({"name": "x", "scope": ["admin"]}, "scope"), ({"name": ""}, "name"), ({}, "name"),
                         ({"name": "x", "scopes": ["root"]}, "scopes"), ({"name": "x", "expires": "soon"}, "expires"),
                         ({"name": "x", "requests_per_minute": "5"}, "requests_per_minute")):  # fmt: skip
        answer = web.post(f"{here}/v1/anew/keys", json=wrong, headers=own)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert web.delete(f"{here}/v1/anew/keys/{'0' * 12}", headers=own).json()["error"]["code"] == "key_not_found"
    gone = web.delete(f"{here}/v1/anew/keys/{key['id']}", headers=own)
    assert gone.status_code == 200 and gone.json()["state"] == "revoked"
    assert web.get(f"{here}/v1/models", headers=own).status_code == 401, "it counts at once where it was taken back"
    with store.reading() as session:
        acts = [(row.act, row.tenant, row.key) for row in audit.rows(session, 0, 10)]
    assert acts == [
        ("server.started", "local", None), ("key.created", "local", None), ("key.revoked", "bob", key["id"])
    ]  # fmt: skip


def test_the_audit_log_over_http(web: httpx2.Client, serve: Serve, store: Database) -> None:
    here = serve(Door("sk-master"))
    own = bearer("sk-master")
    for name in ("a", "b", "c"):
        web.post(f"{here}/v1/anew/keys", json={"name": name}, headers=own)
    first = web.get(f"{here}/v1/anew/audit?limit=2", headers=own).json()
    rest = web.get(f"{here}/v1/anew/audit?after=2", headers=own).json()
    assert [row["seq"] for row in (*first["data"], *rest["data"])] == [1, 2, 3, 4]
    assert (first["has_more"], rest["has_more"]) == (True, False) and rest["data"][0]["key"] == "--api-key"
    verdict = web.get(f"{here}/v1/anew/audit/verify", headers=own).json()
    assert verdict["well"] and verdict["rows"] == 4 and verdict["digest"] == rest["data"][-1]["digest"]
    assert not web.get(f"{here}/v1/anew/audit/verify?holds=other", headers=own).json()["well"]
    assert web.get(f"{here}/v1/anew/audit?limit=0", headers=own).json()["error"]["param"] == "limit"


def test_a_key_asks_so_many_times_a_minute_and_no_more(web: httpx2.Client, serve: Serve, store: Database) -> None:
    here, few, free = serve(), made(store, requests_per_minute=40), made(store)

    def ask(_: int) -> httpx2.Response:
        return web.get(f"{here}/v1/models", headers=few)

    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(ask, range(96)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 56 and {answer.status_code for answer in answers} == {200, 429}
    for answer in refused:
        assert answer.json()["error"] | {"message": ""} == {
            "message": "", "type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"
        }  # fmt: skip
        assert 0 < int(answer.headers["retry-after"]) <= 60
    left = sorted(int(answer.headers["x-ratelimit-remaining-requests"]) for answer in answers)
    assert left == [0] * 56 + list(range(40))
    assert {answer.headers["x-ratelimit-limit-requests"] for answer in answers} == {"40"}
    assert all(0 < int(answer.headers["x-ratelimit-reset-requests"].removesuffix("s")) <= 60 for answer in answers)
    other = web.get(f"{here}/v1/models", headers=free)
    assert other.status_code == 200 and "x-ratelimit-limit-requests" not in other.headers


def spent(store: Database) -> int:
    with store.reading() as session:
        return sum(keys.spent_today(session).values())


@pytest.mark.parametrize("stream", [True, False])
def test_a_key_spends_so_many_tokens_a_day(web: httpx2.Client, store: Database, stream: bool) -> None:
    key = made(store, tokens_per_day=90)["authorization"].removeprefix("Bearer ")
    asked: dict[str, Any] = {"model": "decoder", "max_tokens": 10, "logit_bias": {"256": -100}, "n": 2}
    if stream:
        asked |= {"stream": True, "stream_options": {"include_usage": True}}

    def ask(here: str, what: str) -> int:
        """How many tokens it took."""
        client, hi = openai.OpenAI(base_url=f"{here}/v1", api_key=key), [{"role": "user", "content": "hi"}]
        if what == "chat":
            made: Any = client.chat.completions.create(**asked, messages=hi)
        else:
            made = client.completions.create(**asked, prompt="abc")
        usage = list(made)[-1].usage if stream else made.usage
        assert usage.completion_tokens == 20
        return int(usage.total_tokens)

    with contextmanager(served)(Pool(Two()), Door(), store) as here:
        used = ask(here, "completions") + ask(here, "chat")
    assert spent(store) == used < 90
    again = Database(str(store.engine.url))
    with contextmanager(served)(Pool(Two()), Door(), again) as here:  # a restart
        used += ask(here, "chat")
        with pytest.raises(openai.RateLimitError, match="90 tokens") as told:
            ask(here, "completions")
        assert told.value.code == "rate_limit_exceeded" and told.value.response.headers["x-should-retry"] == "false"
        assert 0 < int(told.value.response.headers["retry-after"]) <= 86_400
        assert web.get(f"{here}/v1/models", headers=bearer(key)).status_code == 200
    assert spent(store) == used >= 90


def test_vectors_and_prompts_that_are_only_read_are_counted_too(store: Database) -> None:
    key = made(store)["authorization"].removeprefix("Bearer ")
    with contextmanager(served)(Pool(Two()), Door(), store) as here:
        client = openai.OpenAI(base_url=f"{here}/v1", api_key=key)
        used = client.embeddings.create(model="decoder", input=["one", "two and"]).usage.total_tokens
        read = client.completions.create(model="decoder", prompt="abc", max_tokens=0, echo=True, logprobs=1).usage
        said = client.responses.create(model="decoder", input="hi", max_output_tokens=5).usage
    assert read is not None and said is not None and used >= 10
    assert spent(store) == used + read.total_tokens + said.total_tokens


def test_who_leaves_has_spent_what_was_written(web: httpx2.Client, serve: Serve, store: Database) -> None:
    here, key = serve(), made(store)
    asked = {"model": "decoder", "prompt": "a", "max_tokens": 500, "logit_bias": {"256": -100}, "stream": True, "n": 8}
    with web.stream("POST", f"{here}/v1/completions", json=asked, headers=key) as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data"))
        seen = [next(lines) for _ in range(20)]
    begun = time.monotonic()
    while not spent(store):
        assert time.monotonic() < begun + 2, "nothing was counted"
        time.sleep(0.02)
    assert len(seen) <= spent(store) < 4000


def test_no_secret_is_in_a_log_an_error_or_the_database(
    web: httpx2.Client,
    serve: Serve,
    store: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    master = "sk-master-of-a-length-that-is-found"
    here = serve(Door(master))
    made = web.post(f"{here}/v1/anew/keys", json={"name": "ann", "scopes": ["read", "admin"]}, headers=bearer(master))
    right = made.json()["key"]
    secret = right[-64:]
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    answers = [
        web.get(f"{here}/v1/anew/keys", headers=bearer(right)),
        web.get(f"{here}/v1/anew/audit", headers=bearer(right)),
        web.get(f"{here}/v1/models", headers=bearer(wrong)), web.get(f"{here}/v1/models", headers=bearer(secret)),
        web.get(f"{here}/v1/models", headers={"authorization": right}),
        web.post(f"{here}/v1/completions", json={"prompt": "a"}, headers=bearer(right)),
        web.post(f"{here}/v1/anew/keys", json={"name": f"\n{right}", "expires": master}, headers=bearer(right)),
        web.post(f"{here}/v1/anew/keys", content=b"{", headers=bearer(right) | {"content-type": "application/json"}),
    ]  # fmt: skip
    monkeypatch.setattr(Two, "listed", lambda self: 1 / 0)
    answers.append(web.get(f"{here}/v1/models", headers=bearer(right)))
    assert [answer.status_code for answer in answers] == [200, 200, 401, 401, 401, 403, 400, 400, 500]
    assert "ZeroDivisionError" in caplog.text and "/v1/models" in caplog.text
    files = list(tmp_path.glob("anew.db*"))
    assert len(files) >= 2 and any(b"key.created" in file.read_bytes() for file in files)
    for told in (secret, wrong[-63:], master):
        assert told not in caplog.text
        assert not [answer.url for answer in answers if told in answer.text or told in str(answer.headers)]
        assert not [file.name for file in files if told.encode() in file.read_bytes()]
