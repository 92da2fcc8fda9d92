/**
 * The page's own script: filters the table, and shows in the graph what a node has to do with. Without it the page is a
 * plain table and its graphs. `data`: names and namespaces of the groups, and for each row its groups and ports.
 */
export const HTML_SCRIPT = `
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const search = $("search"), namespace = $("namespace"), port = $("port"), protocol = $("protocol"), direction = $("direction"), shown = $("shown");
  const rows = [...document.querySelectorAll("#connections tbody tr")];
  const names = data.groups.map((group) => (group.name + " " + group.workloads).toLowerCase());
  for (const part of document.querySelectorAll("#filters, .script")) part.classList.remove("hidden");
  const matching = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    return data.groups.map((group, id) =>
      words.every((word) => names[id].includes(word)) && (namespace.value === "" || group.namespaces.includes(namespace.value)));
  };
  const hasPort = (sets) => {
    const number = Number(port.value);
    if (port.value === "" && protocol.value === "") return true;
    return sets.some(([name, first, last]) =>
      (protocol.value === "" || name === protocol.value) && (port.value === "" || (first <= number && number <= last)));
  };
  const apply = () => {
    const wanted = matching();
    const isAll = wanted.every(Boolean);
    let count = 0;
    rows.forEach((row, at) => {
      const [from, to, sets] = data.rows[at];
      const asSource = direction.value !== "to" && from.some((id) => wanted[id]);
      const asTarget = direction.value !== "from" && to.some((id) => wanted[id]);
      const visible = (isAll || asSource || asTarget) && hasPort(data.ports[sets]);
      row.classList.toggle("hidden", !visible);
      if (visible) count += 1;
    });
    shown.textContent = count + " of " + rows.length + " rows";
    for (const row of document.querySelectorAll("tr[data-groups]")) {
      row.classList.toggle("hidden", !isAll && !row.dataset.groups.split(" ").some((id) => wanted[Number(id)]));
    }
    const figures = [...document.querySelectorAll("figure[data-namespace]")];
    const chosen = figures.find((figure) => figure.dataset.namespace === namespace.value) || figures[0];
    for (const figure of figures) figure.classList.toggle("hidden", figure !== chosen);
  };
  for (const input of [search, namespace, port, protocol, direction]) input.addEventListener("input", apply);
  apply();
  let lit = null;
  document.addEventListener("click", (event) => {
    const node = event.target.closest && event.target.closest("svg .node");
    const svg = event.target.closest && event.target.closest("svg");
    for (const old of document.querySelectorAll(".faded, .lit")) old.classList.remove("faded", "lit");
    if (!node || node === lit) { lit = null; return; }
    lit = node;
    const edges = [...svg.querySelectorAll(".edge")];
    const junctions = new Set([...svg.querySelectorAll("[data-junction]")].map((dot) => dot.dataset.junction));
    const near = new Set([node.dataset.node]);
    const follow = (id, ahead) => {
      for (const edge of edges) {
        const here = ahead ? edge.dataset.from : edge.dataset.to, there = ahead ? edge.dataset.to : edge.dataset.from;
        if (here !== id) continue;
        edge.classList.add("lit");
        near.add(there);
        if (junctions.has(there)) follow(there, ahead);
      }
    };
    follow(node.dataset.node, true);
    follow(node.dataset.node, false);
    for (const edge of edges) if (!edge.classList.contains("lit")) edge.classList.add("faded");
    for (const other of svg.querySelectorAll(".node")) if (!near.has(other.dataset.node)) other.classList.add("faded");
  });
})();
`;
