// Faces in the explorer: pictures that networks made of them, chosen by face, N and sigma. What is on the page was put
// there by lowdiff_lib/figures/portraits.py.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};
  const near = (list, value) => list.reduce((a, b) => Math.abs(Math.log(b / value)) < Math.abs(Math.log(a / value)) ? b : a);
  const percent = share => `${lowdiff.short(100 * share)} %`;

  lowdiff.Faces = class {
    // on.change([face, n, sigma]): something was chosen
    constructor(box, on) {
      Object.assign(this, JSON.parse(box.querySelector("script").textContent));
      this.box = box;
      this.live = document.createElement("div");
      this.live.className = "lowdiff-live";
      const picture = (title, slot) => `<figure><canvas width="${this.side}" height="${this.side}" data-slot="${slot}"
        aria-hidden="true"></canvas><figcaption>${title}</figcaption></figure>`;
      this.live.innerHTML = `<form aria-label="Which face, and how">
        <div class="lowdiff-choices">
          <label>Face <select name="face">${Array.from({length: this.count}, (_, k) => `<option>${k + 1}</option>`).join("")}</select></label>
          <label><span>Training faces N = <output name="faces-size"></output></span>
            <input type="range" name="faces-n" min="0" max="${this.sizes.length - 1}"></label>
          <label><span>Noise level σ = <output name="faces-level"></output></span>
            <input type="range" name="faces-sigma" min="0" max="${this.sigmas.length - 1}"></label>
        </div></form>
        <div class="lowdiff-faces">${this.titles.map((title, arm) => picture(...[["clean", "clean"], ["with noise", "noisy"]][arm])
          + [..."AB"].map(side => picture(`${title}: ${side}`, `${arm} ${side}`)).join("")).join("")}</div>
        <div class="lowdiff-left" role="status"></div>`;
      const form = this.form = this.live.querySelector("form");
      form.addEventListener("submit", event => event.preventDefault());
      form.addEventListener("input", () => {
        const {face, "faces-n": n, "faces-sigma": sigma} = form.elements;
        on.change([Number(face.value), this.sizes[n.value], this.sigmas[sigma.value]]);
      });
      box.prepend(this.live);
    }

    // asked: [face, n, sigma], of an address; what makes no sense is as it is at first.
    async show(asked, hidden) {
      this.live.hidden = hidden;
      if (hidden) return;
      const {start, sizes, sigmas, count, form} = this, [face, n, sigma] = asked ?? [];
      const one = Number.isInteger(face) && face >= 1 && face <= count ? face : start.face;
      const size = near(sizes, n > 0 ? n : start.n), level = near(sigmas, sigma > 0 ? sigma : start.sigma);
      const {elements} = form, [i, j] = [sizes.indexOf(size), sigmas.indexOf(level)];
      elements.face.value = one;
      elements["faces-n"].value = i;
      elements["faces-n"].setAttribute("aria-valuetext", `${lowdiff.group(size)} faces`);
      lowdiff.write(elements["faces-size"], lowdiff.group(size));
      elements["faces-sigma"].value = j;
      elements["faces-sigma"].setAttribute("aria-valuetext", `sigma ${level}`);
      lowdiff.write(elements["faces-level"], level);
      const chosen = `${one} ${i} ${j}`, says = this.live.querySelector(".lowdiff-left");
      if (chosen === this.chosen) return;
      this.chosen = chosen;
      lowdiff.writeAll(says, this.said[one - 1][j].map((of, arm) => {
        const [a, b, apart] = of[i];
        return `${this.titles[arm]}: A leaves ${percent(a)} of the noise, B ${percent(b)}; the two are ${percent(apart)} of it apart.`;
      }));
      try {
        this.pixels ??= await lowdiff.load(this.name);
      } catch (error) {
        lowdiff.writeAll(says, [`The pictures cannot be shown: ${error.message}.`]);
        return;
      }
      if (chosen === this.chosen) this.#draw(one - 1, i, j);
    }

    #draw(face, i, j) {
      const {sizes, sigmas, titles} = this, each = 1 + 2 * sizes.length * titles.length;
      const first = face * (1 + sigmas.length * each), noisy = first + 1 + j * each;
      for (const canvas of this.live.querySelectorAll("canvas")) {
        const {slot} = canvas.dataset, [arm, side] = slot.split(" ");
        this.#paint(canvas, slot === "clean" ? first : slot === "noisy" ? noisy
          : noisy + 1 + 2 * (arm * sizes.length + i) + (side === "B"));
      }
    }

    #paint(canvas, number) {
      const context = canvas.getContext("2d"), image = context.createImageData(this.side, this.side), size = this.side ** 2;
      for (let k = 0; k < size; k++) {
        const grey = this.pixels[number * size + k];
        image.data.set([grey, grey, grey, 255], 4 * k);
      }
      context.putImageData(image, 0, 0);
    }
  };
}
