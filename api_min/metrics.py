"""Prometheus metrics of the API: of one application, in its registry; of several workers, through files.

Labels are few and known beforehand: routes are templates, criteria are names of ours. No learner, quiz or
tenant is one.
"""

from __future__ import annotations

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SELECTION_SECONDS = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
_CACHE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05)
Sizes = tuple[int, int]
_BREAKER = {"closed": 0, "half-open": 1, "open": 2}


class ApiMetrics:
    """What an application did; `registry` is what is scraped where it is the process's only one."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = CollectorRegistry() if registry is None else registry

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=self.registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, text, labels, registry=self.registry, buckets=buckets)

        def gauge(name: str, text: str, mode: Literal["livesum", "livemax"], *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=self.registry, multiprocess_mode=mode)

        self._requests = counter("qbank_api_requests", "Requests answered", "method", "route", "status")
        self._seconds = histogram(
            "qbank_api_request_seconds", "Seconds from request to answer", _SECONDS, "method", "route"
        )
        self._under_way = gauge("qbank_api_requests_under_way", "Requests not yet answered", "livesum")
        self._decisions = counter("qbank_api_decisions", "Items chosen", "criterion")
        self._selection = histogram(
            "qbank_api_selection_seconds", "Seconds of the choice of an item", _SELECTION_SECONDS
        )
        self._banks = gauge("qbank_api_banks", "Banks in memory, in all workers", "livesum", "kind")
        self._bank_asked = counter("qbank_api_bank_requests", "Banks asked for", "outcome")
        self._bank_loading = histogram("qbank_api_bank_load_seconds", "Seconds of loading a bank", _SECONDS)
        self._cache = counter(
            "qbank_api_cache_requests", "Calls of the cache of open quizzes", "call", "outcome"
        )
        self._cache_seconds = histogram(
            "qbank_api_cache_seconds", "Seconds that a call of the cache took", _CACHE_SECONDS, "call"
        )
        self._breaker = gauge(
            "qbank_api_cache_breaker", "0: the cache is asked, 1: one probes, 2: it is left alone", "livemax"
        )

    def began(self) -> None:
        """Count a request that came in."""
        self._under_way.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._under_way.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def decided(self, criterion: str, seconds: float) -> None:
        """Count a choice of an item."""
        self._decisions.labels(criterion).inc()
        self._selection.observe(seconds)

    def bank_kept(self) -> None:
        """Count a bank that was in memory."""
        self._bank_asked.labels("kept").inc()

    def bank_loaded(self, outcome: Literal["loaded", "restored"], seconds: float, sizes: Sizes) -> None:
        """Count a bank that was read, from the tables or from its snapshot."""
        self._bank_asked.labels(outcome).inc()
        self._bank_loading.observe(seconds)
        self.banks_are(sizes)

    def banks_are(self, sizes: Sizes) -> None:
        """Show how many current banks are in memory, and how many that open quizzes are pinned to."""
        for kind, size in zip(("current", "pinned"), sizes, strict=True):
            self._banks.labels(kind).set(size)

    def cache_called(self, call: str, outcome: str, seconds: float | None = None) -> None:
        """Count a call of the cache: hit, miss, done, failed, or left out where the breaker was open."""
        self._cache.labels(call, outcome).inc()
        if seconds is not None:
            self._cache_seconds.labels(call).observe(seconds)

    def breaker_is(self, state: str) -> None:
        """Show the state of the cache's breaker."""
        self._breaker.set(_BREAKER[state])
