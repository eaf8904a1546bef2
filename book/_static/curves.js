// Curves that answer: point at one, touch one, or move the slider; buttons show and hide lines; on a narrow page panels
// stand one below the other; a link holds what is shown. The numbers are in the drawing itself
// (lowdiff_lib/figures/drawing.py). Without this script the picture is complete.
"use strict";
{
  const NARROW = 520;  // pixels, of a figure
  const whole = value => Number(value.toPrecision(3)).toLocaleString("en");
  const short = value => Math.abs(value) >= 1e6 ? `${whole(value / 1e6)} million` : Math.abs(value) >= 1e3 ? whole(value) : value.toPrecision(3);
  const pressed = button => button.getAttribute("aria-pressed") === "true";
  const size = row => Number(row.match(/^N = ([\d,]+)$/)?.[1].replaceAll(",", "") ?? Infinity);

  // ---- what is shown, in the address: #fig-NAME=ROWS@LEVEL&..., both as numbers in their order, with
  // a ~ at the end if two tables are compared ----

  const state = () => new Map(location.hash.slice(1).split("&").filter(part => part.includes("=")).map(part => part.split("=")));
  const remember = (name, rows, level, compared) => {
    const all = state().set(name, rows.join(".") + (level === undefined ? "" : `@${level}`) + (compared ? "~" : ""));
    history.replaceState(null, "", `#${[...all].map(part => part.join("=")).join("&")}`);
  };

  const note = document.createElement("div");
  note.className = "lowdiff-note";
  note.hidden = true;  // it joins the page when it first has something to say

  for (const figure of document.querySelectorAll(".lowdiff-figure:has(.lowdiff-curve)")) answer(figure);
  for (const figure of document.querySelectorAll(".lowdiff-figure:has(.lowdiff-axes)")) stack(figure.querySelector("svg"));
  const linked = [...state().keys()].map(name => document.getElementById(name)).find(Boolean);
  if (linked) addEventListener("load", () => linked.scrollIntoView());

  function answer(figure) {
    const svg = figure.querySelector("svg");
    const groups = [...svg.querySelectorAll(".lowdiff-curve")].map(g => ({g, ...JSON.parse(g.dataset.curve)}));
    const curves = groups.filter(curve => curve.at && !curve.other), others = groups.filter(curve => curve.at && curve.other);
    const columns = [...new Set(curves.map(curve => curve.column))];
    const all = [...curves, ...others];  // the other table may have rows that this one has not
    const rows = [...new Set(all.map(curve => curve.row))].sort((a, b) => size(a) - size(b) || 0);
    const levels = [...new Set(curves.flatMap(curve => curve.points.map(([sigma]) => sigma)))].sort((a, b) => a - b);
    const compare = figure.querySelector(".lowdiff-compare input");

    // ---- what there is to press and to slide ----

    const tools = document.createElement("div");
    tools.className = "lowdiff-tools";
    tools.innerHTML = `<div role="group" aria-label="Show or hide">${rows.map(row =>
      `<button type="button" data-row="${row}"><i></i>${row}</button>`).join("")}</div>
      <label>Values at σ = <output>…</output> <input type="range" min="0" max="${levels.length - 1}" step="1" value="0"></label>
      <p class="lowdiff-reading" aria-live="polite" hidden></p>
      <div class="lowdiff-values" tabindex="0" role="region" aria-label="Values at this noise level" hidden></div>`;
    figure.querySelector(".lowdiff-plot").after(tools);
    const [slider, level, reading, values] = ["input", "output", ".lowdiff-reading", ".lowdiff-values"].map(s => tools.querySelector(s));
    const buttons = [...tools.querySelectorAll("button")];
    for (const button of buttons) {
      const look = all.find(curve => curve.row === button.dataset.row).g.querySelector("path").style;
      const dashes = look.strokeDasharray.split(",").map(parseFloat);
      button.style.setProperty("--c", look.stroke);
      button.style.setProperty("--dash", dashes.length < 2 ? "solid" : dashes[0] < 4 ? "dotted" : "dashed");
    }
    const shown = row => pressed(buttons.find(button => button.dataset.row === row));
    const apply = wanted => {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", wanted(button.dataset.row));
        button.hidden = !compare?.checked && !curves.some(curve => curve.row === button.dataset.row);
      }
      for (const {g, row} of groups) g.classList.toggle("lowdiff-off", !shown(row));
    };
    const keep = () => remember(figure.id, rows.map((row, n) => shown(row) ? n : -1).filter(n => n >= 0),
                                values.hidden ? undefined : slider.value, compare?.checked);

    // ---- a line at a noise level and a ring around a point, in each panel ----

    const panels = [...new Set(curves.map(curve => curve.g.closest(".lowdiff-axes") ?? svg))].map(panel => {
      const draw = (name, attributes) => {
        const element = panel.appendChild(document.createElementNS("http://www.w3.org/2000/svg", name));
        for (const [key, value] of Object.entries({fill: "none", stroke: "currentColor", ...attributes})) element.setAttribute(key, value);
        return element;
      };
      const mine = curves.filter(curve => panel.contains(curve.g));
      return {panel, mine, line: draw("path", {"stroke-opacity": .5}), ring: draw("circle", {r: 5, "stroke-width": 1.5, visibility: "hidden"})};
    });

    const cell = point => {
      if (!point) return "";
      const [, mean, low, high, n] = point;
      return n > 1 ? `${short(mean)} <small>${short(low)} to ${short(high)}</small>` : short(mean);
    };
    const count = column => Math.max(...curves.filter(c => c.column === column).map(c => c.points[0][4]));
    const at = (curve, sigma) => curve.points.findIndex(([s]) => s === sigma);
    const found = (list, row, column) => list.find(c => c.row === row && c.column === column);
    const compared = (row, column, sigma) => {
      const other = compare?.checked && found(others, row, column), point = other && other.points[at(other, sigma)];
      return point ? ` <small>(other ${short(point[1])})</small>` : "";
    };

    function show(chosen, quietly) {
      const sigma = levels[slider.value];
      level.value = sigma;
      slider.setAttribute("aria-valuetext", `sigma ${sigma}`);
      const listed = buttons.filter(button => pressed(button) && !button.hidden).map(button => button.dataset.row);
      const body = listed.map(row => `<tr><th scope="row">${row}</th>${columns.map(column => {
        const curve = found(curves, row, column);
        const mark = curve && curve === chosen ? ' class="here"' : "";
        return `<td${mark}>${curve ? cell(curve.points[at(curve, sigma)]) : ""}${compared(row, column, sigma)}</td>`;
      }).join("")}</tr>`).join("");
      values.innerHTML = `<table><thead><tr><td></td>${columns.map(c => `<th scope="col">${c}<br><small>n = ${count(c)}</small></th>`).join("")}</tr></thead>
        <tbody>${body}</tbody></table>`;
      if (!quietly) values.hidden = false;
      for (const {mine, line, ring} of panels) {
        const here = mine.find(curve => at(curve, sigma) >= 0);
        line.setAttribute("d", here ? `M${here.at[at(here, sigma)][0]} ${here.box[1]}V${here.box[3]}` : "");
        const place = mine.includes(chosen) ? chosen.at[at(chosen, sigma)] : null;
        ring.setAttribute("visibility", place ? "visible" : "hidden");
        if (place) { ring.setAttribute("cx", place[0]); ring.setAttribute("cy", place[1]); }
      }
    }

    // ---- choosing ----

    tools.addEventListener("click", event => {
      const button = event.target.closest("button");
      if (!button) return;
      button.setAttribute("aria-pressed", !pressed(button));
      apply(shown);
      if (!values.hidden) show();
      keep();
    });
    slider.addEventListener("input", () => { show(); keep(); });
    compare?.addEventListener("change", () => { apply(shown); if (!values.hidden) show(); keep(); });

    const point = event => {  // the nearest point of any line that is shown, in the panel that is pointed at
      note.hidden = true;
      let best = {distance: 40};
      for (const {panel, mine} of panels) {
        const matrix = panel.getScreenCTM(), scale = matrix.a;
        const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
        for (const curve of mine) if (shown(curve.row)) curve.at.forEach((place, n) => {
          if (place[1] < curve.box[1] - 1 || place[1] > curve.box[3] + 1) return;
          const distance = Math.hypot(place[0] - x, place[1] - y) * scale;
          if (distance < best.distance) best = {distance, curve, point: curve.points[n], sigma: curve.points[n][0]};
        });
      }
      if (!best.curve) return;
      slider.value = levels.indexOf(best.sigma);
      show(best.curve, true);
      const words = `${best.curve.row}, ${best.curve.column}, σ = ${best.sigma}: ${cell(best.point)}`
        + (best.point[4] > 1 ? `, n = ${best.point[4]}` : "") + compared(best.curve.row, best.curve.column, best.sigma);
      reading.innerHTML = words;  // it stays, when the finger or the pointer goes
      reading.hidden = false;
      if (event.pointerType === "touch") return;
      note.innerHTML = words;
      document.body.append(note);
      note.hidden = false;
      note.style.left = `${Math.min(event.pageX + 14, scrollX + document.documentElement.clientWidth - note.offsetWidth - 8)}px`;
      note.style.top = `${event.pageY - note.offsetHeight - 10}px`;
    };
    svg.addEventListener("pointerleave", () => { note.hidden = true; });
    svg.addEventListener("pointermove", point);
    svg.addEventListener("pointerdown", point);
    addEventListener("keydown", event => { if (event.key === "Escape") note.hidden = true; });

    // ---- at first: few, some and many; or what the address says ----

    const restore = () => {
      const [, wanted, sigma, compared] = state().get(figure.id)?.match(/^([\d.]*)(?:@(\d+))?(~?)$/) ?? [];
      if (compare) compare.checked = Boolean(compared);
      const chosen = wanted?.split(".").filter(Boolean).map(Number);
      apply(row => chosen ? chosen.includes(rows.indexOf(row)) : !all.find(curve => curve.row === row).rest);
      if (sigma !== undefined && levels[sigma] !== undefined) { slider.value = sigma; show(); }
    };
    addEventListener("hashchange", restore);
    restore();
  }

  // ---- a narrow page has panels one below the other, as wide as it is ----

  function stack(svg) {
    const GAP = 14, wide = svg.getAttribute("viewBox"), legend = svg.querySelector(".lowdiff-legend");
    const panels = [...svg.querySelectorAll(".lowdiff-axes")].map(g => ({g, frame: JSON.parse(g.dataset.box), left: JSON.parse(g.dataset.box)[0]}));
    const entries = legend ? entriesOf(legend) : [];
    const place = () => {
      const narrow = svg.parentElement.clientWidth > 0 && svg.parentElement.clientWidth < NARROW;
      if (narrow === svg.classList.contains("lowdiff-stacked")) return;
      svg.classList.toggle("lowdiff-stacked", narrow);
      svg.setAttribute("viewBox", wide);
      for (const g of [...panels.map(({g}) => g), ...entries.flatMap(({parts}) => parts)]) g.removeAttribute("transform");
      if (!narrow) return;
      const boxes = panels.map(extentOf);
      const left = Math.max(...panels.map((panel, n) => panel.left - boxes[n].x));
      const right = Math.max(...panels.map((panel, n) => left + boxes[n].x + boxes[n].width - panel.left), 200);
      let x = 0, down = 0;
      for (const {parts, box} of entries) {  // the legend, in as many lines as it needs
        if (x && x + box.width > right) { x = 0; down += box.height + 3; }
        for (const part of parts) part.setAttribute("transform", `translate(${x - box.x} ${down - box.y})`);
        x += box.width + 12;
      }
      if (entries.length) down += entries[0].box.height + GAP;
      panels.forEach(({g, left: own}, n) => {
        g.setAttribute("transform", `translate(${left - own} ${down - boxes[n].y})`);
        down += boxes[n].height + GAP;
      });
      svg.setAttribute("viewBox", `-2 -2 ${right + 4} ${down}`);
    };
    new ResizeObserver(place).observe(svg.parentElement);
  }

  function extentOf({g, frame}) {  // of a panel with its words; lines may be cut off, and say nothing of it
    const words = [...g.querySelectorAll("text")].map(text => text.parentElement.getBBox());
    const [x, y] = [0, 1].map(k => Math.min(frame[k], ...words.map(box => [box.x, box.y][k])));
    const right = Math.max(frame[2], ...words.map(box => box.x + box.width));
    return {x, y, width: right - x, height: Math.max(frame[3], ...words.map(box => box.y + box.height)) - y};
  }

  function entriesOf(legend) {  // each word of a legend with what is drawn to the left of it
    const leaves = [...legend.querySelectorAll("g")].filter(g => g.parentElement === legend).map(g => ({g, box: g.getBBox()}));
    const isWord = ({g}) => g.querySelector("text");
    const words = leaves.filter(isWord).map(word => ({...word, drawn: []}));
    for (const drawn of leaves.filter(leaf => !isWord(leaf))) {
      const middle = drawn.box.y + drawn.box.height / 2;
      const beside = words.filter(({box}) => box.x >= drawn.box.x && Math.abs(box.y + box.height / 2 - middle) < 6);
      beside.sort((a, b) => a.box.x - b.box.x)[0]?.drawn.push(drawn);
    }
    return words.map(({g, box, drawn}) => {
      const x = Math.min(box.x, ...drawn.map(each => each.box.x));
      return {parts: [g, ...drawn.map(each => each.g)], box: {x, y: box.y, width: box.x + box.width - x, height: box.height}};
    });
  }
}
