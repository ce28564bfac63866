"""The page for whoever comes with a browser: models where no key is needed, nothing else where one is."""

from __future__ import annotations

import httpx2


def test_a_page_tells_what_is_served_and_runs_nothing(address: str) -> None:
    page = httpx2.get(address)
    assert page.status_code == 200 and "<code>decoder</code>" in page.text and f"{address}/v1" in page.text
    assert "script-src" not in page.headers["content-security-policy"] and "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_page_behind_a_key_names_no_model(locked: str) -> None:
    page = httpx2.get(locked)
    assert page.status_code == 200 and "decoder" not in page.text and "A key is needed" in page.text
