// Update a part of the document in place. Whatever stays the same keeps its focus, its scroll position and what was
// typed into it.

// Two nodes with the same identity are the same thing before and after. An ID or a block's ID tells them apart; fields
// also by name and type, since what was typed into one field must not turn up in another.
function identity(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  return JSON.stringify([node.nodeName, node.id, node.dataset.block, node.getAttribute("name"), node.type]);
}

// `open` belongs to the browser: which sections and dialogs are open. So does everything within `data-keep`.
export function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.hasAttribute("data-keep") && fresh.hasAttribute("data-keep")) return;
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  const identities = new Set(wanted.map(identity));
  // First remove what is gone: the others then keep their order, and moving a node would cost it the focus.
  for (const each of [...old.childNodes]) {
    if (!identities.has(identity(each))) each.remove();
  }
  let next = old.firstChild;
  const removeNext = () => {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  };
  for (const each of wanted) {
    let same = next;
    while (same && identity(same) !== identity(each)) same = same.nextSibling;
    if (!same) {
      old.insertBefore(each, next);
      continue;
    }
    while (next !== same && next.nodeType === Node.TEXT_NODE) removeNext(); // what stood between removed elements
    if (same === next) next = next.nextSibling;
    else old.insertBefore(same, next);
    morph(same, each);
  }
  while (next) removeNext();
}
