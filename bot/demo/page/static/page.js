// The page in the browser: it follows the server's changes, sends forms and shows dialogs.
// Listeners are on the document, so that they also serve what an update adds.

import { insert } from "./composer.js";
import { morph } from "./morph.js";

const app = () => document.getElementById("app");

// ── updates ─────────────────────────────────────────────────────────────────────────────────────────────────────────

let isUpdating = false;
let isStale = false;
let wasAtEnd = true;

async function update() {
  isStale = true;
  if (isUpdating) return;
  isUpdating = true;
  try {
    while (isStale) {
      isStale = false;
      const response = await fetch(location.href);
      if (response.redirected) history.replaceState(null, "", response.url); // the place is gone
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!response.ok || !fresh.getElementById("app")) continue;
      show(fresh);
    }
  } catch {
    // The server is gone for the moment. EventSource reconnects by itself, and its first event updates the page.
  } finally {
    isUpdating = false;
  }
}

function show(fresh) {
  const before = new Set(articles().map((each) => each.id));
  const scene = log().dataset.scene;
  const replies = document.querySelectorAll("#replies article").length;
  wasAtEnd = wasAtEnd || isAtEnd();
  document.title = fresh.title;
  morph(app(), fresh.getElementById("app"));
  if (log().dataset.scene !== scene) wasAtEnd = true;
  if (!wasAtEnd) count(articles().filter((each) => !before.has(each.id)).length);
  settle(document.querySelectorAll("#replies article").length !== replies);
}

function follow() {
  const changes = new EventSource(app().dataset.changes);
  changes.addEventListener("changed", update);
  changes.addEventListener("go", (event) => {
    if (location.pathname !== event.data) go(event.data);
  });
}

// Going elsewhere within the page keeps the rest of it: which sections of the drawer are open, and how far they are
// scrolled. The search for jobs is part of the address, so it goes along.
function go(address) {
  const url = new URL(address, location.href);
  const find = new URLSearchParams(location.search).get("find");
  if (find) url.searchParams.set("find", find);
  const isElsewhere = url.pathname !== location.pathname;
  history.pushState(null, "", url);
  if (isElsewhere) leave();
  return update();
}

function leave() {
  wasAtEnd = true;
  unseen = 0;
  countShown();
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-go]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  await go(link.href);
  const thread = document.querySelector("#thread [name=text]");
  (link.closest("#messages") && thread ? thread : document.getElementById("say"))?.focus();
});
// A button that writes a command: where nothing can be written, the first channel takes it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  document.getElementById("drawer").hidePopover();
  if (!document.getElementById("say")) await go(document.querySelector("#sidebar a[data-go]").href);
  insert(button.dataset.insert);
});
window.addEventListener("popstate", () => {
  leave();
  update();
});

// A reader of the newest message keeps seeing the newest; a reader of older ones isn't moved, but learns of it.
const log = () => document.getElementById("messages");
const articles = () => [...log().querySelectorAll("article")];
const isAtEnd = () => log().scrollHeight - log().scrollTop - log().clientHeight < 80;

let unseen = 0;

function count(more) {
  unseen += more;
  countShown();
}

function countShown() {
  const pill = document.getElementById("unseen");
  pill.hidden = unseen === 0;
  pill.textContent = `↓ ${unseen} new message${unseen === 1 ? "" : "s"}`;
}

document.addEventListener("scroll", (event) => {
  if (event.target.id !== "messages") return;
  wasAtEnd = isAtEnd();
  if (wasAtEnd && unseen) leave();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.id !== "unseen") return;
  leave();
  settle(false);
  document.getElementById("say")?.focus();
});

function settle(isThreadNew) {
  if (wasAtEnd && !("home" in log().dataset)) log().scrollTop = log().scrollHeight;
  const replies = document.getElementById("replies");
  if (replies && isThreadNew) replies.scrollTop = replies.scrollHeight;
  // A field that was changed by hand no longer follows its attributes.
  for (const field of document.querySelectorAll("[data-now]")) {
    if (field === document.activeElement) continue;
    if (field.type === "checkbox") field.checked = field.dataset.now === "on";
    else field.value = field.dataset.now;
  }
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) {
    // While the story plays, its caption and its buttons stay in reach.
    if (document.querySelector("#player.playing") && !document.querySelector("#player .yours")) dialog.show();
    else dialog.showModal();
    // As in Slack, the first field has the focus, unless the app chose another one.
    if (!dialog.querySelector("[autofocus]")) dialog.querySelector(".scroll :is(input, select, textarea)")?.focus();
  }
  for (const line of document.querySelectorAll("[data-types]")) type(line);
}

// The story types as a person would, unless the reader wants no animation.
const typing = new WeakSet();

function type(line) {
  if (typing.has(line)) return;
  typing.add(line);
  const letters = [...line.dataset.types];
  const shown = line.querySelector(".typed");
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (isStill) shown.textContent = line.dataset.types;
  else {
    const timer = setInterval(() => {
      shown.textContent += letters.shift() ?? "";
      if (!letters.length || !line.isConnected) clearInterval(timer);
    }, Number(line.dataset.key));
  }
}

// ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const addressOf = (form) => form.getAttribute("action"); // `form.action` would find a field of that name first

// Sent URL-encoded: in multipart forms, browsers escape the quotation marks in our fields' names.
function content(form, submitter, press) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  if (press) fields.append("press", press);
  return fields;
}

async function send(address, body) {
  try {
    const response = await fetch(address, { method: "POST", body });
    if (!response.ok) toast((await response.text()) || `That didn't work (${response.status}).`);
  } catch {
    toast("The demo doesn't answer. Is it still running?");
  }
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (form.method !== "post") return;
  event.preventDefault();
  const body = content(form, submitter);
  if (!(await isConfirmed(submitter))) return;
  if (form.matches("[data-composer]") && !submitter?.hasAttribute("formaction")) {
    form.reset();
    wasAtEnd = true;
  }
  await send(submitter?.getAttribute("formaction") ?? addressOf(form), body);
});

// An element that sends by itself sends the whole form, and in `press` which element it was. The requests of one
// element wait for each other, so that the last choice arrives last.
const underWay = new WeakMap();

async function sendBy(element) {
  const form = element.closest("form");
  const body = content(form, null, element.dataset.press);
  if (!(await isConfirmed(element))) return;
  const sent = (underWay.get(element) ?? Promise.resolve()).then(() => send(addressOf(form), body));
  underWay.set(element, sent);
  await sent;
}

const sender = (event, kind) => event.target.closest(`[data-on~=${kind}]`);

document.addEventListener("change", (event) => {
  const element = sender(event, "change");
  if (element) sendBy(element);
  if (event.target.id === "person") go(`/${event.target.value}/${location.pathname.split("/")[2]}`);
});

document.addEventListener("input", (event) => {
  const element = sender(event, "input");
  if (element) later(element, 300, () => sendBy(element));
});

document.addEventListener("keydown", (event) => {
  const element = event.key === "Enter" && !event.shiftKey && !event.isComposing && sender(event, "enter");
  if (!element) return;
  event.preventDefault();
  sendBy(element);
});

document.addEventListener("click", async (event) => {
  const element = sender(event, "click"); // a link that the app hears of
  if (!element) return;
  event.preventDefault();
  if (!(await isConfirmed(element))) return;
  window.open(element.href, "_blank", "noopener,noreferrer");
  const form = element.closest("form");
  await send(addressOf(form), content(form, null, element.dataset.press));
});

const timers = new WeakMap();
function later(element, milliseconds, act) {
  clearTimeout(timers.get(element));
  timers.set(element, setTimeout(act, milliseconds));
}

function toast(words) {
  const shown = document.getElementById("toast");
  shown.textContent = words;
  shown.hidden = false;
  later(shown, 8000, () => { shown.hidden = true; });
}

// ── menus ───────────────────────────────────────────────────────────────────────────────────────────────────────────

// A search field asks the app for options at the first focus and at each pause in typing.
const searches = new WeakMap();

async function search(field) {
  searches.get(field)?.abort(); // a late answer must not replace a newer one
  const search = new AbortController();
  searches.set(field, search);
  const list = document.getElementById(field.getAttribute("aria-controls"));
  const query = new URLSearchParams({ element: field.dataset.search, query: field.value });
  for (const each of list.querySelectorAll("input:checked")) {
    query.append("selected", each.value);
    query.append("shown", each.closest("label").textContent.trim());
  }
  try {
    const response = await fetch(`${addressOf(field.form)}/options?${query}`, { signal: search.signal });
    if (response.ok) list.innerHTML = await response.text();
    else toast(await response.text());
  } catch (error) {
    if (error.name !== "AbortError") toast("The demo doesn't answer. Is it still running?");
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-search]") && !searches.has(event.target)) search(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-search]")) later(event.target, 200, () => event.target.isConnected && search(event.target));
});

// An overflow menu closes on a choice, on a click elsewhere and on Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".overflow[open]")) {
    if (!event.target.closest("summary") || !menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest(".overflow[open]");
  if (!menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

// ── dialogs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// The server closes a modal: it may not be gone before Slack's side of it is. Escape is the browser's `cancel`.
function close(dialog) {
  send(addressOf(dialog.querySelector("form")), new URLSearchParams({ close: "" }));
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) close(button.closest("dialog"));
});
document.addEventListener("cancel", (event) => {
  if (!event.target.matches("dialog[data-modal]")) return;
  event.preventDefault();
  close(event.target);
}, true);

document.addEventListener("keydown", (event) => {
  const dialog = event.key === "Escape" && document.querySelector("dialog[data-modal][open]:not(:modal)");
  if (dialog) close(dialog);
});

// One question at a time: an answer is read in the dialog's `close` event, which comes after it has closed.
let asked = Promise.resolve();

function isConfirmed(element) {
  if (!element?.dataset.confirm) return true;
  asked = asked.then(() => ask(JSON.parse(element.dataset.confirm)));
  return asked;
}

function ask(question) {
  const dialog = document.getElementById("confirm");
  const [no, yes] = dialog.querySelectorAll("button");
  document.getElementById("confirm-title").textContent = question.title;
  document.getElementById("confirm-text").innerHTML = question.text; // escaped by the server
  no.textContent = question.deny;
  yes.textContent = question.confirm;
  yes.className = question.style;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// What was opened over the page has its own column as soon as there is room.
matchMedia("(max-width: 72rem)").addEventListener("change", () => document.getElementById("drawer").hidePopover());

follow();
settle(!document.querySelector(".opening"));
