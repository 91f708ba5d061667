
"use strict";
const find = (selector) => document.querySelector(selector);
const base = location.pathname.replace(/\/?$/, "/");
const REFRESH = 15000;
let token = "", shown = "", drawing = "", pages = 1;

const element = (tag, text, className) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};

const say = (text) => { find("#message").textContent = text; };

async function get(path) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(base + path, { headers, cache: "no-store" });
  if (answer.ok) return answer;
  if (answer.status === 401 || answer.status === 403) throw new Error("The API wants another token, or signed requests.");
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail || `The API answered ${answer.status}.`);
}

function timeLeft(moment) {
  if (!moment) return "no end";
  const minutes = Math.floor((Date.parse(moment) - Date.now()) / 60000);
  if (minutes < 0) return "over";
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  return [days && `${days} d`, hours && `${hours} h`, !days && `${minutes % 60} min`].filter(Boolean).join(" ");
}

async function list() {
  let next = "";
  const found = [];
  for (let page = 0; page < pages; page += 1) {
    const query = next ? `?next_token=${encodeURIComponent(next)}` : "";
    const answer = await (await get(`environments${query}`)).json();
    found.push(...answer.environments);
    next = answer.next_token || "";
    if (!next) break;
  }
  find("#more").hidden = !next;
  const focused = document.activeElement?.dataset?.name;
  find("tbody").replaceChildren(...found.map(row));
  find("table").hidden = !found.length;
  if (focused) find(`tbody button[data-name="${CSS.escape(focused)}"]`)?.focus();
  say(found.length ? "" : "There is no environment.");
}

function row(entry) {
  const made = element("tr");
  const name = element("button", entry.environment);
  name.type = "button";
  name.dataset.name = entry.environment;
  name.addEventListener("click", () => open(entry.environment));
  const cell = element("td");
  cell.append(name);
  made.append(cell, element("td", entry.status, entry.status), element("td", timeLeft(entry.expires_at)));
  return made;
}

async function open(name) {
  shown = name;
  await attempt(() => detail(name));
  if (!find("#detail").hidden) find("#detail").focus();
}

async function detail(name) {
  const path = `environments/${encodeURIComponent(name)}`;
  const answer = await (await get(path)).json();
  if (name !== shown) return;
  const parts = [element("h2", name), element("p", answer.status, answer.status)];
  if (answer.error) parts.push(element("p", answer.error.message));
  const failing = (answer.isolation?.checks || []).filter((check) => !check.holds);
  if (failing.length) {
    const checks = element("ul");
    checks.append(...failing.map((check) =>
      element("li", `${check.check}${check.required ? "" : " (not required)"}: ${check.because}`)));
    parts.push(element("h3", "Checks that do not hold"), checks);
  }
  const exported = Object.entries(answer.exports || {});
  if (exported.length) {
    const values = element("dl");
    values.append(...exported.flatMap(([key, value]) => copyable(key, [value].flat().join(","))));
    parts.push(element("h3", "Exports"), values);
  }
  const picture = await draw(`${path}/diagram.svg`, name).catch(() => null);
  if (name !== shown) { return; }
  if (picture) parts.push(element("h3", "Diagram"), picture);
  find("#detail").replaceChildren(...parts);
  find("#detail").hidden = false;
}

function copyable(key, value) {
  const copy = element("button", "Copy");
  copy.type = "button";
  copy.setAttribute("aria-label", `Copy ${key}`);
  copy.addEventListener("click", () => attempt(async () => {
    await navigator.clipboard.writeText(value);
    say(`${key} is copied.`);
  }));
  return [element("dt", key), element("dd", value), copy];
}

async function draw(path, name) {
  const image = await (await get(path)).blob();
  URL.revokeObjectURL(drawing);
  drawing = URL.createObjectURL(image);
  const picture = element("img");
  picture.src = drawing;
  picture.alt = `The network of ${name}`;
  return picture;
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    say(error.message);
  }
}

find("#access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = find("#token").value.trim();
  attempt(list);
});
find("#more").addEventListener("click", () => { pages += 1; attempt(list); });
setInterval(() => { if (!document.hidden) attempt(list); }, REFRESH);
attempt(list);
