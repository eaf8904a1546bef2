// Predict, then look: the published curve is covered until a reader has said where A and B fall apart; then it is shown
// with the guess. It is there for whoever asks for it.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};
  const APART = 0.9;  // below this cosine two models are said to have parted

  // Where a published curve, coming from much noise, first falls below APART: sigma, between its points in log sigma.
  // null if it never does; its largest sigma if it begins below.
  lowdiff.parting = ({sigmas, values}) => {
    const k = values.findLastIndex(value => value < APART);
    if (k < 0) return null;
    if (k === values.length - 1) return sigmas[k];
    const part = (APART - values[k]) / (values[k + 1] - values[k]);
    return sigmas[k] * (sigmas[k + 1] / sigmas[k]) ** part;
  };

  lowdiff.Guess = class {
    // on.change(): what is to be seen changed; on.lines() -> the curves, as `Curve.draw` has them
    constructor(on) {
      this.covered = false;
      this.guess = null;
      this.on = on;
      this.box = document.createElement("div");
      this.box.className = "lowdiff-guess";
      this.box.innerHTML = `<button type="button" name="begin">Guess first</button>
        <div hidden><label><span>Coming from much noise, where does the cosine of A and B fall below ${APART}?
          At σ = <output></output></span><input type="range" min="0" max="1" step="0.01" value="0.5"></label>
          <button type="button" name="look">Show the curve</button></div><p role="status"></p>`;
      this.box.querySelector("[name=begin]").addEventListener("click", () => this.#set(true));
      this.box.querySelector("[name=look]").addEventListener("click", () => this.#set(false));
      this.box.querySelector("input").addEventListener("input", () => this.#read());
    }

    #set(covered) {
      this.covered = covered;
      this.box.querySelector("div").hidden = !covered;
      this.box.querySelector("[name=begin]").hidden = covered;
      this.#read();
      this.box.querySelector(covered ? "input" : "[name=begin]").focus();
    }

    #read() {
      const [low, high] = lowdiff.SIGMA;
      this.guess = low * (high / low) ** this.box.querySelector("input").value;
      this.box.querySelector("output").value = lowdiff.short(this.guess);
      this.on.change();
    }

    // After the curves changed: the answer beside the guess, in words.
    say() {
      const answers = this.on.lines().filter(line => !line.dash).map(line => {
        const sigma = lowdiff.parting(line);
        if (sigma === null) return `${line.label}: nowhere`;
        return `${line.label}: ${sigma === line.sigmas.at(-1) ? "from the start, " : ""}σ = ${lowdiff.short(sigma)}`;
      });
      this.box.querySelector("p").textContent = this.guess === null || this.covered || !answers.length ? ""
        : `Your guess was σ = ${lowdiff.short(this.guess)}. By the published curves the cosine falls below ${APART} at: ${answers.join("; ")}.`;
    }
  };
}
