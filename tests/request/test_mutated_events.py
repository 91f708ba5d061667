"""Whatever comes, the function answers or says what is wrong with it: never as its own fault, and it lives on."""

from __future__ import annotations

import json
from random import Random

from harness.function import Function
from harness.mutation import mutated
from harness.standing import Bench

EVENTS = 300
KNOWN = {"InvalidRequest", "NotFound", "Conflict", "Busy", "Protected", "Blocked", "QuotaExceeded"}
"""The error types that may come of a wrong event; AWS does nothing wrong here."""


def test_what_is_nearly_right_is_answered_or_refused(bench: Bench, seed: int) -> None:
    chance = Random(seed)
    refused = 0
    for _ in range(EVENTS):
        what, event = mutated(chance)
        answer = bench.function.invoke(event)
        if answer.failed:
            assert answer.error_type in KNOWN, (what, event, answer)
            assert len(answer.error_message or "") < 20_000, what
            refused += answer.error_type == "InvalidRequest"
        elif "statusCode" in answer.payload:
            assert answer.payload["statusCode"] < 500, (what, event, answer)
            refused += answer.payload["statusCode"] == 400
        else:
            assert answer.payload.keys() & {"status", "batchItemFailures", "environments", "svg"}, (what, answer)
    assert refused > EVENTS / 10, "hardly anything was wrong"
    assert bench.function.alive and "panicked" not in bench.function.errors


def test_what_means_two_things_is_refused(bench: Bench) -> None:
    for event in (
        b'{"action": "list", "action": "sweep"}',
        b'{"action": "delete", "environment": "fraud-v3", "environment": "other-v3"}',
        b'{"action": "\xff"}',
        b'{"action": "\\ud83d"}',
        b'{"action": "list", "limit": 1e999}',
    ):
        bench.assert_refused(event, unheard=True)


def test_what_would_fill_the_memory_is_refused(bench: Bench) -> None:
    """Six megabytes of small objects come to over half a gigabyte as values."""
    many = b'{"requestContext": {}, "Records": [' + b'{"":0},' * 850_000 + b"0]}"
    assert len(many) < 6 << 20
    with Function(bench.proxy.url) as function:
        answer = function.invoke(many)
        assert (answer.failed, answer.error_type) == (True, "InvalidRequest"), json.dumps(answer.payload)[:500]
        assert function.peak_memory_bytes is None or function.peak_memory_bytes < 128 << 20
