"""The server's figures, as Prometheus reads them; where vLLM has a figure of the same meaning it has vLLM's name
(https://docs.vllm.ai/en/latest/usage/metrics.html).

In: what requests report. Out: a text of samples. Each app counts for itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from anew.engine.pool import Pool
from anew.server.admission import Admission
from anew.server.traces import note

FIRST = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
BETWEEN = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)
WHOLE = (0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)


class Metrics:
    def __init__(self, pool: Pool, admission: Admission) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(Now(pool, admission))
        of, here = ["model_name"], self.registry
        self.prompt = Counter("vllm:prompt_tokens", "Tokens of prompts.", of, registry=here)
        self.cached = Counter("vllm:prompt_tokens_cached", "Those that had been read before.", of, registry=here)
        self.written = Counter("vllm:generation_tokens", "Tokens that were written.", of, registry=here)
        self.success = Counter(
            "vllm:request_success", "Texts that came to an end.", [*of, "finished_reason"], registry=here
        )
        self.first = Histogram(
            "vllm:time_to_first_token_seconds", "From the request to its first token.", of, buckets=FIRST, registry=here
        )
        self.between = Histogram(
            "vllm:inter_token_latency_seconds", "Between two tokens of a text.", of, buckets=BETWEEN, registry=here
        )
        self.whole = Histogram(
            "vllm:e2e_request_latency_seconds", "From the request to its last token.", of, buckets=WHOLE, registry=here
        )
        self.answers = Counter("anew_http_responses", "Answers, by status.", ["method", "status"], registry=here)


class Now(Collector):
    """What is so at the moment of asking."""

    def __init__(self, pool: Pool, admission: Admission) -> None:
        self.pool, self.admission = pool, admission

    def collect(self) -> Iterator[Metric]:
        running = GaugeMetricFamily("vllm:num_requests_running", "Texts that are under way.", labels=["model_name"])
        waiting = GaugeMetricFamily("vllm:num_requests_waiting", "Texts that wait.", labels=["model_name"])
        taken = GaugeMetricFamily("anew_model_bytes", "Memory that an open model takes.", labels=["model_name"])
        for served in self.pool.open_now().values():
            waits, runs = served.counts
            waiting.add_metric([served.name], waits)
            running.add_metric([served.name], runs)
            taken.add_metric([served.name], served.nbytes)
        sequences = self.pool.sequences
        yield from (running, waiting, taken)
        yield GaugeMetricFamily(
            "vllm:kv_cache_usage_perc", "Share of the memory for sequences that is promised.",
            value=sequences.used / max(1, sequences.total),
        )  # fmt: skip
        yield GaugeMetricFamily("anew_requests_admitted", "Requests in the queue or under way.",
                                value=self.admission.under_way)  # fmt: skip
        yield GaugeMetricFamily("anew_queue_bound", "How many may be.", value=self.admission.bound)
        refused = GaugeMetricFamily("anew_requests_refused_total", "Requests that found the queue full.")
        refused.add_metric([], self.admission.refused)
        yield refused


class Timing:
    """One request's times and tokens, told to `metrics` and to its trace."""

    def __init__(self, metrics: Metrics | None, model: str, prompt: int) -> None:
        self.metrics, self.model, self.prompt = metrics, model, prompt
        self.begun = time.monotonic()
        self.last, self.tokens = 0.0, 0

    def grew(self, tokens: int) -> None:
        """Its texts have so many tokens by now."""
        if self.metrics is None or tokens <= self.tokens:
            return
        now = time.monotonic()
        if self.last:
            self.metrics.between.labels(self.model).observe((now - self.last) / (tokens - self.tokens))
        else:
            self.metrics.first.labels(self.model).observe(now - self.begun)
        self.last, self.tokens = now, tokens

    def ended(self, cached: int, reasons: list[str]) -> None:
        """`reasons`: why each of its texts ended; none where it was given up."""
        note({
            "gen_ai.usage.input_tokens": self.prompt, "gen_ai.usage.output_tokens": self.tokens,
            "gen_ai.response.finish_reasons": reasons, "gen_ai.response.model": self.model,
        })  # fmt: skip
        if self.metrics is None:
            return
        of = self.model
        self.metrics.prompt.labels(of).inc(self.prompt)
        self.metrics.cached.labels(of).inc(cached)
        self.metrics.written.labels(of).inc(self.tokens)
        if reasons:
            self.metrics.whole.labels(of).observe(time.monotonic() - self.begun)
        for reason in reasons:
            self.metrics.success.labels(of, reason).inc()
