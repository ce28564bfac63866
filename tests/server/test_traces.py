"""Spans of requests, by OpenTelemetry's own SDK: what was asked of which model, and never a text."""

from __future__ import annotations

import time

import openai
import pytest


def test_a_request_is_a_span_without_its_texts(client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    client.completions.create(model="decoder", prompt="a secret", max_tokens=5, logit_bias={"256": -100})
    until = time.monotonic() + 10  # a span ends behind the last byte of its answer
    while not any(span.attributes for span in kept.get_finished_spans()) and time.monotonic() < until:
        time.sleep(0.01)
    (span,) = [span for span in kept.get_finished_spans() if span.attributes]
    told = dict(span.attributes or {})
    assert span.name == "text_completion" and told["gen_ai.request.model"] == told["gen_ai.response.model"] == "decoder"
    assert told["gen_ai.usage.output_tokens"] == 5 and told["gen_ai.response.finish_reasons"] == ("length",)
    assert "secret" not in span.to_json()
