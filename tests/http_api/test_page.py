"""The page at `GET /`, as a person meets it in a browser: what it shows, how it is used, what it keeps to itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.asking import ask
from harness.browser import THEMES, contrast, find_browser
from harness.by_hand import make_gateway, make_group, ssh_from
from harness.devtools import Browser, Page
from harness.front import Front
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, record_only

Open = Callable[..., Page]

TOKEN = "eyJhbGciOiJSUzI1NiJ9.only-in-memory"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> & \"quoted\" 'too'"
CLOCK = """
const wait = setTimeout, ask = fetch, times = {15000: %s, 4000: Infinity};
window.setTimeout = (done, time) => times[time] === Infinity ? 0 : wait(done, times[time] ?? time);
window.asked = 0;
window.fetch = (...what) => { window.asked += 1; return ask(...what); };
"""
PATIENT, HURRIED = CLOCK % "Infinity", CLOCK % "50"
"""Run before the page's own script: it looks again when it is told to, or at once; what it says stays."""
WIDTHS = {"phone": 360, "desk": 1280}

LISTED = "document.querySelector('#list a')"
SHOWN = "document.querySelector('#picture img')?.complete"
FOCUSED = "document.activeElement"
OUTLINE = f"getComputedStyle({FOCUSED})"

MEASURE = """
(() => {
  const ground = each => {
    const colour = getComputedStyle(each).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? ground(each.parentElement) : colour;
  };
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const each = texts.currentNode, parent = each.parentElement, range = document.createRange();
    range.selectNodeContents(each);
    const box = range.getBoundingClientRect();
    if (!each.data.trim() || !parent.checkVisibility() || !box.width) continue;
    found.push({text: each.data, ink: getComputedStyle(parent).color, ground: ground(parent),
      left: box.left, right: box.right});
  }
  return found;
})()
"""
KEPT = """
(async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state, window.name,
  document.documentElement.outerHTML, [...document.querySelectorAll("input")].map(each => each.value),
  await indexedDB.databases(), await caches.keys(), Object.keys(window).map(key => String(window[key])),
]))()
"""
"""Wherever a page can keep anything, but for the memory of its module."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def front(bench: Bench) -> Iterator[Front]:
    """In front of an account without environments."""
    with Front(bench.function) as front:
        yield front


@pytest.fixture
def built_front(built: Standing) -> Iterator[Front]:
    with Front(built.function) as front:
        yield front


@pytest.fixture
def look(browser: Browser) -> Iterator[Open]:
    """Opens a page at an address. Whatever it was made to do, nothing may stand in its console."""
    opened: list[Page] = []

    def look(url: str, until: str = LISTED, **options: Any) -> Page:
        page = browser.open(**{"prelude": PATIENT} | options)
        opened.append(page)
        page.go(url)
        page.wait(until)
        return page

    yield look
    for page in opened:
        complaints = [each for each in page.complaints() if not each.startswith("Failed to load resource")]
        page.close()
        assert complaints == []


def expose(standing: Standing) -> None:
    make_gateway(standing.account.ec2, standing.vpc)
    group = make_group(standing.account.ec2, standing.vpc, "open")
    standing.account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("0.0.0.0/0"))


def exports_of(page: Page) -> dict[str, str]:
    rows = "[...document.querySelectorAll('.exports > div')]"
    return dict(page.run(f"{rows}.map(row => [row.querySelector('dt').innerText, row.querySelector('dd').innerText])"))


# What it shows


def test_it_shows_an_environment_with_exports_and_diagram(built: Standing, built_front: Front, look: Open) -> None:
    page = look(built_front.url)
    assert page.text("#list") == "fraud-v3\nready"
    assert page.text("#summary") == "1 environment: 1 ready"
    page.run(f"{LISTED}.click()")
    page.wait(SHOWN)
    assert page.text("#detail-title") == NAME
    assert page.run("document.title") == f"{NAME} · Ringfence"
    listed = {name: ",".join(value) if isinstance(value, list) else value for name, value in built.exports.items()}
    assert exports_of(page) == listed
    assert page.run("document.querySelector('#picture img').naturalWidth") > 1000
    assert "All 26 required checks hold" in page.text("#detail")
    assert "permissions-boundary (not required)" in page.text("#failing")
    asked = [call.target for call in built_front.calls]
    assert asked == ["/", "/environments", f"/environments/{NAME}", f"/environments/{NAME}/diagram.svg"]
    own = (built_front.url, f"blob:{built_front.url}", "data:")
    assert [url for url in page.requested() if not url.startswith(own)] == []
    assert page.complaints() == []


def test_an_exposed_environment_says_which_checks_fail_and_why(standing: Standing, look: Open) -> None:
    expose(standing)
    with Front(standing.function) as front:
        page = look(f"{front.url}#{NAME}", SHOWN)
        assert "Not published: 3 of 26 required checks do not hold" in page.text("#detail")
        assert page.text("#failing").startswith("no-gateway\nigw-")
        assert page.run("document.querySelector('.exports')") is None
        assert page.text(".top .status") == "exposed"


def test_states_and_time_left(bench: Bench, front: Front, look: Open) -> None:
    now = time.time()
    for name, seconds in {"days": 90.5 * 3600, "hours": 5.5 * 3600, "soon": 0.7 * 3600, "for-ever": 0}.items():
        spec = SMALL | ({"expires_at": moment(now + seconds)} if seconds else {})
        record_only(bench.function, create(name, **spec) | {"requested_at": moment(now)})
    page = look(front.url)
    rows = page.run("[...document.querySelectorAll('#list a')].map(link => link.innerText.split('\\n'))")
    assert [(name, status) for name, status, *_ in rows] == [
        (name, "provisioning") for name in ("days", "for-ever", "hours", "soon")
    ]
    left = {name: rest for name, _, *rest in rows}
    assert (left["days"], left["for-ever"]) == (["3 d 18 h left"], [])
    assert left["hours"][0].startswith("5 h ")
    assert page.run("document.querySelectorAll('.soon').length") == 1
    page.run("location.hash = 'soon'")
    page.wait(SHOWN)
    assert "provisioning" in page.text("#detail .top") and "min left" in page.text("#detail dl")


def moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_a_failed_and_protected_environment(bench: Bench, front: Front, look: Open) -> None:
    failed = bench.function.invoke(create(deletion_protection=True, network={"availability_zones": ["us-east-1z"]}))
    assert failed.failed
    ask(bench.function, create(deletion_protection=True, **SMALL))
    front.alterations[f"/environments/{NAME}"] = lambda answer: (
        answer
        | {
            "status": "failed",
            "exports": {},
            "error": {"kind": "QuotaExceeded", "message": "raise the quota"},
        }
    )
    page = look(f"{front.url}#{NAME}", SHOWN)
    assert page.text(".error") == "QuotaExceeded: raise the quota"
    assert "Protected" in page.text("#detail dl")


def test_none_and_none_any_more(front: Front, look: Open) -> None:
    page = look(front.url, "document.querySelector('#summary').innerText")
    assert page.text("#summary") == "There is none yet. PUT /environments/{name} makes one."
    page.run("location.hash = 'other'")
    page.wait("document.querySelector('#detail p')?.innerText.includes('not any more')")


def test_sixty_come_in_pages(bench: Bench, front: Front, look: Open) -> None:
    record_only(bench.function, create("team-00", **SMALL))
    (item,) = bench.account.dynamodb.scan(TableName=bench.account.table, **ENVIRONMENTS)["Items"]
    for number in range(1, 60):
        item["name"] = {"S": f"team-{number:02}"}
        bench.account.dynamodb.put_item(TableName=bench.account.table, Item=item)
    page = look(front.url)
    assert page.text("#summary") == "50 environments, and there are more: 50 provisioning"
    page.run("document.querySelector('#more').focus()")
    page.press("Enter")
    page.wait("document.querySelectorAll('#list a').length === 60")
    assert page.text("#summary") == "60 environments: 60 provisioning"
    page.wait(f"{FOCUSED}.hash === '#team-50'")
    assert page.run("document.querySelector('#more').hidden")
    assert page.text("#message") == ""


ENVIRONMENTS: dict[str, Any] = {
    "FilterExpression": "kind = :kind",
    "ExpressionAttributeValues": {":kind": {"S": "environment"}},
}


def test_nothing_that_it_is_told_becomes_markup(built_front: Front, look: Open) -> None:
    def hostile(answer: dict[str, Any]) -> dict[str, Any]:
        checks = [check | {"because": HOSTILE, "holds": False} for check in answer["isolation"]["checks"]]
        error = {"kind": HOSTILE, "message": HOSTILE}
        exports = {HOSTILE: HOSTILE}
        return answer | {"isolation": {"isolated": False, "checks": checks}, "error": error, "exports": exports}

    built_front.alterations["/environments"] = lambda answer: (
        answer
        | {
            "environments": [each | {"environment": HOSTILE} for each in answer["environments"]]
            + answer["environments"]
        }
    )
    built_front.alterations[f"/environments/{NAME}"] = hostile
    page = look(f"{built_front.url}#{NAME}", SHOWN)
    assert HOSTILE in page.text("#list") and HOSTILE in page.text("#failing") and HOSTILE in page.text(".error")
    assert exports_of(page) == {HOSTILE: HOSTILE}
    assert page.run("document.querySelectorAll('img:not(#picture img), main script').length") == 0
    page.run(f"{LISTED}.click()")
    page.wait("document.querySelector('#problem').innerText")
    assert page.text("#detail-title") == HOSTILE
    assert page.run("document.querySelectorAll('img, main script').length") == 0
    assert [event for event, _ in page.events if "javascriptDialog" in event] == []


# How it is used


def test_it_works_with_the_keyboard_alone(built_front: Front, look: Open) -> None:
    page = look(built_front.url)
    assert walk(page, 3) == ["follow", "refresh", f"#{NAME}"]
    page.press("Enter")
    page.wait(f"{FOCUSED}.id === 'detail-title'")
    page.wait(SHOWN)
    assert walk(page, 4) == ["close", "all-checks-summary", "copy-all-exports", "copy-ai_training_instance_profile_arn"]
    page.press("Tab", shift=True)
    page.press("Tab", shift=True)
    page.press("Enter")
    page.wait("document.querySelector('#all-checks').open")
    page.press("Escape")
    page.wait(f"document.querySelector('#detail').hidden && {FOCUSED}.hash === '#{NAME}'")
    assert page.run("location.hash") == ""
    page.press("Enter")
    page.wait(f"{FOCUSED}.id === 'detail-title'")
    page.press("Tab")
    page.press(" ")
    page.wait(f"document.querySelector('#detail').hidden && {FOCUSED}.hash === '#{NAME}'")
    page.run("history.back()")
    page.wait(f"{FOCUSED}.id === 'detail-title'")


def walk(page: Page, steps: int) -> list[str]:
    """What the tabulator comes to: each must show that it has the focus."""
    found = []
    for _ in range(steps):
        page.press("Tab")
        style, width = page.run(f"{{let {{outlineStyle, outlineWidth}} = {OUTLINE}; [outlineStyle, outlineWidth]}}")
        assert (style, width) == ("solid", "2px"), page.run(f"{FOCUSED}.outerHTML")
        found.append(page.run(f"{FOCUSED}.id || {FOCUSED}.hash"))
    return found


def test_what_is_copied_is_on_the_clipboard_and_said(built: Standing, built_front: Front, look: Open) -> None:
    page = look(f"{built_front.url}#{NAME}", SHOWN)
    for permission in ("clipboard-read", "clipboard-write"):
        page.grant(permission, True)
    page.run("document.querySelector('#copy-vpc_id').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#message').innerText")
    assert page.text("#message") == "Copied: vpc_id."
    assert page.run("document.querySelector('#message').role") == "status"
    assert page.run("navigator.clipboard.readText()") == built.vpc
    page.run("document.querySelector('#copy-all-exports').click()")
    page.wait("document.querySelector('#message').innerText.includes('all')")
    assert json.loads(page.run("navigator.clipboard.readText()")) == built.exports
    names = page.run("[...document.querySelectorAll('.exports button')].map(each => each.ariaLabel)")
    assert names == [f"Copy {name}" for name in sorted(built.exports)]


def test_what_cannot_be_copied_is_selected(built: Standing, built_front: Front, look: Open) -> None:
    page = look(f"{built_front.url}#{NAME}", SHOWN)
    page.grant("clipboard-write", False)
    page.run("document.querySelector('#copy-vpc_id').click()")
    page.wait("document.querySelector('#message').innerText.includes('keyboard')")
    assert page.run("getSelection().toString()") == built.vpc


def test_it_looks_again_by_itself_and_says_what_changed(bench: Bench, front: Front, look: Open) -> None:
    ask(bench.function, create(**SMALL))
    page = look(front.url, prelude=HURRIED)
    ask(bench.function, delete(), "deleted")
    page.wait("document.querySelector('#list').hidden")
    assert page.text("#message") == f"{NAME} is gone."


def test_it_stops_looking_when_it_is_told_to(built_front: Front, look: Open) -> None:
    page = look(built_front.url, prelude=HURRIED)
    page.wait("asked > 3")
    before = page.run("document.querySelector('#follow').click(), asked")
    time.sleep(1)
    assert page.run("asked") == before
    page.run("document.querySelector('#refresh').click()")
    page.wait("document.querySelector('#message').innerText === 'Up to date.'")
    assert page.run("asked") == before + 1


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_text_can_be_read(standing: Standing, look: Open, width: int, theme: str) -> None:
    expose(standing)
    with Front(standing.function) as front:
        front.token = TOKEN
        page = look(f"{front.url}#{NAME}", "!document.querySelector('#access').hidden", width=width, theme=theme)
        assert page.run("matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")
        assert_readable(page, width)
        enter(page, TOKEN)
        page.wait(SHOWN)
        page.run("document.querySelector('#all-checks').open = true")
        assert_readable(page, width)
        front.refusal = (500, {"detail": "something " * 40})
        page.run("document.querySelector('#refresh').click()")
        page.wait("document.querySelector('#problem').innerText")
        assert_readable(page, width)
        front.refusal = None
        page.press("Escape")
        page.wait("document.querySelector('#detail').hidden")
        assert_readable(page, width)


def assert_readable(page: Page, width: int) -> None:
    """Each text stands out from what is under it, and none has to be scrolled to sideways."""
    texts = page.run(MEASURE)
    assert texts
    assert [each for each in texts if contrast(each["ink"], each["ground"]) < 4.5] == []
    assert [each for each in texts if each["left"] < 0 or each["right"] > width] == []
    assert page.run("document.documentElement.scrollWidth") == width


# What the API wants and refuses


def enter(page: Page, token: str) -> None:
    page.run("document.querySelector('#token').focus()")
    page.write(token)
    page.press("Enter")


def test_a_token_is_asked_for_and_kept_in_memory_alone(built_front: Front, look: Open) -> None:
    built_front.token = TOKEN
    page = look(f"{built_front.url}#{NAME}", "!document.querySelector('#access').hidden")
    assert page.text("#problem") == "The API asks for a bearer token."
    page.wait(f"{FOCUSED}.id === 'token'")
    enter(page, "another")
    page.wait("document.querySelector('#problem').innerText === 'The API does not take this token.'")
    enter(page, TOKEN)
    page.wait(SHOWN)
    assert page.text("#problem") == ""
    assert TOKEN not in page.run(KEPT)
    assert [call.target for call in built_front.calls if TOKEN in call.target] == []
    page.reload()
    page.wait("!document.querySelector('#access').hidden")
    assert TOKEN not in page.run(KEPT)


def test_what_a_token_gave_access_to_goes_with_it(built: Standing, built_front: Front, look: Open) -> None:
    built_front.token = TOKEN
    page = look(f"{built_front.url}#{NAME}", "!document.querySelector('#access').hidden")
    enter(page, TOKEN)
    page.wait(SHOWN)
    assert built.vpc in page.run(KEPT)
    built_front.token = "renewed"
    page.run("document.querySelector('#refresh').click()")
    page.wait("!document.querySelector('#access').hidden")
    assert built.vpc not in page.run(KEPT)
    enter(page, "renewed")
    page.wait(SHOWN)
    page.run("document.querySelector('#forget').click()")
    page.wait("!document.querySelector('#access').hidden")
    assert built.vpc not in page.run(KEPT)
    assert page.text("#problem") == ""


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, {"message": "Forbidden"}, "signed with IAM"),
        (429, {"detail": "AWS throttles; send it again"}, "The API answered 429: AWS throttles; send it again"),
        (500, {"message": "Internal Server Error"}, "The API answered 500."),
        (503, "no object", "The API answered 503."),
    ],
)
def test_what_the_api_refuses_is_said(front: Front, look: Open, status: int, body: Any, said: str) -> None:
    front.refusal = (status, body)
    page = look(front.url, "document.querySelector('#problem').innerText")
    assert said in page.text("#problem")
    assert page.run("document.querySelector('#problem').role") == "alert"
    assert page.run("document.querySelector('#access').hidden") == (status != 403)


def test_an_api_that_is_out_of_reach_is_said(built: Standing, look: Open) -> None:
    with Front(built.function) as front:
        page = look(front.url)
        page.cut_off(True)
        page.run("document.querySelector('#refresh').click()")
        page.wait("document.querySelector('#problem').innerText")
        assert page.text("#problem") == "The API cannot be reached. Shown is what there was before."
        assert NAME in page.text("#list")
        page.cut_off(False)
        page.run("document.querySelector('#refresh').click()")
        page.wait("!document.querySelector('#problem').innerText")


def test_an_api_in_a_stage(built: Standing, look: Open) -> None:
    with Front(built.function, stage="prod") as front:
        page = look(f"{front.url}#{NAME}", SHOWN)
        assert exports_of(page)["vpc_id"] == built.vpc
        assert {call.target.split("/")[1] for call in front.calls} == {"prod"}


def test_ci_has_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError, match="chromium"):
        find_browser()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="chromium"):
        find_browser()
