// The explorer: one data set, one noise level, two models; drawn anew whenever something is chosen.
// What it shows was computed when the chapter ran (lowdiff_lib/experiments/studies/explorer.py) and is in the page as JSON.
"use strict";
{
  const box = document.querySelector(".lowdiff-explorer");
  const {sides, views} = JSON.parse(box.querySelector("script").textContent);
  const unpack = (text, Type) => new Type(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
  for (const view of views)
    for (const [name, Type] of Object.entries({cosine: Int8Array, at: Int8Array, arrows: Int8Array, difference: Int8Array,
      clean: Uint8Array, noisy: Uint8Array, denoised: Uint8Array, ideal: Uint8Array}))
      if (name in view) view[name] = unpack(view[name], Type);

  const chosen = {view: 0, size: 0, pair: 0, sigma: 0, place: 0};
  const here = () => views[chosen.view];
  const OTHER = ["B", "twin"];
  const PAIRS = ["A and B", "A and its twin"];
  const group = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

  // ---- what there is to choose, and where it is shown ----

  const live = document.createElement("div");
  live.className = "lowdiff-live";
  live.innerHTML = `
    <form class="lowdiff-choices" aria-label="What to show">
      <label>Data set <select name="view"></select></label>
      <label>Training samples N <select name="size"></select></label>
      <label>Models <select name="pair"></select></label>
      <label>Objective <select name="objective"></select></label>
      <label class="wide"><span>Noise level σ = <output name="level"></output></span>
        <input type="range" name="sigma" min="0" step="1"></label>
      <label class="wide"><span><span class="what"></span> <output name="number"></output></span>
        <input type="range" name="place" min="0" step="1"></label>
    </form>
    <p class="lowdiff-key" aria-hidden="true"></p>
    <div class="lowdiff-panels">
      <div class="lowdiff-field"></div>
      <div class="lowdiff-tiles"></div>
      <div class="lowdiff-agreement"></div>
    </div>
    <p class="lowdiff-says" role="status"></p>`;
  box.prepend(live);
  const find = selector => live.querySelector(selector);
  const form = find("form"), field = find(".lowdiff-field"), tiles = find(".lowdiff-tiles");
  const agreement = find(".lowdiff-agreement");

  const options = (name, texts) => {
    form.elements[name].innerHTML = texts.map((text, n) => `<option value="${n}">${text}</option>`).join("");
  };

  function offer() {  // what this data set has; keep what was chosen where it can be kept
    const view = here();
    options("size", view.sizes.map(group));
    options("objective", [view.objective]);
    form.elements.sigma.max = view.sigmas.length - 1;
    form.elements.place.max = view.count - 1;
    find(".what").textContent = view.at ? "Noisy point" : "Face";
    chosen.size = Math.min(chosen.size, view.sizes.length - 1);
    chosen.place = Math.min(chosen.place, view.count - 1);
    field.hidden = !view.at;
    find(".lowdiff-key").hidden = !view.at;
    tiles.hidden = !!view.at;
  }

  // ---- drawing ----

  const at = (s, p) => here().at.subarray(2 * (s * here().count + p), 2 * (s * here().count + p) + 2);

  function arrow(s, p, k) {  // k: 0 for A, 1 for the other, 2 for the exact answer
    const {sizes, count, arrows, longest} = here();
    const place = (((((s * sizes.length + chosen.size) * 2 + chosen.pair) * count + p) * 3) + k) * 2;
    return [arrows[place] * longest / 127, arrows[place + 1] * longest / 127];
  }

  const cosine = () => {
    const {sizes, count, cosine} = here();
    return cosine[((chosen.sigma * sizes.length + chosen.size) * 2 + chosen.pair) * count + chosen.place] / 127;
  };

  function drawField() {
    const s = chosen.sigma, view = here(), unit = 7, lines = ["", "", ""], heads = ["", "", ""];
    let dots = "";
    const path = (p, k) => {
      const [x, y] = at(s, p), [dx, dy] = arrow(s, p, k);
      return `M${x} ${-y}l${(dx * unit).toFixed(1)} ${(-dy * unit).toFixed(1)}`;
    };
    for (let p = 0; p < view.count; p++) {
      const [x, y] = at(s, p);
      dots += `M${x} ${-y}h0`;
      for (let k = 0; k < 3; k++) lines[k] += path(p, k);
    }
    for (let k = 0; k < 3; k++) heads[k] = path(chosen.place, k);
    const colors = [sides.A, sides.B, "currentColor"], [x, y] = at(s, chosen.place);
    const stroke = (d, k, width) => `<path d="${d[k]}" stroke="${colors[k]}" stroke-width="${width}"/>`;
    field.innerHTML = `<svg viewBox="-134 -134 268 268" role="img" aria-label="Noisy points, and where the models move them">
      <path d="${dots}" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" opacity=".55"/>
      <g fill="none" stroke-linecap="round">${[2, 0, 1].map(k => stroke(lines, k, 0.9)).join("")}
      <circle cx="${x}" cy="${-y}" r="4.5" stroke="currentColor" stroke-width="1"/>
      ${[2, 0, 1].map(k => stroke(heads, k, 2.2)).join("")}</g>
      <text x="-132" y="132">width: ${(2 * view.extent[s] * 134 / 127).toPrecision(2)} data units</text></svg>`;
  }

  function paint(canvas, values, start, shade) {  // shade: value -> [red, green, blue]
    const {side} = here(), context = canvas.getContext("2d");
    canvas.width = canvas.height = side;
    const image = context.createImageData(side, side);
    for (let n = 0; n < side * side; n++) image.data.set([...shade(values[start + n]), 255], 4 * n);
    context.putImageData(image, 0, 0);
  }

  const gray = value => [value, value, value];
  const redBlue = d => d > 0 ? [255 - d / 3, 255 - 2 * d, 255 - 2 * d] : [255 + 2 * d, 255 + 2 * d, 255 + d / 3];

  function drawTiles() {
    const view = here(), pixels = view.side ** 2, {sigma: s, size: n, pair, place: item} = chosen, P = view.count;
    const run = s * view.sizes.length + n, other = pair ? "its twin" : "B", d = (run * 2 + pair) * P + item;
    const factor = Number((0.5 / view.largest[d]).toPrecision(3));
    const shown = [
      ["clean", view.clean, item, gray],
      ["noisy", view.noisy, s * P + item, gray],
      ["the ideal denoiser", view.ideal, run * P + item, gray],
      ["A", view.denoised, (run * 3) * P + item, gray],
      [other, view.denoised, (run * 3 + 1 + pair) * P + item, gray],
      [`A minus ${other}, times ${factor}`, view.difference, d, redBlue],
    ];
    if (tiles.children.length !== shown.length)
      tiles.innerHTML = shown.map(() => "<div><canvas role='img'></canvas><p></p></div>").join("");
    shown.forEach(([label, values, place, shade], k) => {
      const [canvas, text] = tiles.children[k].children;
      paint(canvas, values, place * pixels, shade);
      canvas.setAttribute("aria-label", `Face ${item + 1}: ${label}`);
      text.textContent = label;
    });
  }

  const AXES = {left: 34, right: 262, top: 12, bottom: 150};

  function drawAgreement() {
    const {curves, sigmas, colors, sizes} = here(), {left, right, top, bottom} = AXES;
    const lowest = Math.min(0, ...curves.flat(2)), last = sigmas.length - 1;
    const log = sigma => (Math.log(sigma) - Math.log(sigmas[0])) / (Math.log(sigmas[last]) - Math.log(sigmas[0]));
    const x = s => left + log(sigmas[s]) * (right - left);
    const y = value => bottom - (value - lowest) / (1 - lowest) * (bottom - top);
    const line = (n, pair, look) => `<path d="M${curves[n][pair].map((v, s) => `${x(s).toFixed(1)} ${y(v).toFixed(1)}`)
      .join("L")}" stroke="${colors[n]}" ${pair ? 'stroke-dasharray="4 3"' : ""} ${look}/>`;
    const value = curves[chosen.size][chosen.pair][chosen.sigma];
    const ticks = [0, 0.5, 1].map(v => `<text x="${left - 5}" y="${y(v) + 4}" text-anchor="end">${v}</text>
      <path d="M${left} ${y(v)}H${right}" stroke="currentColor" opacity=".15"/>`).join("");
    const decades = sigmas.map((sigma, s) => Number.isInteger(+Math.log10(sigma).toFixed(6))
      ? `<text x="${x(s)}" y="${bottom + 14}" text-anchor="middle">${sigma}</text>` : "").join("");
    agreement.innerHTML = `<svg viewBox="0 0 270 180" role="img" aria-label="Agreement against noise level. Residual cosine
      ${value.toFixed(2)} at sigma ${sigmas[chosen.sigma]}, N = ${group(sizes[chosen.size])}, ${PAIRS[chosen.pair]}">
      ${ticks}${decades}<text x="${right}" y="${bottom + 27}" text-anchor="end">noise level σ</text>
      <g fill="none" stroke-width="1.2">${sizes.map((_, n) => line(n, chosen.pair, 'opacity=".4"')).join("")}
      ${line(chosen.size, 1 - chosen.pair, 'opacity=".8"')}${line(chosen.size, chosen.pair, 'stroke-width="2.4"')}</g>
      <path d="M${x(chosen.sigma)} ${top}V${bottom}" stroke="currentColor" opacity=".5"/>
      <circle cx="${x(chosen.sigma)}" cy="${y(value)}" r="5" fill="${colors[chosen.size]}" stroke="currentColor"/></svg>
      <p>Residual cosine of A and ${chosen.pair ? "its twin" : "B"} on held-out ${here().at ? "points" : "faces"}, all N; thick: N =
      ${group(sizes[chosen.size])}. Solid: A and B. Dashed: A and its twin.</p>`;
  }

  function say() {
    const view = here(), sigma = view.sigmas[chosen.sigma], n = group(view.sizes[chosen.size]);
    const mean = view.curves[chosen.size][chosen.pair][chosen.sigma].toFixed(2);
    const angle = Math.round(Math.acos(Math.max(-1, Math.min(1, cosine()))) * 180 / Math.PI);
    form.elements.level.value = sigma;
    form.elements.number.value = `${chosen.place + 1} of ${view.count}`;
    form.elements.sigma.setAttribute("aria-valuetext", `sigma ${sigma}`);
    form.elements.place.setAttribute("aria-valuetext", `${chosen.place + 1} of ${view.count}`);
    const turned = view.at && view.dim > 2 ? ` Each point's lines lie in a plane of their own, that of the two residuals, with
      their true angle; where the points are is seen along the two principal directions.` : "";
    find(".lowdiff-says").textContent = `${view.dataset}, σ = ${sigma}, N = ${n}. Here A and ${chosen.pair ? "its twin" : "B"} go
      different ways by ${angle}° (cosine ${cosine().toFixed(2)}); over all held-out ${view.at ? "points" : "faces"} the mean
      cosine is ${mean}.${turned}`.replace(/\s+/g, " ");
    find(".lowdiff-key").innerHTML = view.at ? `<span style="--c:${sides.A}">A</span>
      <span style="--c:${sides.B}">${OTHER[chosen.pair]}</span> <span style="--c:currentColor">the exact answer</span>` : "";
  }

  function draw() {
    for (const name of ["view", "size", "pair", "sigma", "place"]) form.elements[name].value = chosen[name];
    if (here().at) drawField(); else drawTiles();
    drawAgreement();
    say();
  }

  // ---- choosing ----

  const nearest = (count, distance) => {
    let best = 0;
    for (let n = 1; n < count; n++) if (distance(n) < distance(best)) best = n;
    return best;
  };

  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", ({target}) => {
    if (!(target.name in chosen)) return;
    const sigma = here().sigmas[chosen.sigma];
    chosen[target.name] = Number(target.value);
    if (target.name === "view") {
      chosen.sigma = nearest(here().sigmas.length, s => Math.abs(Math.log(here().sigmas[s] / sigma)));
      offer();
    }
    draw();
  });

  const drag = (panel, choose) => {
    const follow = event => {
      const svg = panel.firstElementChild, edges = svg.getBoundingClientRect(), {x, y, width, height} = svg.viewBox.baseVal;
      choose(x + (event.clientX - edges.left) / edges.width * width, y + (event.clientY - edges.top) / edges.height * height);
      draw();
    };
    panel.addEventListener("pointerdown", event => { panel.setPointerCapture(event.pointerId); follow(event); });
    panel.addEventListener("pointermove", event => { if (panel.hasPointerCapture(event.pointerId)) follow(event); });
  };
  drag(field, (x, y) => {
    chosen.place = nearest(here().count, p => Math.hypot(at(chosen.sigma, p)[0] - x, -at(chosen.sigma, p)[1] - y));
  });
  drag(agreement, x => {
    const {sigmas} = here(), ends = [0, sigmas.length - 1].map(s => Math.log(sigmas[s]));
    const log = ends[0] + (x - AXES.left) / (AXES.right - AXES.left) * (ends[1] - ends[0]);
    chosen.sigma = nearest(sigmas.length, s => Math.abs(Math.log(sigmas[s]) - log));
  });

  options("view", views.map(view => view.dataset));
  options("pair", PAIRS);
  chosen.size = 1;  // few samples: where something is to be seen
  chosen.sigma = nearest(here().sigmas.length, s => Math.abs(Math.log(here().sigmas[s] / 0.1)));
  offer();
  draw();
}
