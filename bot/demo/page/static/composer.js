// The composer: suggestions for slash commands, and buttons that write a command into it.

const field = () => document.getElementById("say");
const list = () => document.getElementById("commands");
const suggestions = () => [...list().querySelectorAll("li:not([hidden])")];
const highlighted = () => suggestions().find((each) => each.getAttribute("aria-selected") === "true");

function suggest() {
  const typed = field().value;
  const isCommand = typed.startsWith("/") && !typed.includes(" ");
  for (const each of list().children) each.hidden = !each.dataset.name.startsWith(typed.toLowerCase());
  showSuggestions(isCommand && suggestions().length > 0);
  if (isCommand) highlight(suggestions()[0]);
}

function showSuggestions(isOpen) {
  list().hidden = !isOpen;
  field().setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) field().removeAttribute("aria-activedescendant");
}

function highlight(item) {
  for (const each of list().children) each.setAttribute("aria-selected", String(each === item));
  if (item) field().setAttribute("aria-activedescendant", item.id);
}

function insert(text) {
  field().value = text;
  showSuggestions(false);
  field().focus();
}

document.addEventListener("input", (event) => {
  if (event.target === field()) suggest();
});
for (const left of ["focusout", "reset"]) {
  document.addEventListener(left, (event) => {
    if (field() && [event.target, event.target.elements?.text].includes(field())) showSuggestions(false);
  });
}
document.addEventListener("mousedown", (event) => {
  const item = event.target.closest("#commands li");
  if (!item) return;
  event.preventDefault(); // the field keeps the focus
  insert(`${item.dataset.name} `);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== field() || list().hidden) return;
  const items = suggestions();
  const at = items.indexOf(highlighted());
  if (event.key === "ArrowDown") highlight(items[(at + 1) % items.length]);
  else if (event.key === "ArrowUp") highlight(items[(at - 1 + items.length) % items.length]);
  else if (event.key === "Escape") showSuggestions(false);
  else if (["Enter", "Tab"].includes(event.key) && highlighted()?.dataset.name !== field().value) insert(`${highlighted().dataset.name} `);
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button && field()) insert(button.dataset.insert);
});
