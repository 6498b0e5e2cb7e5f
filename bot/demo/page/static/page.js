// The page in the browser: it follows the server's changes, sends forms and shows dialogs.
// Listeners are on the document, so that they also serve what an update adds.

import "./composer.js";
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
      if (response.redirected) location.assign(response.url); // the place is gone
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("app");
      if (!response.ok || !fresh) continue;
      wasAtEnd = isAtEnd();
      morph(app(), fresh);
      settle();
    }
  } catch {
    // The server is gone for the moment. EventSource reconnects by itself, and its first event updates the page.
  } finally {
    isUpdating = false;
  }
}

function follow() {
  const changes = new EventSource(app().dataset.changes);
  changes.addEventListener("changed", update);
  changes.addEventListener("go", (event) => {
    if (location.pathname !== event.data) location.assign(event.data);
  });
}

// A reader of the newest message keeps seeing the newest; a reader of older ones isn't moved.
function isAtEnd() {
  const log = document.getElementById("messages");
  return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function settle() {
  const log = document.getElementById("messages");
  if (log && wasAtEnd) log.scrollTop = log.scrollHeight;
  // A field that was changed by hand no longer follows its attributes.
  for (const field of document.querySelectorAll("[data-now]")) {
    if (field === document.activeElement) continue;
    if (field.type === "checkbox") field.checked = field.dataset.now === "on";
    else field.value = field.dataset.now;
  }
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) dialog.showModal();
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
  if (form.matches("[data-composer]")) {
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
  if (event.target.id === "person") location.assign(`/${event.target.value}/${location.pathname.split("/")[2]}`);
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
  for (const each of list.querySelectorAll("input:checked")) query.append("selected", each.value);
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
  if (event.target.matches("[data-search]")) later(event.target, 200, () => search(event.target));
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

function isConfirmed(element) {
  if (!element?.dataset.confirm) return true;
  const question = JSON.parse(element.dataset.confirm);
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

follow();
settle();
