// What needs no training, for points of the plane: the exact mixture, the ideal denoiser of a training set, and where a
// denoiser takes a point. As lowdiff_lib/datasets/mixtures.py, models/reference.py and measures/samplers.py have them.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};

  // weights [K], means [K][2], eigenvalues [K][2], eigenvectors [K][2][2] with the vectors as columns.
  lowdiff.Mixture = class {
    constructor(about) {
      Object.assign(this, about);
      const total = this.weights.reduce((sum, w) => sum + w, 0);
      this.logWeights = this.weights.map(w => Math.log(w / total));
    }

    // Log of each component's share of the density at (x, y), and its pull there.
    #parts(x, y, sigma) {
      return this.logWeights.map((logWeight, k) => {
        const [[a, b], [c, d]] = this.eigenvectors[k], dx = x - this.means[k][0], dy = y - this.means[k][1];
        const u = dx * a + dy * c, v = dx * b + dy * d;
        const s = this.eigenvalues[k][0] + sigma ** 2, t = this.eigenvalues[k][1] + sigma ** 2;
        const log = logWeight - 0.5 * (u * u / s + v * v / t + Math.log(s) + Math.log(t)) - Math.log(2 * Math.PI);
        return {log, score: [-(a * u / s + b * v / t), -(c * u / s + d * v / t)]};
      });
    }

    logDensity(x, y, sigma) {
      const parts = this.#parts(x, y, sigma), most = Math.max(...parts.map(part => part.log));
      return most + Math.log(parts.reduce((sum, part) => sum + Math.exp(part.log - most), 0));
    }

    // sigma^2 score, for points y [n, 2] in a row.
    residuals(y, sigma) {
      const found = new Float64Array(y.length);
      for (let p = 0; p < y.length; p += 2) {
        const parts = this.#parts(y[p], y[p + 1], sigma), most = Math.max(...parts.map(part => part.log));
        let total = 0;
        for (const {log, score} of parts) {
          const share = Math.exp(log - most);
          total += share;
          found[p] += share * score[0];
          found[p + 1] += share * score[1];
        }
        for (const k of [p, p + 1]) found[k] *= sigma ** 2 / total;
      }
      return found;
    }
  };

  // The mean of training samples x [N, 2] under weights exp(-|y - x|^2 / 2 sigma^2), less y.
  lowdiff.Ideal = class {
    constructor(x) { this.x = x; }

    residuals(y, sigma) {
      const {x} = this, found = new Float64Array(y.length), steep = 1 / (2 * sigma ** 2);
      for (let p = 0; p < y.length; p += 2) {
        let nearest = Infinity, total = 0;
        for (let k = 0; k < x.length; k += 2)
          nearest = Math.min(nearest, (y[p] - x[k]) ** 2 + (y[p + 1] - x[k + 1]) ** 2);
        for (let k = 0; k < x.length; k += 2) {
          const far = ((y[p] - x[k]) ** 2 + (y[p + 1] - x[k + 1]) ** 2 - nearest) * steep;
          if (far > 50) continue;
          const share = Math.exp(-far);
          total += share;
          found[p] += share * (x[k] - y[p]);
          found[p + 1] += share * (x[k + 1] - y[p + 1]);
        }
        found[p] /= total;
        found[p + 1] /= total;
      }
      return found;
    }
  };

  // ---- where it takes a point [x, y] ----

  // steps + 1 noise levels from one to another, geometrically spaced.
  lowdiff.schedule = (from, to, steps) => Array.from({length: steps + 1}, (_, k) => from * (to / from) ** (k / steps));

  // Down the probability flow: every state. Heun's method in log sigma, where dy / dlog(sigma) = -residual.
  lowdiff.follow = (denoiser, [x, y], sigmas) => {
    const states = [[x, y]];
    for (let k = 0; k + 1 < sigmas.length; k++) {
      const step = Math.log(sigmas[k + 1]) - Math.log(sigmas[k]);
      const here = denoiser.residuals([x, y], sigmas[k]);
      const there = denoiser.residuals([x - step * here[0], y - step * here[1]], sigmas[k + 1]);
      x -= step * (here[0] + there[0]) / 2;
      y -= step * (here[1] + there[1]) / 2;
      states.push([x, y]);
    }
    return states;
  };

  // Denoise again and again at one sigma, until it rests or 200 times: every state.
  lowdiff.again = (denoiser, [x, y], sigma, most = 200) => {
    const states = [[x, y]];
    for (let k = 0; k < most; k++) {
      const move = denoiser.residuals([x, y], sigma);
      x += move[0];
      y += move[1];
      states.push([x, y]);
      if (Math.max(Math.abs(move[0]), Math.abs(move[1])) < 1e-3 * sigma) break;
    }
    return states;
  };
}
