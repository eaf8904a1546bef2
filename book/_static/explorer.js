// The explorer: a point, a noise level, and networks that are evaluated here: those told sigma, and beside them others. What is on the page was put there by lowdiff_lib/figures/explorer.py.
"use strict";
{
  const lowdiff = window.lowdiff, box = document.querySelector(".lowdiff-explorer");
  const {sides, titles, colors, start, ...about} = JSON.parse(box.querySelector("script").textContent);
  const scenes = Object.fromEntries(about.scenes.map(scene => [scene.name, {...scene, exact: new lowdiff.Mixture(scene.mixture)}]));
  const END = 0.005, STEPS = 48;  // of a way down the probability flow
  const PATIENCE = 60;  // milliseconds without a change, before ways are worked out
  const DOTS = 1000;  // training samples of a side that are shown

  const shelf = new lowdiff.Shelf(scenes);
  // For whoever tries things out: lowdiff.network("spiral", "told", 100, "A").then(net => net.residuals([1, 2], 0.1))
  lowdiff.network = (data, arm, n, who) => shelf.network(data, arm, n, who);
  lowdiff.samples = (data, side) => shelf.samples(data, side);
  lowdiff.scenes = scenes;

  const isState = () => location.hash.includes("=");
  let state = lowdiff.read(isState() ? location.hash : "", scenes, start);
  let queued = false, writing = 0, walking = 0, drawn = "", curved = "", failed = "";
  const scene = () => scenes[state.data], model = (arm, who) => shelf.has(state, arm, who);
  const TOLD = lowdiff.told(scene()), armOf = slot => slot === TOLD ? TOLD : state.arm;
  const shows = name => state.show.includes(name), other = () => lowdiff.OTHERS[state.other];
  const frame = () => { const [cx, cy, half] = state.frame ?? scene().frame; return {cx, cy, half}; };

  // ---- the page ----

  const place = at => change({at});
  const form = new lowdiff.Form(scenes, titles, {
    change,
    zoom(factor) {  // about the point, which stays where it is
      const {cx, cy, half} = frame(), [x, y] = state.at;
      change({frame: [x + (cx - x) / factor, y + (cy - y) / factor, half / factor]});
    },
    address() {
      history.replaceState(null, "", lowdiff.address(state));
      return location.href;
    },
  });
  const squares = {};
  for (const slot of [TOLD, lowdiff.beside(scene())[0]]) {
    squares[slot] = new lowdiff.Square({place, nudge: (dx, dy) => place([state.at[0] + dx, state.at[1] + dy])});
    squares[slot].box.dataset.name = slot;
    form.find(".lowdiff-panels").append(squares[slot].box);
  }
  const curve = new lowdiff.Curve({
    sigma: sigma => change({sigma: Math.min(lowdiff.SIGMA[1], Math.max(lowdiff.SIGMA[0], sigma))}),
  });
  const guess = new lowdiff.Guess({change: request, lines: curves});
  form.find("[data-name=curve]").append(guess.box, curve.box);
  box.prepend(form.live);
  const portraits = document.querySelector(".lowdiff-portraits");
  const faces = portraits && new lowdiff.Faces(portraits, {change: face => change({face})});

  // ---- from a change to a picture ----

  function change(patch) {
    if (patch.data && patch.data !== state.data) {
      patch = {...patch, at: scenes[patch.data].start, frame: null};
    }
    state = lowdiff.possible({...state, ...patch}, scenes);
    failed = "";
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", lowdiff.address(state)), 250);
    request();
  }

  function request() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => { queued = false; render(); });
  }

  function render() {
    form.show(state, sides);
    faces?.show(state.face, state.hide.includes("faces"));
    if (!shelf.isReady(state)) {
      say([failed || "The networks are on their way."]);
      if (!failed) shelf.bring(state).then(request, error => { failed = `This cannot be shown: ${error.message}.`; request(); });
      return;
    }
    for (const [slot, square] of Object.entries(squares)) {
      square.frame = frame();
      square.title = titles[armOf(slot)];
    }
    const said = drawPoint();
    drawField();
    drawCurve();
    say(said);
    for (const square of Object.values(squares)) square.paths([]);
    clearTimeout(walking);
    if (shows("follow") || shows("again")) walking = setTimeout(() => say(drawPaths(said)), PATIENCE);
  }

  function drawPoint() {
    const {sigma, at} = state, times = lowdiff.enlarged(frame(), sigma), exact = scene().exact.residuals(at, sigma);
    const known = shows("ideal") && state.n <= scene().most ? new lowdiff.Ideal(shelf.sample(state, "A")).residuals(at, sigma) : null;
    return Object.entries(squares).map(([slot, square]) => {
      const arm = armOf(slot);
      const moves = {A: model(arm, "A").residuals(at, sigma), other: model(arm, state.other).residuals(at, sigma), exact};
      const lines = [{move: exact, color: "currentColor"}, {move: moves.other, color: sides.B}, {move: moves.A, color: sides.A}];
      square.point(at, known ? [{move: known, color: "currentColor", dash: true}, ...lines] : lines, times);
      const {largest} = scene().arms[arm];
      return lowdiff.sentence(titles[arm], moves, other(), sigma)
        + (sigma > largest ? ` These networks were trained up to σ = ${largest} only.` : "");
    });
  }

  function drawField() {  // where something but the point changed
    const {cx, cy, half} = frame(), {data, n, sigma, show} = state, times = lowdiff.enlarged(frame(), sigma);
    const key = [data, state.arm, n, sigma, state.other, show, cx, cy, half].join();
    if (key === drawn) return;
    drawn = key;
    const {points, noise, exact} = scene(), y = Float64Array.from(points, (x, k) => x + sigma * noise[k]);
    const best = shows("field") ? exact.residuals(y, sigma) : null;
    for (const [slot, square] of Object.entries(squares)) {
      const arm = armOf(slot);
      square.field(best ? y : [], best ? [
        {moves: best, color: "currentColor"},
        {moves: model(arm, state.other).residuals(y, sigma), color: sides.B},
        {moves: model(arm, "A").residuals(y, sigma), color: sides.A},
      ] : [], times);
      square.samples(shows("samples") ? [..."AB"].map(side =>
        ({points: shelf.sample(state, side).subarray(0, 2 * DOTS), color: sides[side]})) : []);
      square.density(shows("density") ? (x, y) => exact.logDensity(x, y, sigma) : null);
    }
    let outside = 0;
    for (let k = 0; k < y.length; k += 2) outside += Math.max(Math.abs(y[k] - cx), Math.abs(y[k + 1] - cy)) > half;
    const {group, short} = lowdiff;
    form.find(".lowdiff-frame").textContent = [
      `The squares are ${short(2 * half)} data units wide.`,
      times === 1 ? "Lines are as long as the moves." : `Lines are ${times} times as long as the moves.`,
      best && outside ? `${outside} of ${y.length / 2} noisy points lie outside.` : "",
      shows("samples") && n > DOTS ? `Of the training samples the first ${group(DOTS)} of each side are shown.` : "",
      shows("ideal") && n > scene().most ? `The ideal denoiser is here up to N = ${group(scene().most)} only.` : "",
      `These networks, worked out here, agree with the library's to ${short(shelf.error(state))} of a move (${scene().checks.y.length} points).`,
    ].filter(Boolean).join(" ");
  }

  function drawPaths(said) {
    const {at, sigma} = state, walks = [];
    if (shows("follow") && sigma > END) walks.push({what: `Followed down to σ = ${END}`, dash: false,
      walk: denoiser => lowdiff.follow(denoiser, at, lowdiff.schedule(sigma, END, STEPS))});
    if (shows("again")) walks.push({what: "Denoised again and again", dash: true, walk: denoiser => lowdiff.again(denoiser, at, sigma)});
    for (const each of walks) each.best = each.walk(scene().exact);
    return Object.entries(squares).map(([slot, square], k) => {
      const arm = armOf(slot), lines = [], more = [said[k]];
      for (const {what, dash, walk, best} of walks) {
        const [A, B] = ["A", state.other].map(who => walk(model(arm, who)));
        lines.push({states: best, color: "currentColor", dash}, {states: B, color: sides.B, dash}, {states: A, color: sides.A, dash});
        more.push(lowdiff.journey(what, {A: A.at(-1), other: B.at(-1), exact: best.at(-1)}, other(), dash ? A.length - 1 : undefined));
      }
      square.paths(lines);
      return more.join(" ");
    });
  }

  function curves() {
    return scene().curves.filter(line => line.n === state.n && [TOLD, state.arm].includes(line.arm)).map(({arm, who, sigmas, values}) => ({sigmas, values,
      color: colors[arm], dash: who !== "A-B", label: `${titles[arm]}, A and ${who === "A-B" ? "B" : "its twin"}`}));
  }

  function drawCurve() {  // where something but the point changed
    const key = [state.data, state.arm, state.n, state.sigma, guess.guess, guess.covered].join();
    if (key === curved) return;
    curved = key;
    const lines = curves();
    curve.draw(lines, state.sigma, lowdiff.SIGMA, guess);
    guess.say();
    form.find(".lowdiff-about").textContent = lines.length
      ? `How alike two models go over all held-out points of ${state.data}, N = ${lowdiff.group(state.n)}: the published cosine
        of their moves, which does not see how long these are. The upright line is the σ chosen; point at another.`
      : `No curve is published for ${state.data}, N = ${lowdiff.group(state.n)}.`;
  }

  const say = sentences => lowdiff.writeAll(form.find(".lowdiff-says"), sentences);

  addEventListener("hashchange", () => {
    if (!isState()) return;
    state = lowdiff.read(location.hash, scenes, start);
    request();
  });
  request();
}
