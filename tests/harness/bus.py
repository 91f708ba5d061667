"""What goes out on an event bus, as whoever subscribes to it gets it: a rule for the function's events, and a queue."""

from __future__ import annotations

import json
from typing import Any

from .emulator import ACCOUNT, Emulator
from .schemas import assert_described

NAME = "subscriber"
DEFAULT = "default"
SOURCE = "ringfence"
REQUEST = "Training Environment Request"


class Bus:
    """A subscriber to everything that the function sends, from its creation on. The bus is `made`, or made here."""

    def __init__(self, emulator: Emulator, name: str = DEFAULT, *, made: bool = False) -> None:
        self._name = name
        self._sqs = emulator.client("sqs")
        self._queue = self._sqs.create_queue(QueueName=f"{NAME}-{name}")["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        self._events = events = emulator.client("events")
        if name != DEFAULT and not made:
            events.create_event_bus(Name=name)
        events.put_rule(Name=NAME, EventBusName=name, EventPattern=json.dumps({"source": [SOURCE]}))
        events.put_targets(Rule=NAME, EventBusName=name, Targets=[{"Id": NAME, "Arn": asked["Attributes"]["QueueArn"]}])

    def events(self, detail_type: str | None = None) -> list[dict[str, Any]]:
        """The events that came since the last time, or those of a kind, whole: each can be given to a function."""
        found: list[dict[str, Any]] = []
        while messages := self._receive():
            for message in messages:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        for event in found:
            if event["detail-type"] == REQUEST:
                assert_described("request", event["detail"])
            else:
                assert_described("notification", {"account": ACCOUNT} | event)  # moto leaves it out.
        return [event for event in found if detail_type in (None, event["detail-type"])]

    def stop(self) -> None:
        """Subscribes no longer: nothing of it is left."""
        self._events.remove_targets(Rule=NAME, EventBusName=self._name, Ids=[NAME])
        self._events.delete_rule(Name=NAME, EventBusName=self._name)
        self._sqs.delete_queue(QueueUrl=self._queue)

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        return answer.get("Messages", [])
