"""Traces, where OpenTelemetry is installed: a span for each request, with the attributes of its GenAI conventions
(https://opentelemetry.io/docs/specs/semconv/gen-ai/). Where spans go is set up outside: `opentelemetry-instrument anew
serve`. Prompts and texts are never among the attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

try:
    from opentelemetry import trace
except ModuleNotFoundError:  # the extra `traces`
    trace = None  # type: ignore[assignment]

SPAN: ContextVar[Any] = ContextVar("span", default=None)
OPERATIONS = {"/v1/chat/completions": "chat", "/v1/completions": "text_completion", "/v1/embeddings": "embeddings"}


@contextmanager
def spanned(scope: Any) -> Iterator[None]:
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # spans would go nowhere
        SPAN.set(None)
        yield
        return
    operation = OPERATIONS.get(scope["path"])
    attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
    if operation is not None:
        attributes |= {"gen_ai.operation.name": operation, "gen_ai.provider.name": "anew"}
    with trace.get_tracer("anew").start_as_current_span(
        operation or scope["path"], kind=trace.SpanKind.SERVER, attributes=attributes
    ) as span:
        SPAN.set(span)
        yield


def note(attributes: dict[str, Any]) -> None:
    """Say so of the present request: of its own span, not of those that FastAPI makes within it."""
    if (span := SPAN.get()) is not None:
        span.set_attributes(attributes)
