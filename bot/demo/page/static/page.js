// What the page does besides htmx: follow the changes, show dialogs, offer commands.
"use strict";

const app = () => document.getElementById("app");

// ── what changes ────────────────────────────────────────────────────────────────────────────────────────────────────

let refreshing = false;
let again = false;

async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  again = false;
  try {
    await htmx.ajax("GET", location.pathname + location.search, { target: "#app", select: "#app", swap: "outerMorph" });
  } finally {
    refreshing = false;
    if (again) refresh();
  }
}

function follow() {
  const changes = new EventSource(app().dataset.changes);
  changes.addEventListener("changed", refresh);
  changes.addEventListener("go", (event) => {
    if (location.pathname !== event.data) location.assign(event.data);
  });
}

// Whoever reads the newest message goes on seeing the newest; whoever reads an older one is left in peace.
function keepsUp() {
  const log = document.getElementById("messages");
  return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}
let atTheEnd = true;
document.addEventListener("htmx:before:swap", () => { atTheEnd = keepsUp(); });
document.addEventListener("htmx:after:swap", settled);

function settled() {
  const log = document.getElementById("messages");
  if (log && atTheEnd) log.scrollTop = log.scrollHeight;
  // A field that was changed by hand no longer follows its attributes.
  for (const field of document.querySelectorAll("[data-now]")) {
    if (field === document.activeElement) continue;
    if (field.type === "checkbox") field.checked = field.dataset.now === "on";
    else field.value = field.dataset.now;
  }
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) dialog.showModal();
}

// ── dialogs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// Escape asks the server to close the modal: it knows what is below.
document.addEventListener("cancel", (event) => {
  if (!event.target.matches("dialog[data-modal]")) return;
  event.preventDefault();
  event.target.querySelector("[data-closes]").click();
}, true);

// What is to be confirmed waits until it is.
const confirmed = new WeakSet();
document.addEventListener("click", askFirst, true);

async function askFirst(event) {
  const asking = event.target.closest("button[data-confirm], a[data-confirm]");
  if (!asking || confirmed.delete(asking)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await isConfirmed(JSON.parse(asking.dataset.confirm))) {
    confirmed.add(asking);
    asking.click();
  }
}

document.addEventListener("change", async (event) => {
  const asking = event.target.closest("[data-confirm]");
  if (!asking || confirmed.delete(asking)) return;
  event.stopImmediatePropagation();
  if (await isConfirmed(JSON.parse(asking.dataset.confirm))) {
    confirmed.add(asking);
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
}, true);

function isConfirmed(question) {
  const dialog = document.getElementById("confirm");
  const [no, yes] = dialog.querySelectorAll("button");
  document.getElementById("confirm-title").textContent = question.title;
  document.getElementById("confirm-text").innerHTML = question.text; // rendered and escaped by the server
  no.textContent = question.deny;
  yes.textContent = question.confirm;
  yes.className = question.style || "primary";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// ── what could not be done ──────────────────────────────────────────────────────────────────────────────────────────

let fading;
function toast(words) {
  const shown = document.getElementById("toast");
  shown.textContent = words;
  shown.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { shown.hidden = true; }, 8000);
}
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  toast(ctx.text || `That did not work (${ctx.response?.status}).`);
});
document.addEventListener("htmx:error", () => toast("The demo does not answer. Is it still running?"));

// ── typing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const field = () => document.getElementById("say");
const list = () => document.getElementById("commands");
const offered = () => [...list().querySelectorAll("li:not([hidden])")];
const chosen = () => offered().find((each) => each.getAttribute("aria-selected") === "true");

function offer() {
  const typed = field().value;
  const open = typed.startsWith("/") && !typed.includes(" ");
  for (const each of list().children) each.hidden = !each.dataset.name.startsWith(typed.toLowerCase());
  show(open && offered().length > 0);
  if (open) choose(offered()[0]);
}

function show(open) {
  list().hidden = !open;
  field().setAttribute("aria-expanded", String(open));
  if (!open) field().removeAttribute("aria-activedescendant");
}

function choose(item) {
  for (const each of list().children) each.setAttribute("aria-selected", String(each === item));
  if (item) field().setAttribute("aria-activedescendant", item.id);
}

function take(item) {
  field().value = `${item.dataset.name} `;
  show(false);
  field().focus();
}

document.addEventListener("input", (event) => { if (event.target === field()) offer(); });
document.addEventListener("focusout", (event) => { if (event.target === field()) setTimeout(() => list() && show(false), 150); });
document.addEventListener("mousedown", (event) => {
  const item = event.target.closest("#commands li");
  if (!item) return;
  event.preventDefault();
  take(item);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== field() || list().hidden) return;
  const items = offered();
  const at = items.indexOf(chosen());
  if (event.key === "ArrowDown") choose(items[(at + 1) % items.length]);
  else if (event.key === "ArrowUp") choose(items[(at - 1 + items.length) % items.length]);
  else if (event.key === "Escape") show(false);
  else if ((event.key === "Enter" || event.key === "Tab") && chosen() && chosen().dataset.name !== field().value) take(chosen());
  else return;
  event.preventDefault();
});

// A message is away as soon as it is sent.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-composer]");
  if (form) setTimeout(() => { form.elements.text.value = ""; atTheEnd = true; });
});

document.addEventListener("click", (event) => {
  const inserting = event.target.closest("[data-insert]");
  if (!inserting || !field()) return;
  field().value = inserting.dataset.insert;
  field().focus();
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "person") return;
  location.assign(`/${event.target.value}/${location.pathname.split("/")[2]}`);
});

follow();
settled();
