"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";

  const element = (name, attributes, ...children) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const html = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };

  const place = { linear: v => v, log: v => Math.log10(v), log1p: v => Math.log10(1 + v) };

  // Numbers on the axes.
  const scaled = (v, steps) => {
    const [size, unit] = steps.find(([size]) => Math.abs(v) >= size * 0.9999) || steps[steps.length - 1];
    return `${Number((v / size).toPrecision(3))}${unit}`;
  };
  const label = (unit, v) => {
    if (v === 0) return "0";
    if (unit === "seconds") return scaled(v, [[1, " s"], [1e-3, " ms"], [1e-6, " µs"], [1e-9, " ns"]]);
    if (unit === "bytes") return scaled(v, [[1e12, " TB"], [1e9, " GB"], [1e6, " MB"], [1e3, " kB"], [1, " B"]]);
    const times = unit === "times" ? "×" : "";
    if (Math.abs(v) >= 1e15 || Math.abs(v) < 1e-3) {
      const [digit, exponent] = v.toExponential(0).split("e");
      const raised = [...exponent.replace("+", "")].map(c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("");
      return `${digit === "1" ? "" : `${digit}·`}10${raised}${times}`;
    }
    if (Math.abs(v) < 1e4) return Number(v.toPrecision(4)) + times;
    return scaled(v, [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) + times;
  };

  // Round values within a range of places, at most `count` of them.
  const ticks = (scale, low, high, count) => {
    if (scale !== "linear") {
      const first = Math.ceil(low - 1e-9), last = Math.floor(high + 1e-9);
      if (scale === "log1p" || last - first >= 2) {
        const every = Math.max(1, Math.ceil((last - first + 1) / count));
        const found = [];
        for (let k = first; k <= last; k += every) found.push(scale === "log1p" ? 10 ** k - 1 : 10 ** k);
        if (scale === "log1p") return [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e9, 1e12, 1e15, 1e18].filter(v => place.log1p(v) <= high);
        return found;
      }
      const found = [];
      for (let k = Math.floor(low); k <= high; k += 1)
        for (const step of [1, 2, 3, 5]) {
          const v = step * 10 ** k;
          if (place.log(v) >= low && place.log(v) <= high) found.push(v);
        }
      if (found.length >= 2) return found;
      const value = p => 10 ** p;
      return ticks("linear", value(low), value(high), 4);
    }
    const raw = (high - low) / count || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map(s => s * power).find(s => s >= raw);
    const found = [];
    for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) found.push(Number(v.toPrecision(12)));
    return found;
  };

  const range = (axis, values) => {
    const places = values.map(place[axis.scale]);
    let low = Math.min(...places), high = Math.max(...places);
    if (!(low <= high)) [low, high] = [0, 1];
    const room = high > low ? 0.04 * (high - low) : 0.5;
    return [axis.scale === "log1p" ? Math.min(0, low) : low - room, high + room];
  };

  const marker = (style, x, y) => [
    `M${x - 3.5} ${y - 3.5}h7v7h-7z`,
    `M${x} ${y - 5}l4.5 8h-9z`,
    `M${x} ${y + 5}l4.5 -8h-9z`,
    `M${x} ${y - 5}l5 5l-5 5l-5 -5z`,
    `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`,
    `M${x - 1.5} ${y - 5}h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z`,
    `M${x - 5} ${y - 4.5}l10 9v-9l-10 9z`,
  ][style % 7];

  const draw = (chart, section) => {
    const holder = section.querySelector(".chart");
    const buttons = [...section.querySelectorAll("[data-view]")];
    let view = chart.views[0];
    let selected = -1;

    const tooltip = html("div", { class: "tooltip", role: "status", "aria-live": "polite", hidden: "" });

    const render = () => {
      const wide = holder.clientWidth >= 620;
      const width = Math.max(280, holder.clientWidth), height = Math.max(300, Math.min(460, width * 0.6));
      const margin = { left: 66, right: wide ? 150 : 12, top: 14, bottom: 46 };
      const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
      const points = view.series.flatMap(s => s.points);
      const band = view.band ? view.band.points : [];
      const xs = range(view.x, points.map(p => p.x));
      const ys = range(view.y, points.map(p => p.y).concat(band.flatMap(b => [b[1], b[2]])));
      const px = v => margin.left + inner.width * (place[view.x.scale](v) - xs[0]) / (xs[1] - xs[0]);
      const py = v => margin.top + inner.height * (1 - (place[view.y.scale](v) - ys[0]) / (ys[1] - ys[0]));
      const id = `${chart.id}-picture`;
      const svg = element("svg", {
        viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: "0", "aria-labelledby": `${id}-title ${id}-text`,
      }, element("title", { id: `${id}-title` }, `${chart.title}: ${view.name}`), element("desc", { id: `${id}-text` }, chart.description));

      let lastX = -Infinity;
      for (const v of ticks(view.x.scale, xs[0], xs[1], wide ? 8 : 4)) {
        const x = px(v);
        svg.append(element("line", { class: "grid", x1: x, x2: x, y1: margin.top, y2: margin.top + inner.height }));
        if (x - lastX < 36) continue;
        lastX = x;
        svg.append(element("text", { x, y: margin.top + inner.height + 17, "text-anchor": "middle" }, label(view.x.unit, v)));
      }
      let lastY = Infinity;
      for (const v of ticks(view.y.scale, ys[0], ys[1], 8)) {
        const y = py(v);
        svg.append(element("line", { class: "grid", x1: margin.left, x2: margin.left + inner.width, y1: y, y2: y }));
        if (lastY - y < 14) continue;
        lastY = y;
        svg.append(element("text", { x: margin.left - 8, y: y + 4, "text-anchor": "end" }, label(view.y.unit, v)));
      }
      svg.append(
        element("path", { class: "axis", fill: "none", d: `M${margin.left} ${margin.top}v${inner.height}h${inner.width}` }),
        element("text", { class: "name", x: margin.left + inner.width / 2, y: height - 8, "text-anchor": "middle" }, view.x.label),
        element("text", { class: "name", transform: `translate(14 ${margin.top + inner.height / 2}) rotate(-90)`, "text-anchor": "middle" }, view.y.label),
      );
      if (band.length > 1) {
        const upper = band.map(b => `${px(b[0])} ${py(b[2])}`), lower = band.map(b => `${px(b[0])} ${py(b[1])}`).reverse();
        svg.append(element("path", { class: "band", d: `M${upper.concat(lower).join("L")}z` }, element("title", {}, view.band.name)));
      }
      for (const mark of view.marks) {
        const x = px(mark.x), end = x > margin.left + inner.width * 0.6;
        svg.append(
          element("line", { class: "mark", x1: x, x2: x, y1: margin.top, y2: margin.top + inner.height }),
          element("text", { x: x + (end ? -6 : 6), y: margin.top + 12, "text-anchor": end ? "end" : "start" }, mark.name),
        );
      }
      const names = [];
      for (const series of view.series) {
        const group = element("g", { class: `s${series.style % 7}` });
        group.append(element("path", { class: "line", d: "M" + series.points.map(p => `${px(p.x)} ${py(p.y)}`).join("L") }));
        if (series.points.length <= 60)
          group.append(...series.points.map(p => element("path", { class: "marker", d: marker(series.style, px(p.x), py(p.y)) })));
        svg.append(group);
        const end = series.points[series.points.length - 1];
        names.push({ series, x: px(end.x), y: py(end.y), style: series.style });
      }
      if (wide) {
        // Names stand beside the ends of their lines, pushed apart where they would cover each other.
        names.sort((a, b) => a.y - b.y);
        names.forEach((name, i) => { name.at = Math.max(name.y, i ? names[i - 1].at + 16 : margin.top + 4); });
        const below = Math.max(0, (names.length ? names[names.length - 1].at : 0) - (margin.top + inner.height));
        for (const name of names)
          svg.append(element("text", { class: `series s${name.style % 7}`, x: margin.left + inner.width + 8, y: name.at - below + 4 }, name.series.name));
      }
      const here = element("line", { class: "here", y1: margin.top, y2: margin.top + inner.height, visibility: "hidden" });
      svg.append(here);

      const legend = html("ul", { class: "legend" });
      for (const series of view.series) {
        const swatch = element("svg", { viewBox: "0 0 34 14", "aria-hidden": "true" }, element("g", { class: `s${series.style % 7}` },
          element("path", { class: "line", d: "M1 7h32" }), element("path", { class: "marker", d: marker(series.style, 17, 7) })));
        legend.append(html("li", {}, swatch, series.name));
      }
      if (band.length > 1)
        legend.append(html("li", {}, element("svg", { viewBox: "0 0 34 14", "aria-hidden": "true" }, element("rect", { class: "band", width: 34, height: 14 })), view.band.name));

      const positions = [...new Set(points.map(p => p.x))].sort((a, b) => a - b);
      const show = at => {
        selected = at;
        if (at < 0) { tooltip.hidden = true; here.setAttribute("visibility", "hidden"); return; }
        const x = positions[at], left = px(x);
        here.setAttribute("x1", left); here.setAttribute("x2", left); here.setAttribute("visibility", "visible");
        const list = html("dl");
        for (const series of view.series)
          for (const point of series.points.filter(p => p.x === x)) {
            list.append(html("dt", { class: `s${series.style % 7}` }, series.name), html("dd", {}, point.text));
          }
        tooltip.replaceChildren(html("p", {}, `${view.x.label.split(",")[0]} = ${x.toLocaleString("en")}`), list);
        tooltip.hidden = false;
        const scale = svg.clientWidth / width;
        const room = holder.clientWidth - tooltip.offsetWidth;
        const wanted = left * scale + 14 > room ? left * scale - tooltip.offsetWidth - 14 : left * scale + 14;
        tooltip.style.left = `${Math.max(0, Math.min(room, wanted))}px`;
        tooltip.style.top = `${svg.offsetTop + margin.top * scale}px`;
      };
      const nearest = event => {
        const box = svg.getBoundingClientRect();
        const x = (event.clientX - box.left) * width / box.width;
        let best = -1, distance = Infinity;
        positions.forEach((v, i) => { const d = Math.abs(px(v) - x); if (d < distance) { best = i; distance = d; } });
        show(best);
      };
      svg.addEventListener("pointermove", nearest);
      svg.addEventListener("pointerdown", nearest);
      svg.addEventListener("pointerleave", event => { if (event.pointerType === "mouse") show(-1); });
      svg.addEventListener("blur", () => show(-1));
      svg.addEventListener("keydown", event => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) { show(Math.max(0, Math.min(positions.length - 1, selected + step))); event.preventDefault(); }
        if (event.key === "Escape") show(-1);
      });
      holder.replaceChildren(legend, svg, tooltip);
      tooltip.hidden = true;
      selected = -1;
    };

    buttons.forEach((button, i) => button.addEventListener("click", () => {
      view = chart.views[i];
      buttons.forEach(other => other.setAttribute("aria-pressed", String(other === button)));
      render();
    }));
    render();
    let before = holder.clientWidth;
    window.addEventListener("resize", () => { if (holder.clientWidth !== before) { before = holder.clientWidth; render(); } });
    window.addEventListener("beforeprint", render);
  };

  for (const chart of charts) draw(chart, document.getElementById(chart.id));
})();
