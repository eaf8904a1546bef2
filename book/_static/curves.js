// Curves that say their values: point at one, or move the slider; buttons show and hide training-set sizes.
// The numbers are in the drawing itself (lowdiff_lib/figures/drawing.py). Without this script the picture is complete.
"use strict";
for (const figure of document.querySelectorAll(".lowdiff-figure:has(.lowdiff-curve)")) {
  const svg = figure.querySelector("svg");
  const groups = [...svg.querySelectorAll(".lowdiff-curve")].map(g => ({g, ...JSON.parse(g.dataset.curve)}));
  const curves = groups.filter(curve => curve.points);
  const rows = [...new Set(curves.map(curve => curve.row))], columns = [...new Set(curves.map(curve => curve.column))];
  const levels = [...new Set(curves.flatMap(curve => curve.points.map(([sigma]) => sigma)))].sort((a, b) => a - b);
  const color = row => curves.find(curve => curve.row === row).g.querySelector("path").style.stroke;

  // ---- what there is to press and to slide ----

  const tools = document.createElement("div");
  tools.className = "lowdiff-tools";
  tools.innerHTML = `<div role="group" aria-label="Show or hide">${rows.map(row =>
    `<button type="button" aria-pressed="true" data-row="${row}"><i></i>${row}</button>`).join("")}</div>
    <label>Values at σ = <output>…</output> <input type="range" min="0" max="${levels.length - 1}" step="1"></label>
    <div class="lowdiff-values" tabindex="0" role="region" aria-label="Values at this noise level" hidden></div>`;
  figure.querySelector(".lowdiff-plot").after(tools);
  const slider = tools.querySelector("input"), level = tools.querySelector("output");
  const values = tools.querySelector(".lowdiff-values");
  for (const button of tools.querySelectorAll("button")) button.style.setProperty("--c", color(button.dataset.row));
  slider.value = 0;

  // ---- the line at a noise level, the ring around a point ----

  const draw = (name, attributes) => {
    const element = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", name));
    for (const [key, value] of Object.entries({fill: "none", stroke: "currentColor", ...attributes}))
      element.setAttribute(key, value);
    return element;
  };
  const line = draw("path", {"stroke-opacity": .5}), ring = draw("circle", {r: 5, "stroke-width": 1.5, visibility: "hidden"});
  const boxes = [...new Map(curves.map(curve => [String(curve.box), curve])).values()];  // a curve of each panel

  const short = value => Math.abs(value) >= 1e4 || (value && Math.abs(value) < 1e-2) ? value.toExponential(1) : value.toPrecision(3);
  const cell = point => {
    if (!point) return "";
    const [, mean, low, high, n] = point;
    return n > 1 ? `${short(mean)} <small>${short(low)} to ${short(high)}</small>` : short(mean);
  };
  const count = column => Math.max(...curves.filter(c => c.column === column).map(c => c.points[0][4]));
  const pressed = button => button.getAttribute("aria-pressed") === "true";
  const shown = row => pressed([...tools.querySelectorAll("button")].find(button => button.dataset.row === row));
  const note = document.createElement("div");
  note.className = "lowdiff-note";
  note.hidden = true;
  document.body.append(note);

  function show(chosen, quietly) {
    const sigma = levels[slider.value];
    level.value = sigma;
    slider.setAttribute("aria-valuetext", `sigma ${sigma}`);
    const at = curve => curve.points.findIndex(([s]) => s === sigma);
    const body = rows.filter(shown).map(row => `<tr><th scope="row">${row}</th>${columns.map(column => {
      const curve = curves.find(c => c.row === row && c.column === column);
      const mark = curve && curve === chosen ? ' class="here"' : "";
      return `<td${mark}>${curve ? cell(curve.points[at(curve)]) : ""}</td>`;
    }).join("")}</tr>`).join("");
    values.innerHTML = `<table><thead><tr><td></td>${columns.map(c => `<th scope="col">${c}<br><small>n = ${count(c)}</small></th>`).join("")}</tr></thead>
      <tbody>${body}</tbody></table>`;
    if (!quietly) values.hidden = false;
    line.setAttribute("d", boxes.filter(curve => at(curve) >= 0).map(curve =>
      `M${curve.at[at(curve)][0]} ${curve.box[1]}V${curve.box[3]}`).join(""));
    const place = chosen?.at[at(chosen)];
    ring.setAttribute("visibility", place ? "visible" : "hidden");
    if (place) { ring.setAttribute("cx", place[0]); ring.setAttribute("cy", place[1]); }
  }

  // ---- choosing ----

  tools.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (!button) return;
    button.setAttribute("aria-pressed", !pressed(button));
    for (const {g, row} of groups) if (row === button.dataset.row) g.style.display = shown(row) ? "" : "none";
    if (!values.hidden) show();
  });
  slider.addEventListener("input", () => show());

  const point = event => {  // the nearest point of any curve that is shown
    note.hidden = true;
    const edges = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / edges.width;
    const x = (event.clientX - edges.left) * scale, y = (event.clientY - edges.top) * scale;
    let best = {distance: 30};
    for (const curve of curves) if (shown(curve.row)) curve.at.forEach((place, n) => {
      if (place[1] < curve.box[1] || place[1] > curve.box[3]) return;
      const distance = Math.hypot(place[0] - x, place[1] - y);
      if (distance < best.distance) best = {distance, curve, point: curve.points[n], sigma: curve.points[n][0]};
    });
    if (!best.curve) return;
    slider.value = levels.indexOf(best.sigma);
    show(best.curve, true);
    note.innerHTML = `${best.curve.row}, ${best.curve.column}, σ = ${best.sigma}:<br>${cell(best.point)}`
      + (best.point[4] > 1 ? `, n = ${best.point[4]}` : "");
    note.hidden = false;
    note.style.left = `${Math.min(event.pageX + 14, scrollX + document.documentElement.clientWidth - note.offsetWidth - 8)}px`;
    note.style.top = `${event.pageY - note.offsetHeight - 10}px`;
  };
  svg.addEventListener("pointerleave", () => { note.hidden = true; });
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
}
