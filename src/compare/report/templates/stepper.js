"use strict";
(() => {
  const steps = JSON.parse(document.getElementById("data").textContent);
  const get = id => document.getElementById(id);
  const slider = get("slider");
  const all = selector => [...document.querySelectorAll(selector)];
  const short = text => {
    const x = Number(text);
    return Number.isFinite(x) ? String(Number(x.toPrecision(4))) : text;
  };
  // What the page says at the end; the way there shows what is known so far.
  const final = new Map(all("tr[data-node]").map(row => {
    const [value, delta] = [".value", ".delta"].map(cell => row.querySelector(cell).textContent);
    return [row.dataset.node, { value, delta }];
  }));
  const constants = all(".node").filter(node => !node.querySelector(".name")).map(node => node.dataset.node);
  // δ of a node is known once all have handed on to it; of one that nobody hands to, at the end.
  const settled = new Map();
  steps.forEach(({ phase, node }, step) => { if (phase === "backward") settled.set(String(node), step + 1); });
  let at = 0;

  const show = step => {
    at = Math.max(0, Math.min(steps.length, step));
    const values = new Map(constants.map(node => [node, final.get(node).value]));
    const deltas = new Map();
    for (const { phase, node, shown } of steps.slice(0, at)) (phase === "forward" ? values : deltas).set(String(node), shown);
    if (at === steps.length) for (const [node, { delta }] of final) if (!deltas.has(node) && delta) deltas.set(node, delta);
    const write = (element, text, brief) => {
      if (!element) return;
      element.classList.toggle("hidden", text === undefined);
      if (text !== undefined) element.textContent = brief(text);
    };
    const hide = (element, known) => { if (element) element.classList.toggle("hidden", !known); };
    for (const node of all(".node")) {
      const id = node.dataset.node;
      write(node.querySelector(".value"), values.get(id), short);
      write(node.querySelector(".delta"), deltas.get(id), text => `δ = ${short(text)}`);
    }
    // Tangents and local derivatives come with the values.
    for (const edge of all(".edge")) hide(edge.querySelector(".partial"), values.has(edge.dataset.to));
    for (const row of all("tr[data-node]")) {
      const id = row.dataset.node;
      write(row.querySelector(".value"), values.get(id), text => text);
      for (const cell of row.querySelectorAll(".tangent, .locals")) hide(cell, values.has(id));
      write(row.querySelector(".delta"), deltas.get(id), text => text);
    }
    for (const entry of all(".entry")) {
      hide(entry.querySelector(".derivative"), at >= (settled.get(entry.dataset.node) ?? steps.length));
    }
    const now = at > 0 ? steps[at - 1] : undefined;
    const is = (element, key, value) => now !== undefined && value !== null && element.dataset[key] === String(value);
    for (const element of all(".node, tr[data-node]")) element.classList.toggle("now", is(element, "node", now && now.node));
    for (const edge of all(".edge")) {
      const backward = now && now.from !== null && is(edge, "to", now.from) && is(edge, "from", now.node);
      edge.classList.toggle("now", Boolean(backward));
    }
    const begun = "Nothing is computed yet: the graph only says what depends on what.";
    get("sentence").textContent = now ? now.sentence : begun;
    get("count").textContent = `${at} of ${steps.length}`;
    slider.value = String(at);
    // What changes stays in view where the picture is wider than the page.
    const picture = document.querySelector(".picture"), box = picture.querySelector(".node.now rect");
    if (box) picture.scrollLeft = Number(box.getAttribute("x")) - picture.clientWidth / 2;
    get("first").disabled = get("back").disabled = at === 0;
    get("last").disabled = get("next").disabled = at === steps.length;
  };

  slider.max = String(steps.length);
  slider.addEventListener("input", () => show(Number(slider.value)));
  get("first").addEventListener("click", () => show(0));
  get("back").addEventListener("click", () => show(at - 1));
  get("next").addEventListener("click", () => show(at + 1));
  get("last").addEventListener("click", () => show(steps.length));
  document.addEventListener("keydown", event => {
    if (event.target === slider) return;
    const step = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: steps.length }[event.key];
    if (step !== undefined) { show(step); event.preventDefault(); }
  });
  // Paper shows everything.
  let kept = 0;
  addEventListener("beforeprint", () => { kept = at; show(steps.length); });
  addEventListener("afterprint", () => show(kept));
  document.querySelector(".stepper").hidden = false;
  show(0);
})();
