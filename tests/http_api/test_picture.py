"""`describe` with the view `svg` draws what AWS reports: red with its reason where a check does not hold."""

from __future__ import annotations

import itertools
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.asking import ask, describe, refusal
from harness.browser import THEMES, contrast, inside, look_at, overlap
from harness.by_hand import make_gateway, make_group, make_subnet, make_vpc, ssh_from
from harness.function import Function
from harness.requests import create
from harness.runtime import FunctionDied
from harness.standing import Bench, Standing

SVG = "{http://www.w3.org/2000/svg}"
DRAW = describe() | {"view": "svg"}
HOSTILE = "<script>alert('x')</script> & \"quoted\" ]]> \u202e 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"
MANY = (
    "s3 dynamodb ecr.api ecr.dkr logs sts ssm ssmmessages ec2messages sagemaker.api sagemaker.runtime kms "
    "secretsmanager monitoring events sqs sns lambda states athena glue elasticfilesystem"
).split()


class Picture:
    """A picture, read as XML."""

    def __init__(self, svg: str) -> None:
        self.svg = svg
        self.root = ElementTree.fromstring(svg)
        self.texts = [each.text or "" for each in self.root.iter(f"{SVG}text")]

    @property
    def cards(self) -> list[tuple[str, str]]:
        """Of each card the class of its box, and its title."""
        groups = [each for each in self.root.iter(f"{SVG}g") if each.get("class") == "card"]
        boxes = [box.get("class", "") for group in groups for box in group.findall(f"{SVG}rect")[:1]]
        return list(zip(boxes, [group.findtext(f"{SVG}title", "") for group in groups], strict=True))

    def card(self, part: str) -> tuple[str, str]:
        """The one card whose title's first lines have this in them: an ID."""
        found = [card for card in self.cards if part in card[1].split("\n")[1:2]]
        assert len(found) == 1, (part, self.cards)
        return found[0]


def drawn(bench: Bench, function: Function | None = None) -> Picture:
    """The picture, after a look at what it took."""
    bench.proxy.forget()
    answer = (function or bench.function).invoke(DRAW)
    assert not answer.failed, answer.error_message
    assert list(answer.payload) == ["svg"]
    assert bench.proxy.mutations(records=True) == []
    return Picture(answer.payload["svg"])


def expose(standing: Standing) -> dict[str, str]:
    """Opens it in several ways, with things whose names would break a careless picture."""
    ec2 = standing.account.ec2
    gateway = make_gateway(ec2, standing.vpc)
    table = standing.id("route_tables", "training-route-table")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    group = make_group(ec2, standing.vpc, "open to the world")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("0.0.0.0/0"))
    subnet = make_subnet(ec2, standing.vpc, "10.42.240.0/24", tags={"Name": HOSTILE})
    return {"gateway": gateway, "table": table, "group": group, "subnet": subnet}


def test_a_healthy_environment_is_drawn_whole_and_green(built: Standing) -> None:
    picture = drawn(built)
    assert {box for box, _ in picture.cards} == {"good-box", "plain-box"}
    for kind, label in [
        ("security_groups", "training-security-group"),
        ("security_groups", "services-security-group"),
        ("security_groups", "endpoints-security-group"),
        ("route_tables", "training-route-table"),
        ("network_acls", "services-network-acl"),
    ]:
        assert picture.card(built.id(kind, label))[0] == "good-box"
    for subnet in built.exports["training_subnet_ids"] + built.exports["services_subnet_ids"]:
        assert subnet in picture.texts
    for text in (built.vpc, "Isolated: all", "TCP 443, 8443", "10.8.0.0/16", "ecr.api", "s3", "no way out found"):
        assert any(text in each for each in picture.texts), text


def test_it_is_an_image_with_a_title_and_refers_to_nothing(built: Standing) -> None:
    picture = drawn(built)
    assert picture.root.get("role") == "img"
    assert "fraud-v3" in picture.root.findtext(f"{SVG}title", "")
    assert "From training to services: TCP 443, 8443." in picture.root.findtext(f"{SVG}desc", "")
    assert {each.tag.removeprefix(SVG) for each in picture.root.iter()}.isdisjoint({"script", "image", "use", "a"})
    assert re.findall(r"https?://[^\"\s]+", picture.svg) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in picture.svg and "@import" not in picture.svg


def test_what_somebody_opened_is_red_with_its_reason(standing: Standing) -> None:
    made = expose(standing)
    picture = drawn(standing)
    reasons = {"gateway": "no-gateway", "table": "no-route-out", "group": "no-open-group", "subnet": "not made by"}
    for what, reason in reasons.items():
        box, title = picture.card(made[what])
        assert box == "bad-box" and reason in title, (what, title)
    assert "exposed" in picture.texts
    assert any(text.startswith("Not isolated: ") for text in picture.texts)
    assert any(made["gateway"] in text and "is in" in text for text in picture.texts)
    services = standing.id("security_groups", "services-security-group")
    assert picture.card(services)[0] == "good-box"


def test_what_is_only_told_is_a_notice_in_a_green_picture(standing: Standing) -> None:
    ec2 = standing.account.ec2
    group = make_group(ec2, standing.vpc)
    theirs = make_vpc(ec2, "172.20.0.0/16")
    made = ec2.create_vpc_peering_connection(VpcId=theirs, PeerVpcId=standing.vpc)["VpcPeeringConnection"]
    picture = drawn(standing)
    told = {made["VpcPeeringConnectionId"]: "no-request-from-outside", group: "no-foreign-open-egress"}
    for what, check in told.items():
        box, title = picture.card(what)
        assert box == "notice-box" and check in title, (what, title)
        assert any(text.startswith(f"{check} is not required here, and does not hold") for text in picture.texts)
    assert "asked for from outside" in picture.texts
    assert any(text.startswith("Isolated: all") for text in picture.texts) and "no way in found" in picture.texts


def test_names_are_text_whatever_they_hold(standing: Standing) -> None:
    made = expose(standing)
    picture = drawn(standing)
    assert HOSTILE.replace("\u202e", "\ufffd") in picture.card(made["subnet"])[1]
    assert "<script" not in picture.svg


@pytest.mark.at_once("it is drawn the moment after it was made")
def test_what_is_half_made_is_drawn_as_far_as_it_stands(bench: Bench) -> None:
    with Function(bench.proxy.url) as victim:
        bench.proxy.hook("CreateSubnet", after=lambda call: victim.kill())
        with pytest.raises(FunctionDied):
            victim.invoke(create())
    picture = drawn(bench)
    assert "provisioning" in picture.texts
    assert bench.account.vpcs("fraud-v3")[0] in " ".join(picture.texts)


def test_what_is_not_there_is_not_found(bench: Bench) -> None:
    assert "fraud-v3" in refusal(bench.function, DRAW, "NotFound")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["healthy", "exposed"])
def test_a_browser_shows_every_text_where_it_can_be_read(standing: Standing, state: str, theme: str) -> None:
    if state == "exposed":
        expose(standing)
    assert_readable(drawn(standing), theme)


def test_a_browser_has_room_for_three_zones_and_many_endpoints(bench: Bench) -> None:
    sources = [f"10.{number}.0.0/16" for number in range(101, 114)]
    spec: dict[str, Any] = {
        "network": {"availability_zones": 3},
        "access": {"ssh_from": sources, "services_ports": list(range(9000, 9010))},
        "egress": {"endpoints": MANY},
    }
    ask(bench.function, create(**spec), deadline_seconds=120.0)
    picture = drawn(bench)
    assert set(MANY) <= set(picture.texts)
    assert_readable(picture, "light")


def assert_readable(picture: Picture, theme: str) -> None:
    """No text runs into another, out of its card or out of the picture, and each stands out from what is under it."""
    seen = look_at(picture.svg, theme)
    assert seen["dark"] == (theme == "dark")
    texts = seen["texts"]
    assert len(texts) == len(picture.texts)
    assert all(inside(each["box"], [0, 0, *seen["size"]]) for each in texts)
    assert [each for each in texts if each["card"] and not inside(each["box"], each["card"])] == []
    pairs = itertools.combinations(texts, 2)
    assert [(one["text"], two["text"]) for one, two in pairs if overlap(one["box"], two["box"])] == []
    assert [pair for pair in itertools.combinations(seen["cards"], 2) if overlap(*pair)] == []
    assert [each for each in texts if contrast(each["ink"], each["ground"]) < 4.5] == []
