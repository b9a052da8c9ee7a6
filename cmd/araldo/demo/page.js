// The demo's page: talk over one WebSocket endpoint, the picture of the routes over a second one.
import { connect } from "./araldo.js";

const $ = (id) => document.getElementById(id);
const shown = 200; // messages in the list

const hub = connect("/ws");
const accounts = connect("/accounts", { silence: 5000 });

// --- the light

hub.watch((state) => {
  $("light").dataset.state = state;
  $("light-text").textContent = { open: "connected" }[state] ?? state;
  document.title = state === "open" ? "araldo demo" : `${state} – araldo demo`;
  showWaiting();
});

accounts.watch((state) => {
  $("routes").classList.toggle("stale", state !== "open");
  $("stale").hidden = state !== "reconnecting";
  if (state === "open") showLines(); // another hub may mean other lines
});

// --- talk

const birds = ["Auk", "Crane", "Finch", "Heron", "Jay", "Kite", "Lark", "Magpie", "Owl", "Plover", "Robin", "Swift", "Tern", "Wren"];
const me = `${birds[Math.floor(Math.random() * birds.length)]} ${Math.floor(10 + Math.random() * 90)}`;
$("me").textContent = me;

hub.subscribe((value, data) => {
  if (typeof value?.from === "string" && typeof value?.text === "string") {
    showMessage(value.from, value.text, value.from === me ? "mine" : "tab");
  } else if (typeof data === "string") {
    showMessage("Redis", data, "redis");
  } else {
    showMessage("Redis", `${data.byteLength} bytes`, "redis");
  }
});

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = $("text");
  if (!field.value.trim()) return;
  if (hub.send({ from: me, text: field.value })) field.value = "";
  showWaiting();
  field.focus();
});

function showWaiting() {
  const n = hub.waiting;
  $("note").textContent = n === 0 ? "" : `${n} ${n === 1 ? "message waits" : "messages wait"} for the connection.`;
}

function showMessage(from, text, kind) {
  const list = $("messages");
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const now = new Date();
  const time = element("time", "", now.toLocaleTimeString());
  time.dateTime = now.toISOString();
  const item = element("li", kind);
  item.append(element("b", "", kind === "mine" ? `${from} (you)` : from), time, element("p", "", text));
  list.append(item);
  while (list.children.length > shown) list.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// --- the picture of the routes

const rows = new Map(); // "inbound outlet" -> the elements of its row
const still = matchMedia("(prefers-reduced-motion: reduce)");

accounts.subscribe((report) => {
  const endpoints = new Map(report.endpoints.map((e) => [e.name, e]));
  const seen = new Set();
  for (const route of report.routes) {
    for (const outlet of route.outlets) {
      const key = `${route.inbound} ${outlet.name}`;
      seen.add(key);
      showRow(rowFor(key, route, outlet), endpoints, route, outlet);
    }
  }
  for (const [key, row] of rows) {
    if (seen.has(key)) continue;
    row.item.remove();
    rows.delete(key);
  }
});

function rowFor(key, route, outlet) {
  let row = rows.get(key);
  if (row) return row;
  row = { item: element("li", "route"), from: end(route.inbound), to: end(outlet.to), way: element("div", "way") };
  row.delivered = element("b", "delivered", "0");
  row.dot = element("span", "dot");
  const line = element("div", "line");
  line.setAttribute("aria-hidden", "true");
  line.append(row.dot);
  const figure = element("p", "figure");
  figure.append(row.delivered, " delivered");
  row.rest = element("p", "rest");
  row.way.append(figure, line, row.rest);
  const arrow = element("span", "unseen", `from ${route.inbound} to ${outlet.to}:`);
  row.item.append(row.from.box, arrow, row.way, row.to.box);
  row.item.dataset.route = route.inbound;
  row.item.dataset.outlet = outlet.name;
  $("routes").append(row.item);
  rows.set(key, row);
  return row;
}

function end(name) {
  const box = element("div", "end");
  const state = element("span", "state");
  const detail = element("small");
  box.append(element("b", "", name), state, detail);
  return { box, state, detail };
}

function showRow(row, endpoints, route, outlet) {
  showEnd(row.from, endpoints.get(route.inbound));
  showEnd(row.to, endpoints.get(outlet.to));
  const a = outlet.account;
  const before = Number(row.item.dataset.delivered ?? a.delivered);
  const dropped = Object.entries(a.dropped);
  // Nobody at the other end is no fault: only what was lost on the way is shown as one.
  const lost = dropped.filter(([reason]) => reason !== "no-recipient");
  row.item.dataset.in = a.in;
  row.item.dataset.delivered = a.delivered;
  row.delivered.textContent = a.delivered.toLocaleString();
  const words = dropped.map(([reason, n]) => `${n.toLocaleString()} ${reason === "no-recipient" ? "with nobody there" : reason}`);
  const waits = a.queued + a["in-flight"];
  row.rest.textContent = [`of ${a.in.toLocaleString()}`, ...(waits ? [`${waits.toLocaleString()} on the way`] : []), ...words].join(", ");
  row.rest.classList.toggle("lost", lost.length > 0);
  if (a.delivered > before && !still.matches) {
    row.dot.animate([{ left: "0", opacity: 1 }, { left: "100%", opacity: 1, offset: 0.9 }, { left: "100%", opacity: 0 }],
      { duration: 450, easing: "ease-in-out" });
  }
}

function showEnd(view, endpoint) {
  if (!endpoint) return;
  view.box.dataset.state = endpoint.state;
  view.state.textContent = endpoint.state;
  const n = endpoint.clients;
  view.detail.textContent = n === undefined ? "" : `${n.toLocaleString()} ${n === 1 ? "client" : "clients"}`;
  view.box.title = endpoint.id;
}

// --- lines for a terminal

async function showLines() {
  const answer = await fetch("demo.json").catch(() => null);
  if (!answer?.ok) return;
  const { lines } = await answer.json();
  $("lines").replaceChildren(...lines.map(({ what, line }) => {
    const item = element("li");
    const code = element("code", "", line);
    const button = element("button", "copy", "Copy");
    button.type = "button";
    button.setAttribute("aria-label", `Copy: ${line}`);
    button.addEventListener("click", () => copy(line, code));
    item.append(element("p", "", what), code, button);
    return item;
  }));
}

async function copy(line, code) {
  try {
    await navigator.clipboard.writeText(line);
    $("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(code);
    $("copied").textContent = "Selected: copy it with your keyboard.";
  }
}

function element(tag, className = "", text = "") {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}
