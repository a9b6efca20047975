// The page of answers. Whatever an answer holds is set as text (textContent), never as HTML.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const field = Object.fromEntries(data.fields.map((name, place) => [name, place]));
  const of = (row, name) => row[field[name]];
  const condition = (row) => data.conditions[of(row, "condition")];
  const SCORED = "+", ACCEPTED = "-", WAIT_MS = 200, CODE_DIGITS = 16;

  function element(tag, content, attributes) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    for (const part of [content].flat()) {
      if (part !== undefined && part !== null && part !== "") made.append(part); // text or elements
    }
    return made;
  }

  // What one can choose by: how it is called in the address, and its value of an answer.
  const scorable = (row) => (of(row, "scores")[0] === null ? "no" : "yes");
  const factors = [
    ["task", "task", (row) => condition(row).task],
    ["provider", "provider", (row) => condition(row).provider],
    ["model", "model", (row) => condition(row).label],
    ["strategy", "strategy", (row) => condition(row).strategy || "none read"],
    ["stimulus", "stimulus", (row) => condition(row).stimulus],
    ["temperature", "temperature", (row) => condition(row).temperature || "none"],
    ["outcome", "outcome", (row) => of(row, "outcome")],
    ["scorable", "scorable", scorable],
  ];
  const chosen = new Map(); // name of a factor: its value; and of `search`, `digest`

  // Search: all words that were typed, in what the answer says and whose it is.
  const texts = new Map();
  function searched(row, place) {
    if (!texts.has(place)) {
      const { label, provider, strategy, stimulus } = condition(row);
      const parts = [label, provider, strategy, stimulus, of(row, "digest"), of(row, "layout")];
      parts.push(of(row, "flags"), ...of(row, "words"), of(row, "text") || "");
      texts.set(place, parts.join(" ").toLowerCase());
    }
    return texts.get(place);
  }
  function isShown(row, place) {
    for (const [name, , value] of factors) {
      if (chosen.has(name) && value(row) !== chosen.get(name)) return false;
    }
    if (chosen.has("digest") && !of(row, "digest").startsWith(chosen.get("digest"))) return false;
    if (!chosen.has("search")) return true;
    const sought = chosen.get("search").toLowerCase().split(/\s+/);
    return sought.every((word) => searched(row, place).includes(word));
  }

  const number = (value, digits) => (value === null ? "" : value.toFixed(digits));
  const reason = (mark) => data.reasons[mark];

  function word(text, mark) {
    if (mark === SCORED) return element("b", text);
    if (mark === ACCEPTED) return element("span", text);
    return element("span", [element("s", text), element("small", ` ${reason(mark)}`)]);
  }
  function words(row) {
    const marks = of(row, "marks")[0];
    const shown = element("div", [], { class: "words" });
    of(row, "words").forEach((text, place) => {
      if (place) shown.append(", ");
      shown.append(word(text, marks[place]));
    });
    return shown;
  }

  // What is told of one answer below its row.
  function facts(row) {
    const { provider, strategy, temperature, stimulus, samples } = condition(row);
    const told = [
      ["asked", [provider, strategy, stimulus, temperature && `temperature ${temperature}`]
        .filter(Boolean).join(", ")],
      ["seed, wording", `${of(row, "seed")}, ${of(row, "wording")}`],
      ["outcome", of(row, "outcome")],
      ["layout", [of(row, "layout"), of(row, "flags").replaceAll("|", ", ")]
        .filter(Boolean).join("; ")],
      ...data.spaces.map((space, place) => {
        const score = of(row, "scores")[place];
        return [`${condition(row).score} in ${space}`, score === null ? "none" : number(score, 2)];
      }),
      ["price", of(row, "cost_usd") === null ? "" : `${of(row, "cost_usd")} USD`],
      ["request (sha256)", element("code", of(row, "digest"))],
      ["sample", element("a", `${samples}/seed${of(row, "seed")}.json`, {
        href: `${samples}/seed${of(row, "seed")}.json`.split("/").map(encodeURIComponent).join("/"),
      })],
      ["in a terminal", element("code",
        `divergent-bench show ${of(row, "digest").slice(0, CODE_DIGITS)}`)],
    ];
    const list = element("dl");
    for (const [name, value] of told) {
      if (value) list.append(element("dt", name), element("dd", value));
    }
    return list;
  }
  function verdict(mark) {
    return mark === SCORED ? "scored" : mark === ACCEPTED ? "accepted, not scored" : reason(mark);
  }
  function wordTable(row) {
    const head = element("tr", ["no.", "word", ...data.spaces].map((name) => element("th", name)));
    const body = of(row, "words").map((text, place) => element("tr", [
      element("td", `${place + 1}`),
      element("td", text),
      ...of(row, "marks").map((marks) => element("td", verdict(marks[place]))),
    ]));
    return element("table", [element("thead", head), element("tbody", body)]);
  }
  function distanceTable(row) {
    const marks = of(row, "marks")[0];
    const scored = of(row, "words").filter((_, place) => marks[place] === SCORED);
    const between = of(row, "distances");
    const head = element("tr", [element("td"), ...scored.map((text) =>
      element("th", text, { scope: "col" }))]);
    const start = (line) => line * scored.length - (line * (line + 1)) / 2 - line - 1;
    const body = scored.map((text, line) => element("tr", [
      element("th", text, { scope: "row" }),
      ...scored.map((_, place) => {
        if (place === line) return element("td", "");
        const [low, high] = [Math.min(line, place), Math.max(line, place)];
        return element("td", number(between[start(low) + high] / 10, 1));
      }),
    ]));
    const is = of(row, "scores")[0] ? "; the score is their mean" : ""; // not of too few that survive
    const caption = element("caption",
      `100 times the cosine distance of each pair in ${data.spaces[0]}${is}`);
    return element("table", [caption, element("thead", head), element("tbody", body)],
      { class: "numbers" });
  }
  function scrolling(table, label) {
    return element("div", table, { class: "table", tabindex: "0", role: "group", "aria-label": label });
  }
  function details(row) {
    const parts = [facts(row)];
    if (of(row, "words").length) parts.push(scrolling(wordTable(row), "Words of the answer"));
    if (of(row, "distances").length) {
      const opener = element("button", "Distances", { type: "button" });
      opener.addEventListener("click", () => {
        const table = scrolling(distanceTable(row), "Distances of the scored words");
        opener.replaceWith(table);
        table.focus();
      });
      parts.push(opener);
    }
    const text = of(row, "text");
    parts.push(element("h2", "The answer as it came"));
    if (text === null) parts.push(element("p", "Not in this page; the sample file has it."));
    else parts.push(element("pre", text || "(empty)", { tabindex: "0", "aria-label": "The answer" }));
    return element("div", parts, { class: "details" });
  }

  // The table.
  const has = (name) => data.conditions.some((each) => each[name]);
  const tasks = new Set(data.conditions.map((each) => each.task));
  const head = [
    ["", "show", null],
    ...(tasks.size > 1 ? [["task", "text", (row) => condition(row).task]] : []),
    ["model", "text", (row) => condition(row).label],
    ...(has("strategy") ? [["strategy", "text wide", (row) => condition(row).strategy]] : []),
    ...(has("stimulus") ? [["stimulus", "text", (row) => condition(row).stimulus]] : []),
    ...(has("temperature") ? [["temp.", "text wide", (row) => condition(row).temperature]] : []),
    ["seed", "number wide", (row) => of(row, "seed")],
    ["outcome", "text wide", (row) => of(row, "outcome")],
    ["score", "number", (row) => of(row, "scores")[0]],
    ["words", "words", null],
  ];
  function opener(row, place) {
    const name = `${condition(row).label}, seed ${of(row, "seed")}`;
    return element("button", "+", {
      type: "button", "aria-expanded": "false", "aria-label": `Show ${name}`, "data-row": place,
    });
  }
  const columns = head.map(([title, kind, value]) => ({
    title: title || "<span class=\"hidden\">details</span>",
    className: kind,
    orderable: value !== null,
    searchable: false, // see datatables/README.md
    type: kind.startsWith("number") ? "num" : "string",
    data: null,
    render: (_, type, row, meta) => {
      if (type !== "display") return value ? value(row) ?? -1 : "";
      if (kind === "show") return opener(row, meta.row);
      if (kind === "words") return words(row);
      const content = value(row);
      if (title === "score") return element("span", content === null ? "none" : number(content, 2));
      return element("span", `${content}`);
    },
  }));
  const node = element("table", [], { "aria-label": "Answers" });
  document.getElementById("table").append(node);
  const table = new DataTable(node, {
    data: data.answers,
    columns,
    autoWidth: false,
    order: [],
    pageLength: 25,
    layout: { topStart: null, topEnd: null, bottomStart: "pageLength", bottomEnd: "paging" },
    language: { lengthMenu: "_MENU_ rows", emptyTable: "No answer.", zeroRecords: "No such answer." },
  });
  table.search.fixed("chosen", (_, row, place) => isShown(row, place));

  function toggle(button) {
    const row = table.row(Number(button.dataset.row));
    const isOpen = row.child.isShown();
    if (isOpen) row.child.hide();
    else row.child(details(row.data())).show();
    button.setAttribute("aria-expanded", `${!isOpen}`);
    button.textContent = isOpen ? "+" : "−";
  }
  node.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-row]");
    if (button) toggle(button);
  });

  // What is chosen, in the form and in the address.
  const form = document.getElementById("filters");
  const fields = new Map();
  function addField(name, label, input) {
    input.id = `by-${name}`;
    form.append(element("div", [element("label", label, { for: input.id }), input]));
    fields.set(name, input);
  }
  addField("search", "search", element("input", [], { type: "search" }));
  for (const [name, label, value] of factors) {
    const found = [...new Set(data.answers.map(value))].filter(Boolean);
    if (found.length < 2) continue;
    found.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const options = [element("option", "all", { value: "" })];
    addField(name, label, element("select",
      options.concat(found.map((each) => element("option", each, { value: each })))));
  }
  form.append(element("button", "All answers", { type: "reset" }));

  function show() {
    table.draw();
    const shown = table.rows({ search: "applied" });
    const n = shown.count();
    let told = `${n.toLocaleString("en")} of ${data.answers.length.toLocaleString("en")} answers`;
    if (chosen.has("digest")) told += ` with the request ${chosen.get("digest")}`;
    document.getElementById("count").textContent = told;
    if (n === 1) node.querySelector("button[aria-expanded=false]").click();
  }
  function remember() {
    const address = new URLSearchParams([...chosen]).toString();
    history.replaceState(null, "", address ? `#${address}` : location.pathname);
  }
  function choose(name, value) {
    if (value) chosen.set(name, value);
    else chosen.delete(name);
    chosen.delete("digest");
    remember();
    show();
  }
  function fromAddress() {
    chosen.clear();
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (value && (name === "digest" || name === "search" || factors.some(([f]) => f === name))) {
        chosen.set(name, value);
      }
    }
    for (const [name, input] of fields) input.value = chosen.get(name) || "";
    show();
  }
  let waiting = 0;
  const take = ({ id, value }) => choose(id.replace("by-", ""), value.trim());
  form.addEventListener("change", ({ target }) => {
    if (target.type !== "search") take(target);
  });
  form.addEventListener("input", ({ target }) => {
    if (target.type !== "search") return;
    clearTimeout(waiting); // until one has typed
    waiting = setTimeout(take, WAIT_MS, target);
  });
  form.addEventListener("reset", () => {
    chosen.clear();
    remember();
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
