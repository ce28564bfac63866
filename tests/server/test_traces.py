"""Spans of requests, by OpenTelemetry's own SDK: what was asked of which model, and never a text."""

from __future__ import annotations

import time

import openai
import pytest


def test_a_request_is_a_span_without_its_texts(client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    client.completions.create(model="decoder", prompt="a secret", max_tokens=5, logit_bias={"256": -100})

    def ours() -> list[ReadableSpan]:
        return [span for span in kept.get_finished_spans() if "gen_ai.operation.name" in (span.attributes or {})]

    until = time.monotonic() + 10  # a span ends behind the last byte of its answer
    while not ours() and time.monotonic() < until:
        time.sleep(0.01)
    (span,) = ours()
    told = dict(span.attributes or {})
    assert span.name == "text_completion" and told["gen_ai.request.model"] == told["gen_ai.response.model"] == "decoder"
    assert told["gen_ai.usage.output_tokens"] == 5 and told["gen_ai.response.finish_reasons"] == ("length",)
    assert "secret" not in span.to_json()
