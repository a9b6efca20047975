// Tables that are in the page already, made sortable. Their cells stay the elements they are.
"use strict";
for (const table of document.querySelectorAll("table")) {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Table");
  table.replaceWith(frame);
  frame.append(table);
  // Of a cell such as "78.20 [77.01, 79.39]" or ">= 99.9", the first number is what to sort by.
  for (const cell of table.querySelectorAll("td.number:not([data-order])")) {
    const [value] = cell.textContent.replaceAll(",", "").match(/-?\d+(\.\d+)?/) || [];
    cell.dataset.order = value === undefined ? "" : value;
  }
  new DataTable(table, {
    autoWidth: false,
    order: [],
    paging: false,
    searching: false,
    info: false,
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
  });
}
