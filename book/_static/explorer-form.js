// The explorer's controls: what they look like, that they show a state, and what state they ask for.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};

  const options = (names, titles = {}) => names.map(name => `<option value="${name}">${titles[name] ?? name}</option>`).join("");
  const PAGE = names => `
    <form aria-label="What to show">
      <div class="lowdiff-choices">
        <label data-name="data">Data set <select name="data">${options(names)}</select></label>
        <label data-name="arm">Second square <select name="arm"></select></label>
        <label data-name="n"><span>Training samples N = <output name="size"></output></span>
          <input type="range" name="n" min="0" step="1"></label>
        <label data-name="sigma"><span>Noise level σ = <output name="level"></output></span>
          <input type="range" name="sigma" min="0" max="1" step="0.005"></label>
        <label data-name="other">Compare A with <select name="other"><option value="B">B (other samples)</option>
          <option value="twin">its twin (the same)</option></select></label>
      </div>
      <p class="lowdiff-key" aria-hidden="true"></p>
      <div class="lowdiff-panels"></div>
      <p class="lowdiff-frame"></p>
      <div class="lowdiff-says" role="status" data-name="says"></div>
      <div class="lowdiff-more">
        <fieldset data-name="show"><legend>Show</legend>${Object.entries(lowdiff.SHOWN).map(([name, text]) =>
          `<label><input type="checkbox" name="show" value="${name}"> ${text}</label>`).join("")}</fieldset>
        <fieldset data-name="point"><legend>The point</legend><label>x <input type="number" name="x" step="any"></label>
          <label>y <input type="number" name="y" step="any"></label></fieldset>
        <p class="buttons"><span data-name="zoom"><button type="button" name="in">Zoom in</button>
          <button type="button" name="out">Zoom out</button> <button type="button" name="whole">Whole picture</button></span>
          <button type="button" name="link" data-name="link">Copy link</button></p>
      </div>
    </form>
    <div data-name="curve"><p class="lowdiff-about"></p></div>`;

  lowdiff.Form = class {
    // on.change(patch), on.zoom(factor), on.address() -> the link
    constructor(scenes, titles, on) {
      Object.assign(this, {scenes, titles});
      this.live = document.createElement("div");
      this.live.className = "lowdiff-live";
      this.live.innerHTML = PAGE(Object.keys(scenes));
      this.form = this.find("form");
      this.form.addEventListener("submit", event => event.preventDefault());
      this.form.addEventListener("input", ({target}) => {
        const asked = this.#asked(target);
        if (asked) on.change(asked);
      });
      this.form.addEventListener("click", ({target}) => {
        const done = {in: () => on.zoom(2), out: () => on.zoom(0.5), whole: () => on.change({frame: null}),
          link: () => this.#copy(on.address())}[target.name];
        if (target.tagName === "BUTTON") done?.();
      });
    }

    find(selector) { return this.live.querySelector(selector); }

    #asked({name, value}) {
      const {state, form} = this, [low, high] = lowdiff.SIGMA;
      if (["data", "arm", "other"].includes(name)) return {[name]: value};
      if (name === "n") return {n: lowdiff.sizes(state, this.scenes)[value]};
      if (name === "sigma") return {sigma: low * (high / low) ** value};
      if (name === "show") return {show: Object.keys(lowdiff.SHOWN).filter(each => form.querySelector(`[value=${each}]`).checked)};
      if (value === "" || !Number.isFinite(Number(value))) return null;
      return {at: name === "x" ? [Number(value), state.at[1]] : [state.at[0], Number(value)]};
    }

    async #copy(link) {
      const button = this.form.elements.link;
      try {
        await navigator.clipboard.writeText(link);
        button.textContent = "Copied";
      } catch {
        button.textContent = "It is in the address bar";
      }
      setTimeout(() => { button.textContent = "Copy link"; }, 2000);
    }

    show(state, colors) {
      this.state = state;
      const {elements} = this.form, {data, arm, n, sigma, at, other, show, hide} = state;
      const sizes = lowdiff.sizes(state, this.scenes), arms = lowdiff.beside(this.scenes[data]);
      const [low, high] = lowdiff.SIGMA;
      elements.data.value = data;
      if (elements.arm.length !== arms.length) elements.arm.innerHTML = options(arms, this.titles);
      elements.arm.value = arm;
      elements.other.value = other;
      elements.n.max = sizes.length - 1;
      elements.n.value = sizes.indexOf(n);
      elements.n.setAttribute("aria-valuetext", `${lowdiff.group(n)} samples`);
      lowdiff.write(elements.size, lowdiff.group(n));
      elements.sigma.value = Math.log(sigma / low) / Math.log(high / low);
      elements.sigma.setAttribute("aria-valuetext", `sigma ${lowdiff.short(sigma)}`);
      lowdiff.write(elements.level, lowdiff.short(sigma));
      for (const check of elements.show) check.checked = show.includes(check.value);
      for (const [k, name] of ["x", "y"].entries())
        if (document.activeElement !== elements[name]) elements[name].value = Number(at[k].toPrecision(4));
      for (const part of this.live.querySelectorAll("[data-name]")) part.hidden = hide.includes(part.dataset.name);
      const key = (color, text, dash = "") => `<span class="${dash}" style="--c:${color}">${text}</span>`;
      const keys = key(colors.A, "A") + key(colors.B, lowdiff.OTHERS[other]) + key("currentColor", "the best move (exact)")
        + (show.includes("ideal") ? key("currentColor", "the ideal denoiser of A's samples", "dash") : "");
      if (keys !== this.keys) this.find(".lowdiff-key").innerHTML = this.keys = keys;
    }
  };
}
