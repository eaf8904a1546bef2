// What the explorer draws: squares of the plane, and the published curve of agreement. It knows no state
// but what it is handed.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};
  const SIDE = 320, ARROW = 28;  // pixels of a square, and of a line that is sigma long where that is enlarged

  // A frame {cx, cy, half}: what of the plane is seen. Lines are drawn `times` as long as they are.
  lowdiff.enlarged = (frame, sigma) => {
    const times = ARROW * 2 * frame.half / (SIDE * sigma);
    return times <= 1 ? 1 : Number(times.toPrecision(2));
  };

  lowdiff.Square = class {
    // on.place([x, y]) is called with data coordinates; on.nudge(dx, dy) with steps of a key.
    constructor(on) {
      this.box = document.createElement("div");
      this.box.className = "lowdiff-square";
      this.box.innerHTML = `<h3></h3><div><canvas width="96" height="96" hidden></canvas>
        <svg class="ground" viewBox="0 0 ${SIDE} ${SIDE}" aria-hidden="true"><g class="samples"></g><g class="field"></g></svg>
        <svg class="top" viewBox="0 0 ${SIDE} ${SIDE}" tabindex="0" role="application"><g class="paths"></g><g class="point"></g><circle class="handle" r="24"/></svg></div>`;
      this.svg = this.box.querySelector(".top");  // a layer of its own: what lies below is not drawn again
      this.canvas = this.box.querySelector("canvas");
      this.group = name => this.box.querySelector(`.${name}`);
      const at = event => {
        const edges = this.svg.getBoundingClientRect(), {cx, cy, half} = this.frame;
        return [cx + ((event.clientX - edges.left) / edges.width * 2 - 1) * half,
                cy - ((event.clientY - edges.top) / edges.height * 2 - 1) * half];
      };
      this.svg.addEventListener("pointerdown", event => {
        if (event.pointerType !== "mouse" && !event.target.closest(".handle")) return;  // a finger may want to scroll
        this.svg.setPointerCapture(event.pointerId);
        on.place(at(event));
      });
      this.svg.addEventListener("pointermove", event => {
        if (this.svg.hasPointerCapture(event.pointerId)) on.place(at(event));
      });
      this.svg.addEventListener("click", event => on.place(at(event)));
      this.svg.addEventListener("keydown", event => {
        const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
        if (!way) return;
        event.preventDefault();
        const step = this.frame.half / (event.shiftKey ? 5 : 50);
        on.nudge(way[0] * step, way[1] * step);
      });
    }

    set title(text) {
      lowdiff.write(this.box.querySelector("h3"), text);
      this.svg.setAttribute("aria-label", `${text}: a point, moved with the arrow keys, in larger steps with shift`);
    }

    pixel(x, y) {
      const {cx, cy, half} = this.frame, scale = SIDE / 2 / half;
      return `${((x - cx) * scale + SIDE / 2).toFixed(1)} ${((cy - y) * scale + SIDE / 2).toFixed(1)}`;
    }

    vector(dx, dy, times) {
      const scale = SIDE / 2 / this.frame.half * times;
      return `${(dx * scale).toFixed(1)} ${(-dy * scale).toFixed(1)}`;
    }

    dots(points, count = points.length / 2) {
      let d = "";
      for (let k = 0; k < 2 * count; k += 2) d += `M${this.pixel(points[k], points[k + 1])}h0`;
      return d;
    }

    // sets: [{points, color}]
    samples(sets) {
      this.group("samples").innerHTML = sets.map(({points, color}) =>
        `<path d="${this.dots(points)}" stroke="${color}" stroke-width="2.6" class="dots" opacity=".6"/>`).join("");
    }

    // y [n, 2]; lines: [{moves, color}], the exact one first so that the others lie over it.
    field(y, lines, times) {
      this.group("field").innerHTML = lines.map(({moves, color}) => {
        let d = "";
        for (let k = 0; k < y.length; k += 2)
          d += `M${this.pixel(y[k], y[k + 1])}l${this.vector(moves[k], moves[k + 1], times)}`;
        return `<path d="${d}" stroke="${color}" stroke-width="1" opacity=".5"/>`;
      }).join("") + `<path d="${this.dots(y)}" stroke="currentColor" stroke-width="2" class="dots" opacity=".6"/>`;
    }

    // lines: [{states, color, dash}], each a way that a point takes, with its end marked.
    paths(lines) {
      this.group("paths").innerHTML = lines.map(({states, color, dash}) => {
        const end = this.pixel(...states.at(-1)).split(" ");
        return `<path d="M${states.map(each => this.pixel(...each)).join("L")}" stroke="${color}" stroke-width="1.6"
          ${dash ? 'stroke-dasharray="2 3"' : ""}/><circle cx="${end[0]}" cy="${end[1]}" r="3" fill="${color}"/>`;
      }).join("");
    }

    // lines: [{move: [dx, dy], color, dash}] from [x, y], with heads. What is there is moved: to put elements into the page
    // makes a browser match the theme's rules with :has() again, which takes longer than all else of a frame.
    point([x, y], lines, times) {
      const [left, top] = this.pixel(x, y).split(" "), group = this.group("point");
      if (group.childElementCount !== lines.length + 1)
        group.innerHTML = `${"<path stroke-width='2'/>".repeat(lines.length)}<circle r="5" stroke="currentColor" stroke-width="1.4"/>`;
      lines.forEach(({move, color, dash}, k) => {
        const [dx, dy] = this.vector(...move, times).split(" ").map(Number), long = Math.hypot(dx, dy);
        const head = Math.min(6, long / 3), [ux, uy] = long ? [dx / long * head, dy / long * head] : [0, 0];
        const barb = turn => `M${+left + dx} ${+top + dy}l${-ux + turn * uy * .6} ${-uy - turn * ux * .6}`;
        const look = {d: `M${left} ${top}l${dx} ${dy}${barb(1)}${barb(-1)}`, stroke: color, "stroke-dasharray": dash ? "3 3" : "none"};
        for (const [name, value] of Object.entries(look)) group.children[k].setAttribute(name, value);
      });
      for (const circle of [group.lastElementChild, this.svg.querySelector(".handle")]) {
        circle.setAttribute("cx", left);
        circle.setAttribute("cy", top);
      }
    }

    // log: (x, y) -> log density, or nothing to show none.
    density(log) {
      this.canvas.hidden = !log;
      if (!log) return;
      const {width} = this.canvas, context = this.canvas.getContext("2d"), image = context.createImageData(width, width);
      const {cx, cy, half} = this.frame, values = new Float64Array(width * width);
      for (let k = 0; k < values.length; k++)
        values[k] = log(cx + ((k % width + .5) / width * 2 - 1) * half, cy - ((Math.floor(k / width) + .5) / width * 2 - 1) * half);
      const most = values.reduce((a, b) => Math.max(a, b));
      for (let k = 0; k < values.length; k++)
        image.data.set([0, 140, 110, 150 * Math.exp((values[k] - most) / 2)], 4 * k);
      context.putImageData(image, 0, 0);
    }
  };

  // ---- the published curve ----

  const AXES = {left: 34, right: 300, top: 14, bottom: 124};

  lowdiff.Curve = class {
    constructor(on) {  // on.sigma(sigma): a noise level was pointed at
      this.box = document.createElement("div");
      this.box.className = "lowdiff-agreement";
      const pick = event => {
        const svg = this.box.querySelector("svg"), edges = svg?.getBoundingClientRect();
        if (!svg) return;
        const x = (event.clientX - edges.left) / edges.width * svg.viewBox.baseVal.width;
        on.sigma(this.range[0] * (this.range[1] / this.range[0]) ** ((x - AXES.left) / (AXES.right - AXES.left)));
      };
      this.box.addEventListener("pointerdown", event => { this.box.setPointerCapture(event.pointerId); pick(event); });
      this.box.addEventListener("pointermove", event => { if (this.box.hasPointerCapture(event.pointerId)) pick(event); });
    }

    // lines: [{sigmas, values, label, color, dash}]
    // guess: {covered, guess}, a sigma to be marked, and whether the lines are to be seen yet
    draw(lines, sigma, range, {covered, guess}) {
      this.range = range;
      this.box.hidden = !lines.length;
      const {left, right, top, bottom} = AXES, lowest = Math.min(0, ...lines.flatMap(line => line.values));
      const x = s => left + Math.log(s / range[0]) / Math.log(range[1] / range[0]) * (right - left);
      const y = v => bottom - (v - lowest) / (1 - lowest) * (bottom - top);
      const ticks = [0, 0.5, 1].map(v => `<text x="${left - 5}" y="${y(v) + 3}" text-anchor="end">${v}</text>
        <path d="M${left} ${y(v)}H${right}" stroke="currentColor" opacity=".15"/>`).join("");
      const decades = [0.01, 0.1, 1, 10].map(s => `<text x="${x(s)}" y="${bottom + 13}" text-anchor="middle">${s}</text>`);
      this.box.innerHTML = `<svg viewBox="0 0 320 154" role="img" aria-label="Published agreement against noise level">
        ${ticks}${decades.join("")}<text x="${right}" y="${bottom + 25}" text-anchor="end">noise level σ</text>
        <g fill="none" stroke-width="1.8" ${covered ? 'visibility="hidden"' : ""}>${lines.map(line => `<path d="M${line.values.map((v, k) =>
          `${x(line.sigmas[k]).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}" stroke="${line.color}"
          ${line.dash ? 'stroke-dasharray="4 3"' : ""}/>`).join("")}</g>
        <path d="M${x(sigma)} ${top}V${bottom}" stroke="currentColor" opacity=".6"/>
        ${guess === null ? "" : `<path d="M${x(guess)} ${top}V${bottom}" stroke="currentColor" stroke-dasharray="2 3"/>
          <text x="${x(guess)}" y="${top - 2}" text-anchor="middle">your guess</text>`}</svg>
        <p class="lowdiff-key">${lines.map(line =>
          `<span class="${line.dash ? "dash" : ""}" style="--c:${line.color}">${line.label}</span>`).join("")}</p>`;
    }
  };
}
