"""The proxy sees every call, and each way of going wrong does what its name says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from harness.by_hand import make_vpc
from harness.calls import Call, chain
from harness.emulator import Emulator
from harness.faults import Fault
from harness.proxy import Proxy
from harness.wire import Message

pytestmark = pytest.mark.at_once("what the proxy adds is looked at here, and nothing of the emulator's own")

CODES = {"ec2": "RequestLimitExceeded", "iam": "Throttling", "ssm": "ThrottlingException"}
READS: dict[str, Callable[[Any], Any]] = {
    "ec2": lambda client: client.describe_vpcs(),
    "iam": lambda client: client.list_roles(),
    "ssm": lambda client: client.describe_parameters(),
    "dynamodb": lambda client: client.list_tables(),
}


@pytest.fixture
def ec2(proxy: Proxy) -> Any:
    """EC2 through the proxy."""
    return proxy.client("ec2")


def vpcs(client: Any) -> set[str]:
    return {vpc["VpcId"] for vpc in client.describe_vpcs()["Vpcs"]}


def test_the_log_says_what_was_called_and_what_came_of_it(proxy: Proxy, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    group = ec2.create_security_group(VpcId=vpc, GroupName="a", Description="a")["GroupId"]
    proxy.client("ssm").put_parameter(Name="/a", Value=vpc, Type="String")
    proxy.client("dynamodb").list_tables()
    seen = [(call.number, call.service, call.action, call.status, call.mutating) for call in proxy.calls()]
    assert seen == [
        (1, "ec2", "CreateVpc", 200, True),
        (2, "ec2", "CreateSecurityGroup", 200, True),
        (3, "ssm", "PutParameter", 200, True),
        (4, "dynamodb", "ListTables", 200, False),
    ]
    assert [call.created for call in proxy.calls()[:2]] == [[vpc], [group]]
    assert proxy.calls("PutParameter")[0].parameters["Value"] == vpc
    assert len(proxy.mutations()) == 3
    assert proxy.depth() == 4
    proxy.forget()
    assert proxy.calls() == []


def test_the_chain_counts_calls_that_waited_for_each_other() -> None:
    request = Message(b"POST / HTTP/1.1\r\n\r\n", b"")
    times = [(0.0, 1.0), (0.1, 0.9), (1.1, 2.0), (1.2, 1.9), (2.1, 3.0)]
    calls = [Call(1, "ec2", "us-east-1", "DescribeVpcs", request, start, end) for start, end in times]
    assert len(chain(calls)) == 3


@pytest.mark.parametrize("service", READS)
def test_a_throttle_is_worded_as_the_service_words_it(proxy: Proxy, service: str) -> None:
    proxy.inject(Fault.THROTTLE)
    client = proxy.client(service)
    with pytest.raises(ClientError) as caught:
        READS[service](client)
    expected = CODES.get(service, "ProvisionedThroughputExceededException")
    assert caught.value.response["Error"]["Code"] == expected
    READS[service](client)


@pytest.mark.parametrize("fault", Fault)
def test_faults_come_before_or_after_the_effect(proxy: Proxy, emulator: Emulator, ec2: Any, fault: Fault) -> None:
    before = vpcs(emulator.client("ec2"))
    rule = proxy.inject(fault, "CreateVpc", nth=2)
    first = make_vpc(ec2)
    with pytest.raises((ClientError, HTTPClientError)):
        make_vpc(ec2, "10.1.0.0/16")
    made = vpcs(emulator.client("ec2")) - before - {first}
    assert len(made) == (1 if fault.takes_effect else 0)
    assert [call.fault for call in rule.fired] == [fault.value]
    make_vpc(ec2, "10.2.0.0/16")


def test_an_sdk_that_retries_doubles_a_vpc(proxy: Proxy, emulator: Emulator) -> None:
    """What the function must not let its SDK do."""
    before = vpcs(emulator.client("ec2"))
    proxy.inject(Fault.ERROR_AFTER, "CreateVpc")
    make_vpc(proxy.client("ec2", attempts=3))
    assert len(vpcs(emulator.client("ec2")) - before) == 2


def test_hooks_run_before_and_after_the_effect_and_hold_up_their_own_call_only(
    proxy: Proxy, emulator: Emulator, ec2: Any
) -> None:
    seen: list[int] = []
    held, release = threading.Event(), threading.Event()

    def count(_: Call) -> None:
        seen.append(len(vpcs(emulator.client("ec2"))))

    def hold(_: Call) -> None:
        held.set()
        release.wait(5)

    proxy.hook("CreateVpc", before=count, after=count)
    proxy.hook("CreateSubnet", before=hold)
    vpc = make_vpc(ec2)
    assert seen == [1, 2]
    waiting = threading.Thread(target=lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24"))
    waiting.start()
    assert held.wait(5)
    assert vpc in vpcs(ec2)
    release.set()
    waiting.join()
    proxy.settle()
    assert [call.action for call in proxy.calls()] == ["CreateVpc", "CreateSubnet", "DescribeVpcs"]


def test_an_answer_can_be_withheld(proxy: Proxy, emulator: Emulator, ec2: Any) -> None:
    proxy.hook(where=lambda call: call.mutating, nth=1, withhold=True, after=lambda call: None)
    with pytest.raises(HTTPClientError):
        make_vpc(ec2)
    assert len(vpcs(emulator.client("ec2"))) == 2


def test_fresh_resources_are_unseen_for_a_while(proxy: Proxy, ec2: Any) -> None:
    proxy.lag(0.4)
    vpc = make_vpc(ec2)
    assert vpc not in vpcs(ec2)
    calls: list[Callable[[], object]] = [
        lambda: ec2.describe_vpcs(VpcIds=[vpc]),
        lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24"),
    ]
    for call in calls:
        with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
            call()
    time.sleep(0.4)
    assert vpc in vpcs(ec2)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    assert subnet not in str(ec2.describe_subnets())


def test_a_stale_read_shows_the_account_as_it_was(proxy: Proxy, emulator: Emulator, ec2: Any) -> None:
    emulator.configure(history_seconds=60)
    vpc = make_vpc(ec2)
    group = ec2.create_security_group(VpcId=vpc, GroupName="a", Description="a")["GroupId"]
    time.sleep(0.2)
    everything = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    proxy.stale(0.1, "DescribeSecurityGroups", nth=2)
    reads = [
        ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] for _ in range(3)
    ]
    assert reads == [[], everything, []]
    proxy.stale(30, times=None)
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.describe_security_groups(GroupIds=[group])
    proxy.reset()
    assert vpc in vpcs(ec2)


def test_a_bucket_runs_dry_and_fills_again(proxy: Proxy, ec2: Any) -> None:
    proxy.throttle(["DescribeVpcs", "DescribeSubnets"], capacity=2, refill_per_second=20)
    ec2.describe_vpcs()
    ec2.describe_subnets()
    with pytest.raises(ClientError, match="RequestLimitExceeded"):
        ec2.describe_vpcs()
    time.sleep(0.06)
    ec2.describe_vpcs()


def test_a_delay_is_added_to_every_call(proxy: Proxy, ec2: Any) -> None:
    proxy.delay(0.1)
    began = time.monotonic()
    ec2.describe_vpcs()
    assert time.monotonic() - began >= 0.1
    assert proxy.calls()[0].end - proxy.calls()[0].start >= 0.1


def test_at_a_pace_calls_take_so_long_in_all(proxy: Proxy, ec2: Any) -> None:
    proxy.pace(0.3)
    proxy.hook(before=lambda call: time.sleep(0.2), times=None)
    ec2.describe_vpcs()
    (call,) = proxy.calls()
    assert 0.3 <= call.end - call.start < 0.5


def test_in_step_the_chain_is_as_long_as_calls_wait_for_each_other(proxy: Proxy, ec2: Any) -> None:
    proxy.in_step(0.1)

    def ask(times: int) -> None:
        for _ in range(times):
            ec2.describe_vpcs()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, [1, 2, 3, 3, 3, 3, 3, 3]))
    proxy.settle()
    assert len(proxy.calls()) == 21
    assert proxy.depth() == 3


def test_listeners_hear_of_calls_as_they_end(proxy: Proxy, ec2: Any) -> None:
    heard: list[str] = []
    proxy.on_call(lambda call: heard.append(f"{call.action} {call.status}"))
    ec2.describe_vpcs()
    assert heard == ["DescribeVpcs 200"]
