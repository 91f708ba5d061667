
// All that the page shows it fetches, and writes as text: nothing that it is told becomes markup. The token stands in
// this module's memory alone.
const REFRESH = 15_000, PATIENCE = 30_000, SOON = 3_600_000, TOLD = 4_000;
const UNFINISHED = ["provisioning", "deleting"];
const base = location.pathname.replace(/\/?$/, "/");
const find = (selector) => document.querySelector(selector);

let token = "", pages = 1, round = 0, drawing = "", seen = "", telling = 0, waiting = 0;
let known = null; // The status of each environment by its name, once there was a list.

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const badge = (status) => element("span", { className: `status ${status}`, textContent: status });
const moment = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
const chosen = () => decodeURIComponent(location.hash.slice(1));
const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

/** Says something that is soon over, to ears as well. */
function tell(text) {
  clearTimeout(telling);
  find("#message").textContent = text;
  telling = setTimeout(() => { find("#message").textContent = ""; }, TOLD);
}

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function get(path) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const options = { headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE) };
  const answer = await fetch(base + path, options).catch((error) => {
    const late = error.name === "TimeoutError";
    throw new Refused(0, late ? "The API did not answer within 30 seconds." : "The API cannot be reached.");
  });
  if (answer.ok) return answer;
  throw new Refused(answer.status, await reason(answer));
}

async function reason(answer) {
  if (answer.status === 401) return token ? "The API does not take this token." : "The API asks for a bearer token.";
  if (answer.status === 403) {
    return "The API did not let this page in (403). It may want a token that admits to it; where it wants requests that "
      + "are signed with IAM, no page can ask it.";
  }
  const problem = await answer.json().catch(() => ({}));
  return `The API answered ${answer.status}${problem.detail ? `: ${problem.detail}` : "."}`;
}

/** Does what the user or the clock asked for, and says it where that is refused. */
async function attempt(action) {
  let problem = "";
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401 || error.status === 403) forget();
    problem = known ? `${error.message} Shown is what there was before.` : error.message;
  } finally {
    find("#problem").className = find("#access").hidden ? "bad" : "";
    if (find("#problem").textContent !== problem) find("#problem").textContent = problem;
    wait();
  }
}

/** Looks again in a while, where that is wanted, and anybody is looking. */
function wait() {
  clearTimeout(waiting);
  waiting = setTimeout(() => (isFollowing() ? attempt(update) : wait()), REFRESH);
}

const isFollowing = () => find("#follow").checked && !document.hidden && find("#access").hidden;

// The list

async function list(isLonger = false) {
  const mine = (round += 1);
  let found = [], next = "";
  for (let page = 0; page < pages && (page === 0 || next); page += 1) {
    const query = next ? `?next_token=${encodeURIComponent(next)}` : "";
    const answer = await (await get(`environments${query}`)).json();
    found = found.concat(answer.environments);
    next = answer.next_token || "";
    if (mine !== round) return;
  }
  const news = known && !isLonger ? changes(found, !next) : [];
  known = new Map(found.map((entry) => [entry.environment, entry.status]));
  showList(found, next);
  if (news.length) tell(news.length > 3 ? `${news.length} environments have changed.` : news.join(" "));
}

/** What differs from the list before, in sentences. Of a list that goes on it cannot be said what is gone. */
function changes(found, isWhole) {
  const names = new Set(found.map((entry) => entry.environment));
  const differ = found.filter((entry) => known.get(entry.environment) !== entry.status);
  const gone = isWhole ? [...known.keys()].filter((name) => !names.has(name)) : [];
  return [...differ.map((entry) => `${entry.environment} is ${entry.status}.`), ...gone.map((name) => `${name} is gone.`)];
}

function showList(found, next) {
  const tally = new Map();
  for (const { status } of found) tally.set(status, (tally.get(status) || 0) + 1);
  const parts = [...tally].sort(([one], [other]) => one.localeCompare(other)).map(([status, number]) => `${number} ${status}`);
  find("#summary").textContent = found.length
    ? `${count(found.length, "environment")}${next ? ", and there are more" : ""}: ${parts.join(", ")}`
    : "There is none yet. PUT /environments/{name} makes one.";
  const focused = document.activeElement?.closest("#list a")?.hash;
  find("#list").replaceChildren(...found.map(item));
  if (focused) [...find("#list").querySelectorAll("a")].find((link) => link.hash === focused)?.focus();
  find("#list").hidden = !found.length;
  find("#more").hidden = !next;
  find("#environments").hidden = find("#controls").hidden = false;
  find("#forget").hidden = !token;
  find("#access").hidden = true;
  find("#updated").textContent = `Seen at ${new Date().toLocaleTimeString()}`;
}

function item(entry) {
  const link = element("a", { href: `#${encodeURIComponent(entry.environment)}` },
    element("span", { className: "name", textContent: entry.environment }), " ", badge(entry.status), " ",
    timeLeft(entry.expires_at));
  if (entry.environment === chosen()) link.setAttribute("aria-current", "true");
  return element("li", {}, link);
}

function timeLeft(expires) {
  const milliseconds = Date.parse(expires) - Date.now(), minutes = Math.floor(milliseconds / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const left = [days && `${days} d`, hours && `${hours} h`, !days && `${minutes % 60} min`].filter(Boolean).join(" ");
  const text = !expires ? "" : milliseconds < 0 ? "has expired" : `${left} left`;
  return element("span", { className: milliseconds < SOON ? "faint soon" : "faint", textContent: text });
}

// One environment

/** Shows the environment that the address names, or none. */
async function show() {
  const name = chosen();
  for (const link of find("#list").querySelectorAll("a")) {
    if (link.hash === location.hash && name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  seen = "";
  find("#views").className = name ? "open" : "empty";
  find("#detail").hidden = !name;
  document.title = name ? `${name} · Ringfence` : "Ringfence";
  if (!name) return;
  find("#detail").replaceChildren(top(name), element("p", { className: "faint", textContent: "Looking at what AWS has…" }));
  find("#detail-title").focus();
  await look(name);
}

async function look(name) {
  const path = `environments/${encodeURIComponent(name)}`;
  try {
    const answer = await (await get(path)).json();
    if (name !== chosen()) return;
    const text = JSON.stringify(answer);
    if (text === seen) return;
    seen = text;
    showDetail(name, answer);
  } catch (error) {
    if (name !== chosen()) return;
    if (error.status !== 404) {
      if (!seen) find("#detail").replaceChildren(top(name));
      throw error;
    }
    find("#detail").replaceChildren(top(name), element("p", { textContent: `There is no environment ${name}, or not any more.` }));
    return;
  }
  const place = find("#diagram");
  await draw(`${path}/diagram.svg`, name, place).catch((error) => {
    place.replaceChildren(element("p", { className: "faint", textContent: `There is no diagram. ${error.message}` }));
  });
}

function top(name, status) {
  const close = element("button", { type: "button", id: "close", textContent: "Close" });
  close.addEventListener("click", leave);
  const title = element("h2", { id: "detail-title", tabIndex: -1, textContent: name });
  return element("div", { className: "top" }, element("div", {}, title, ...(status ? [badge(status)] : [])), close);
}

function showDetail(name, answer) {
  const parts = [top(name, answer.status)];
  // What fails for its checks names them all; they stand below, each with its reason.
  const proved = ["Exposed", "Unusable"].includes(answer.error?.kind) && answer.isolation;
  if (answer.error && !proved) {
    parts.push(element("p", { className: "error", textContent: `${answer.error.kind}: ${answer.error.message}` }));
  }
  parts.push(facts(answer), ...checks(answer.isolation), ...exported(answer.exports || {}));
  parts.push(element("div", { className: "beside" }, element("h3", { textContent: "Diagram" }), element("div", { id: "tools" })),
    element("div", { id: "diagram" }, element("p", { className: "faint", textContent: "It is being drawn…" })));
  const focused = document.activeElement?.closest("#detail [id]")?.id;
  const unfolded = find("#all-checks")?.open;
  find("#detail").replaceChildren(...parts);
  if (unfolded && find("#all-checks")) find("#all-checks").open = true;
  if (focused) document.getElementById(focused)?.focus();
}

function facts(answer) {
  const left = timeLeft(answer.expires_at);
  const expiry = answer.expires_at ? [moment(answer.expires_at), " (", left, ")"] : ["never"];
  const rows = [
    ["Requested", answer.requested_at ? [moment(answer.requested_at)] : []],
    ["Expires", expiry],
    ["Protected", answer.spec?.deletion_protection ? ["yes: neither a delete nor its expiry removes it"] : []],
    ["Waits for", answer.waiting_for?.length ? [answer.waiting_for.join("; ")] : []],
  ].filter(([, values]) => values.length);
  return element("dl", {}, ...rows.flatMap(([term, values]) =>
    [element("dt", { textContent: term }), element("dd", {}, ...values)]));
}

function checks(isolation) {
  if (!isolation) return [];
  const line = (check) => element("li", { className: check.holds ? "" : check.required ? "open" : "advice" },
    element("b", { textContent: check.check }), check.required ? "" : " (not required)",
    element("div", { textContent: check.because }));
  const required = isolation.checks.filter((check) => check.required);
  const open = required.filter((check) => !check.holds);
  const failing = [...open, ...isolation.checks.filter((check) => !check.required && !check.holds)];
  const verdict = open.length
    ? element("h3", { className: "unproved", textContent: `Not published: ${open.length} of ${required.length} required checks do not hold` })
    : element("h3", { textContent: `All ${required.length} required checks hold` });
  const summary = element("summary", { id: "all-checks-summary", textContent: `All ${isolation.checks.length} checks, with their reasons` });
  return [verdict, element("ul", { className: "checks", id: "failing" }, ...failing.map(line)),
    element("details", { id: "all-checks" }, summary, element("ul", { className: "checks" }, ...isolation.checks.map(line)))];
}

function exported(exports) {
  const entries = Object.entries(exports).map(([key, value]) => [key, [value].flat().join(",")]);
  if (!entries.length) return [];
  const rows = entries.map(([key, value]) => {
    const shown = element("dd", { className: "value", textContent: value });
    return element("div", {}, element("dt", { textContent: key }), shown, element("dd", {}, copier(key, value, shown)));
  });
  const all = element("dl", { className: "exports" }, ...rows);
  return [element("div", { className: "beside" }, element("h3", { textContent: "Exports" }),
    copier("all exports", JSON.stringify(exports, null, 2), all, "Copy all as JSON")), all];
}

function copier(what, value, shown, label = "Copy") {
  const copy = element("button", { type: "button", id: `copy-${what.replace(" ", "-")}`, textContent: label });
  if (label === "Copy") copy.setAttribute("aria-label", `Copy ${what}`);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value);
      tell(`Copied: ${what}.`);
    } catch {
      getSelection().selectAllChildren(shown);
      tell("The browser does not let this page copy. It is selected: copy it with the keyboard.");
    }
  });
  return copy;
}

async function draw(path, name, place) {
  const image = await (await get(path)).blob();
  if (name !== chosen() || !place.isConnected) return;
  URL.revokeObjectURL(drawing);
  drawing = URL.createObjectURL(image);
  const alt = `The network of ${name}, as AWS reports it. The checks say in words what it shows.`;
  const frame = element("div", { className: "picture", id: "picture", tabIndex: 0 }, element("img", { src: drawing, alt }));
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Diagram; it can be scrolled");
  const size = element("button", { type: "button", id: "size", textContent: "Full size" });
  size.setAttribute("aria-pressed", "false");
  size.addEventListener("click", () => size.setAttribute("aria-pressed", String(frame.classList.toggle("full"))));
  place.replaceChildren(frame);
  find("#tools").append(size, element("a", { id: "save", href: drawing, download: `${name}.svg`, textContent: "Save as SVG" }));
}

/** Closes what is open, and goes back to where it was opened. */
function leave() {
  const hash = location.hash;
  location.hash = "";
  [...find("#list").querySelectorAll("a")].find((link) => link.hash === hash)?.focus();
}

// What users and time bring about

/** Takes away all that the token gave access to. */
function forget() {
  token = "";
  known = null;
  pages = 1;
  round += 1;
  seen = "";
  URL.revokeObjectURL(drawing);
  find("#list").replaceChildren();
  find("#detail").replaceChildren();
  find("#updated").textContent = find("#message").textContent = "";
  find("#detail").hidden = find("#environments").hidden = find("#controls").hidden = true;
  find("#access").hidden = false;
  find("#token").focus();
}

/** Looks at all, and at the environment that is open where it may have changed: a look at one is many calls of AWS. */
async function update() {
  const name = chosen(), before = known?.get(name);
  await list();
  const now = known?.get(name);
  if (name && name === chosen() && (!seen || now !== before || UNFINISHED.includes(now))) await look(name);
}

async function load() {
  await list();
  await show();
}

find("#access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = find("#token").value.trim();
  find("#token").value = "";
  attempt(load);
});
find("#refresh").addEventListener("click", () => attempt(async () => {
  await list();
  if (chosen()) await look(chosen());
  tell("Up to date.");
}));
find("#forget").addEventListener("click", forget);
find("#more").addEventListener("click", () => attempt(async () => {
  const before = find("#list").children.length;
  pages += 1;
  await list(true);
  find("#list").children[before]?.firstChild.focus();
}));
addEventListener("hashchange", () => { if (find("#access").hidden) attempt(show); });
addEventListener("keydown", (event) => { if (event.key === "Escape" && chosen()) leave(); });
document.addEventListener("visibilitychange", () => { if (isFollowing()) attempt(update); });
attempt(load);
