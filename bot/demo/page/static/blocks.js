// Tables that are sorted and paged, menus that close, and fields that send at Enter. Listeners stand on the document,
// so that they hold for whatever is swapped in.
"use strict";

(() => {
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };

  const compared = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), undefined, { numeric: true });

  // What a person chose stays with the table, however often the page is drawn anew.
  const chosen = new WeakMap();
  const choiceOf = (table) => chosen.get(table) ?? chosen.set(table, { page: 0, column: null, down: false }).get(table);

  function show(table) {
    const { page, column, down } = choiceOf(table);
    const size = Number(table.dataset.size);
    const body = table.querySelector("tbody");
    const rows = [...body.rows].sort((one, other) => one.dataset.row - other.dataset.row);
    if (column !== null) rows.sort((one, other) => (down ? -1 : 1) * compared(valueOf(one, column), valueOf(other, column)));
    rows.forEach((row, number) => {
      body.append(row);
      row.hidden = Math.floor(number / size) !== page;
    });
    for (const [number, head] of [...table.querySelectorAll("thead th")].entries()) {
      head.setAttribute("aria-sort", number !== column ? "none" : down ? "descending" : "ascending");
    }
    const pages = table.querySelector(".pages");
    if (!pages) return;
    pages.querySelector("[role=status]").textContent = `${page * size + 1}–${Math.min((page + 1) * size, rows.length)} of ${rows.length}`;
    pages.querySelector("[data-page='-1']").disabled = page === 0;
    pages.querySelector("[data-page='1']").disabled = (page + 1) * size >= rows.length;
  }

  document.addEventListener("click", (event) => {
    const table = event.target.closest("[data-table]");
    const head = event.target.closest("[data-sort]");
    const turning = event.target.closest("[data-page]");
    if (table && head) {
      const choice = choiceOf(table);
      const column = Number(head.dataset.sort);
      Object.assign(choice, { page: 0, column, down: choice.column === column && !choice.down });
      show(table);
    } else if (table && turning) {
      choiceOf(table).page += Number(turning.dataset.page);
      show(table);
    }
  });

  document.addEventListener("htmx:after:swap", () => {
    for (const table of document.querySelectorAll("[data-table]")) {
      if (!chosen.has(table)) continue;
      const last = Math.ceil(table.querySelectorAll("tbody tr").length / table.dataset.size) - 1;
      choiceOf(table).page = Math.min(choiceOf(table).page, Math.max(last, 0));
      show(table);
    }
  });

  // A menu closes when something in it was chosen, at a press elsewhere, and at Escape.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".overflow[open]")) {
      if (!event.target.closest("summary") || !menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest(".overflow[open]");
    if (event.key === "Escape" && menu) {
      event.preventDefault();
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (event.key === "Enter" && event.target.matches("[data-enter]") && !(event.shiftKey || event.isComposing)) {
      event.preventDefault();
      event.target.dispatchEvent(new Event("entered"));
    }
  });
})();
