// What is chosen in the explorer, its form in the address, and the networks and samples that it needs.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};
  lowdiff.SIGMA = [0.003, 20];  // the noise levels that can be chosen
  lowdiff.SHOWN = {field: "noisy points", follow: "follow (probability flow)", again: "denoise again and again",
    ideal: "the ideal denoiser", samples: "training samples", density: "density"};
  lowdiff.OTHERS = {B: "B", twin: "its twin"};

  const numbers = text => (text ?? "").split(",").map(text => text.trim() === "" ? NaN : Number(text));
  const words = text => (text ?? "").split(",").filter(Boolean);
  const near = (sizes, n) => sizes.reduce((a, b) => Math.abs(Math.log(b / n)) < Math.abs(Math.log(a / n)) ? b : a);

  // The state of an address; what is missing there, or makes no sense, is as it is at first.
  lowdiff.read = (hash, scenes, start) => {
    const asked = new URLSearchParams(hash.slice(1)), known = asked.get("data") in scenes;
    const scene = scenes[known ? asked.get("data") : start.data], n = Number(asked.get("n")), sigma = Number(asked.get("sigma"));
    const at = numbers(asked.get("at")), frame = numbers(asked.get("frame")), face = numbers(asked.get("face")), finite = list => list.every(Number.isFinite);
    return lowdiff.possible({
      data: scene.name,
      arm: asked.get("arm"),
      n: n > 0 ? n : start.n,
      sigma: sigma > 0 ? Math.min(lowdiff.SIGMA[1], Math.max(lowdiff.SIGMA[0], sigma)) : start.sigma,
      at: at.length === 2 && finite(at) ? at : scene.start,
      other: asked.get("other") in lowdiff.OTHERS ? asked.get("other") : "B",
      show: asked.has("show") ? words(asked.get("show")).filter(name => name in lowdiff.SHOWN) : ["field"],
      frame: frame.length === 3 && finite(frame) && frame[2] > 0 ? frame : null,  // middle and half width; or the whole
      face: asked.has("face") ? face : null,  // which one, N and sigma
      hide: words(asked.get("hide")),  // controls and parts that a teacher leaves out, by their data-name
    }, scenes);
  };

  // What the first square has, what the second may have, and the N of which there are networks of both.
  lowdiff.told = ({arms}) => Object.keys(arms)[0];
  lowdiff.beside = ({arms}) => Object.keys(arms).slice(1);
  lowdiff.sizes = (state, scenes) => scenes[state.data].arms[state.arm].sizes;

  // A state, with networks that there are: other ones, or of the nearest N, if there are none as they were asked for.
  lowdiff.possible = (state, scenes) => {
    const known = lowdiff.beside(scenes[state.data]), arm = known.includes(state.arm) ? state.arm : known[0];
    return {...state, arm, n: near(lowdiff.sizes({...state, arm}, scenes), state.n)};
  };

  lowdiff.address = ({data, arm, n, sigma, at, other, show, frame, face, hide}) => {
    const digits = value => Number(value.toPrecision(5));
    const parts = [`data=${data}`, `arm=${arm}`, `n=${n}`, `sigma=${digits(sigma)}`, `at=${at.map(digits)}`, `other=${other}`, `show=${show}`];
    if (frame) parts.push(`frame=${frame.map(digits)}`);
    if (face) parts.push(`face=${face}`);
    if (hide.length) parts.push(`hide=${hide}`);
    return `#${parts.join("&")}`;
  };

  // Networks and samples: loaded when they are asked for, then kept.
  lowdiff.Shelf = class {
    #kept = {};
    #errors = {};

    constructor(scenes) { this.scenes = scenes; }

    async network(data, arm, n, who) {
      const name = `weights/${data}/${arm}-${n}-${who}`, {arms, mean, sd} = this.scenes[data];
      return this.#kept[name] ??= new lowdiff.Network(await lowdiff.load(name), arms[arm], {mean, sd});
    }

    async samples(data, side) {
      const name = `weights/${data}/samples-${side}`;
      return this.#kept[name] ??= new Float32Array((await lowdiff.load(name)).buffer);
    }

    has({data, n}, arm, who) { return this.#kept[`weights/${data}/${arm}-${n}-${who}`]; }

    // How far the networks of a state are from the library's, which was asked about a few points when the page was made:
    // the largest difference of two moves over their length.
    error(state) {
      const {checks} = this.scenes[state.data];
      return Math.max(...this.#asked(state).map(([arm, who]) => this.#error(checks, `${state.data}/${arm}-${state.n}-${who}`)));
    }

    // The networks of a state, as [arm, who].
    #asked({data, arm, other}) {
      return [lowdiff.told(this.scenes[data]), arm].flatMap(each => ["A", other].map(who => [each, who]));
    }

    #error({y, sigma, residuals}, name) {
      return this.#errors[name] ??= Math.max(...y.map((point, k) => {
        const [a, b] = this.#kept[`weights/${name}`].residuals(point, sigma[k]), [c, d] = residuals[name][k];
        return Math.hypot(a - c, b - d) / Math.hypot(c, d);
      }));
    }

    // The first n samples of a side, [n, 2] in a row.
    sample({data, n}, side) { return this.#kept[`weights/${data}/samples-${side}`]?.subarray(0, 2 * n); }

    // All that a state needs; a promise.
    async bring(state) {
      const {data, n, show} = state, wanted = this.#asked(state).map(([arm, who]) => this.network(data, arm, n, who));
      if (show.includes("samples") || show.includes("ideal")) for (const side of "AB") wanted.push(this.samples(data, side));
      await Promise.all(wanted);
    }

    // Whether all of that is there.
    isReady(state) {
      const {show} = state, sampled = show.includes("samples") || show.includes("ideal");
      return this.#asked(state).every(([arm, who]) => this.has(state, arm, who))
        && (!sampled || [..."AB"].every(side => this.sample(state, side)));
    }
  };
}
