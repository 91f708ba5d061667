"""All of it together: two emulators, the template deployed in one of them, and the ways to ask for something."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..account import Account
from ..bus import Bus
from ..calls import Call
from ..emulator import Emulator
from ..function import TABLE
from ..proxy import Proxy
from .checkpoint import Checkpoint
from .deployment import Deployment, left
from .process import Ministack, free_port
from .tokens import Tokens

STRICT = ("EC2", "IAM", "CLOUDWATCH_LOGS", "ROUTE53RESOLVER")
"""The services that are moto's, as the names of variables have them. Flow logs want their log groups beside them."""
FLOW_LOG_ROLE = "FlowLogRole"
"""The role of the stack that flow logs assume, which are moto's."""
STRICT_CLIENTS = ("ec2", "iam", "logs", "route53resolver")
COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
"""How many messages of a queue wait, and how many are being worked on."""
PATIENCE_SECONDS = 60.0
"""How long to wait for what ought to come within a few seconds, on a machine that is busy with something else."""
LOOK_SECONDS = 0.1

Found = TypeVar("Found")


def endpoints(general: str, strict: str) -> dict[str, str]:
    """The variables that the SDKs and tools of AWS know, for the one emulator and for the services of the other."""
    return {"AWS_ENDPOINT_URL": general, **{f"AWS_ENDPOINT_URL_{service}": strict for service in STRICT}}


@dataclass(frozen=True)
class Response:
    """What the HTTP API answered. The names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Cloud:
    """Up with its creation, gone after `stop` or the `with` block.

    `proxies` see the calls of the function: those to ministack, and those to the strict emulator.
    """

    def __init__(self, *, auth: bool = False, **parameters: str) -> None:
        self._started = ExitStack()
        try:
            self.emulator = self._started.enter_context(Emulator())
            port = free_port()
            self.near, self.strict = (self._started.enter_context(Proxy(each)) for each in (port, self.emulator.port))
            self.proxies = (self.near, self.strict)
            variables = endpoints(self.near.url, self.strict.url)
            self.ministack = self._started.enter_context(Ministack(port, variables, auth=auth))
            self.endpoints = endpoints(self.ministack.url, self.emulator.url)
            """Variables by which programs of AWS reach the emulators themselves, past the proxies."""
            self.tokens = Tokens(self.ministack)
            self.deployment = Deployment(self.ministack, {**self.tokens.parameters, **parameters})
            self.deployment.copy_role(FLOW_LOG_ROLE, self.emulator.client("iam"))
            self.outputs = self.deployment.outputs
            kept = self.ministack.client("iam").list_policies(Scope="Local")["Policies"]  # The boundary is among them.
            self.emulator.configure(policies_elsewhere=[each["Arn"] for each in kept])
            if auth:
                at = (self.ministack, self.emulator, self.strict, self.outputs["FunctionName"])
                self.checkpoint = self._started.enter_context(Checkpoint(*at))
            self.account = Account(self, TABLE)  # type: ignore[arg-type]
            self.bus = Bus(self.ministack, self.outputs["EventBusName"], made=True)  # type: ignore[arg-type]
        except BaseException:
            self._started.close()
            raise
        self._heard: list[dict[str, Any]] = []

    def client(self, service: str) -> Any:
        """A boto3 client that talks to the emulator whose the service is, past the proxies."""
        return (self.emulator if service in STRICT_CLIENTS else self.ministack).client(service)

    # Ways to ask

    def put_event(self, source: str, detail_type: str, detail: dict[str, Any]) -> None:
        """An event on the stack's bus, as any team may put it there."""
        entry = {
            "EventBusName": self.outputs["EventBusName"],
            "Source": source,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus did not take the event: {answer['Entries']}")

    def request(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Response:
        """A request to the HTTP API with a token, that of `tokens` unless another is given; "" for none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ministack.port, timeout=PATIENCE_SECONDS)
        headers = {"Host": urlsplit(self.outputs["ApiUrl"]).netloc, "Content-Type": "application/json"}
        token = self.tokens.token if token is None else token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def invoke(self, event: Any) -> tuple[bool, Any]:
        """Whether the function failed, and its payload: `aws lambda invoke`."""
        answer = self.client("lambda").invoke(FunctionName=self.outputs["FunctionName"], Payload=json.dumps(event))
        return "FunctionError" in answer, json.loads(answer["Payload"].read())

    def execute(self, machine: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """An execution of a state machine, by the name of its output, when it has ended; and its states in order."""
        states = self.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=self.outputs[machine], input=json.dumps(given))["executionArn"]

        def ended() -> dict[str, Any] | None:
            execution: dict[str, Any] = states.describe_execution(executionArn=arn)
            return None if execution["status"] == "RUNNING" else execution

        execution = self.until(ended, f"the end of {arn}")
        history = states.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        entered = [each["stateEnteredEventDetails"] for each in history if "stateEnteredEventDetails" in each]
        return execution, [each["name"] for each in entered]

    def fire(self, schedule: str) -> str:
        """Has a schedule of the stack fire at once: turned on, and set to this second, which is returned."""
        scheduler, group = self.client("scheduler"), self.deployment.resources()["Schedules"]
        kept = scheduler.get_schedule(GroupName=group, Name=schedule)
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        scheduler.update_schedule(
            GroupName=group,
            Name=schedule,
            State="ENABLED",
            ScheduleExpression=f"at({now})",
            FlexibleTimeWindow=kept["FlexibleTimeWindow"],
            Target=kept["Target"],
        )
        return now

    def clear(self) -> None:
        """Deletes what environments there are, so that a test that failed does not make the others fail."""
        _, listed = self.invoke({"action": "list"})
        for each in listed["environments"]:
            self.invoke({"action": "delete", "environment": each["environment"]})

    def forget(self) -> None:
        """Has both proxies count anew."""
        for proxy in self.proxies:
            proxy.forget()

    # What came of it

    def mutations(self) -> list[Call]:
        """The calls since then that changed anything but the function's own records."""
        return [call for proxy in self.proxies for call in proxy.mutations()]

    def heard(self, detail_type: str, environment: str) -> dict[str, Any]:
        """The detail of what the bus says of an environment, once it says so. Each event is returned once."""

        def announced() -> dict[str, Any] | None:
            self._heard += self.bus.events()
            for event in self._heard:
                if (event["detail-type"], event["detail"]["environment"]) == (detail_type, environment):
                    self._heard.remove(event)
                    return dict(event["detail"])
            return None

        return self.until(announced, f"the event {detail_type} of {environment}")

    def drained(self) -> None:
        """Waits until every request that is on the queue, or was taken from it, has been carried out."""

        def is_empty() -> bool | None:
            queue = self.outputs["RequestsUrl"]
            counts = self.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=COUNTS)["Attributes"]
            return not any(int(counts[name]) for name in COUNTS) or None

        self.until(is_empty, "the end of the requests on the queue")

    def logged(self) -> list[dict[str, Any]]:
        """The function's log, in the order in which it was written. The last line of an invocation may come late."""
        log = self.ministack.client("logs")  # Kept by who runs the function, not by who serves its calls.
        pages = log.get_paginator("filter_log_events").paginate(logGroupName=self.outputs["LogGroupName"])
        return [json.loads(each["message"]) for page in pages for each in page["events"] if each["message"][:1] == "{"]

    def leftovers(self) -> list[str]:
        """What there still is: of environments, and of the stack once it has been removed. AWS's own is not counted."""
        of_environments = [each for each in self.account.leftovers() if not each.startswith("parameters /aws/")]
        return of_environments + [f"{kind} {each}" for kind, name in left(self.ministack).items() for each in name]

    def until(self, look: Callable[[], Found | None], what: str) -> Found:
        """What `look` finds, as soon as it finds something."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            if (found := look()) is not None:
                return found
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"{what} did not come within {PATIENCE_SECONDS:.0f} s\n{self.ministack.log[-3000:]}")

    # Life

    def stop(self) -> None:
        self._started.close()

    def __enter__(self) -> Cloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
