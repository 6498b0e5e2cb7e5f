// The composer: suggestions for commands and names.

const field = () => document.getElementById("say");
const list = () => document.getElementById("suggestions");
const suggestions = () => [...list().querySelectorAll("li:not([hidden])")];
const highlighted = () => suggestions().find((each) => each.getAttribute("aria-selected") === "true");

// The word before the cursor. A command is only suggested at the beginning.
function typedWord() {
  const before = field().value.slice(0, field().selectionStart);
  const word = before.slice(before.lastIndexOf(" ") + 1);
  return word[0] === "/" && word !== before ? "" : word;
}

function suggest() {
  const word = typedWord().toLowerCase();
  for (const each of list().children) each.hidden = !word || !each.dataset.name.startsWith(word);
  const isOpen = suggestions().length > 0;
  showSuggestions(isOpen);
  if (isOpen) highlight(suggestions()[0]);
}

function showSuggestions(isOpen) {
  list().hidden = !isOpen;
  field().setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) field().removeAttribute("aria-activedescendant");
}

function highlight(item) {
  for (const each of list().children) each.setAttribute("aria-selected", String(each === item));
  item.scrollIntoView({ block: "nearest" });
  field().setAttribute("aria-activedescendant", item.id);
}

function choose(item) {
  const end = field().selectionStart;
  field().setRangeText(`${item.dataset.name} `, end - typedWord().length, end, "end");
  showSuggestions(false);
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
  const item = event.target.closest("#suggestions li");
  if (!item) return;
  event.preventDefault(); // the field keeps the focus
  choose(item);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== field() || list().hidden) return;
  const items = suggestions();
  const at = items.indexOf(highlighted());
  if (event.key === "ArrowDown") highlight(items[(at + 1) % items.length]);
  else if (event.key === "ArrowUp") highlight(items[(at - 1 + items.length) % items.length]);
  else if (event.key === "Escape") showSuggestions(false);
  else if (["Enter", "Tab"].includes(event.key) && highlighted().dataset.name !== typedWord()) choose(highlighted());
  else return; // Enter after a complete command sends it
  event.preventDefault();
});

// Put a line into the field, as if somebody had typed it.
export function insert(line) {
  if (!field()) return;
  field().value = line;
  showSuggestions(false);
  field().focus();
}
