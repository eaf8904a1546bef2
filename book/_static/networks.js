// The trained networks, evaluated in the page: what lowdiff_lib/models/mlp.py and denoiser.py do, for points of the plane.
// A network arrives as a script that holds its published file (safetensors, half precision), so that it also comes from disk.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};
  const waiting = {};  // by name: what is called when the script of a network has run
  const loading = {};

  // The content of a script, by name; a promise. The scripts are in a folder beside those of the pages.
  lowdiff.load = name => loading[name] ??= new Promise((done, failed) => {
    waiting[name] = done;
    const script = document.createElement("script");
    script.src = `${document.documentElement.dataset.content_root ?? "../"}${name}.js`;
    script.onerror = () => { delete loading[name]; failed(new Error(`${name}.js is not there`)); };
    document.head.append(script);
  });
  lowdiff.arrived = (name, base64) => waiting[name](Uint8Array.from(atob(base64), c => c.charCodeAt(0)));

  // ---- safetensors: the length of a header, the header (JSON), the numbers ----

  function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  const READ = {
    F16: (view, at) => half(view.getUint16(at, true)),
    F32: (view, at) => view.getFloat32(at, true),
  };
  const BYTES = {F16: 2, F32: 4};

  lowdiff.tensors = bytes => {
    const view = new DataView(bytes.buffer), length = Number(view.getBigUint64(0, true)), found = {};
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    for (const [name, {dtype, shape, data_offsets: [from, to]}] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const values = new Float64Array((to - from) / BYTES[dtype]);
      for (let k = 0; k < values.length; k++) values[k] = READ[dtype](view, 8 + length + from + k * BYTES[dtype]);
      found[name] = {shape, values};
    }
    return found;
  };

  // ---- the network ----

  // out [n, outputs] of x [n, inputs] under weight [outputs, inputs] and bias; four points at once share a weight.
  function affine({weight, bias}, x, n, out) {
    const outputs = bias.length, inputs = weight.length / outputs;
    for (let p = 0; p < n; p += 4) {
      const a = p * inputs, b = Math.min(p + 1, n - 1) * inputs, c = Math.min(p + 2, n - 1) * inputs;
      const d = Math.min(p + 3, n - 1) * inputs;
      if (p + 1 === n) {
        for (let o = 0, w = 0; o < outputs; o++) {
          let s = bias[o], t = 0, i = 0;
          for (; i + 1 < inputs; i += 2, w += 2) { s += weight[w] * x[a + i]; t += weight[w + 1] * x[a + i + 1]; }
          if (i < inputs) s += weight[w++] * x[a + i];
          out[p * outputs + o] = s + t;
        }
        continue;
      }
      for (let o = 0, w = 0; o < outputs; o++) {
        let s = bias[o], t = s, u = s, v = s;
        for (let i = 0; i < inputs; i++, w++) {
          const each = weight[w];
          s += each * x[a + i]; t += each * x[b + i]; u += each * x[c + i]; v += each * x[d + i];
        }
        const at = p * outputs + o;
        out[at] = s;
        if (p + 1 < n) out[at + outputs] = t;
        if (p + 2 < n) out[at + 2 * outputs] = u;
        if (p + 3 < n) out[at + 3 * outputs] = v;
      }
    }
    return out;
  }

  function silu(x, count) {
    for (let k = 0; k < count; k++) x[k] /= 1 + Math.exp(-x[k]);
    return x;
  }

  // settings: {parametrisation, output_power}; scale: {mean: [x, y], sd}, both of the data set.
  lowdiff.Network = class {
    constructor(bytes, settings, scale) {
      const found = lowdiff.tensors(bytes), layer = name => ({
        weight: found[`network.${name}.weight`].values, bias: found[`network.${name}.bias`].values,
      });
      this.hidden = [];
      while (`network.hidden.${this.hidden.length}.weight` in found) this.hidden.push(layer(`hidden.${this.hidden.length}`));
      this.linear = layer("linear");
      this.out = layer("out");
      Object.assign(this, {settings, scale});
    }

    // D(y) - y for points y [n, 2] in a row, at one sigma.
    residuals(y, sigma) {
      const n = y.length / 2, {mean, sd} = this.scale, width = this.linear.bias.length;
      const {skip, inner, outer, noise} = this.#coefficients(sigma, sd);
      const points = new Float64Array(2 * n), told = new Float64Array(3 * n);
      for (let p = 0; p < n; p++) {
        for (let k = 0; k < 2; k++) told[3 * p + k] = points[2 * p + k] = inner * (y[2 * p + k] - mean[k]);
        told[3 * p + 2] = noise;
      }
      let gate = told, spare = [new Float64Array(width * n), new Float64Array(width * n)];
      this.hidden.forEach((layer, k) => {
        gate = affine(layer, gate, n, spare[k % 2]);
        if (k < this.hidden.length - 1) silu(gate, width * n);
      });
      const linear = affine(this.linear, points, n, spare[this.hidden.length % 2]);
      for (let k = 0; k < width * n; k++) gate[k] *= linear[k];
      const found = affine(this.out, gate, n, new Float64Array(2 * n));
      for (let k = 0; k < 2 * n; k++) found[k] = skip * (y[k] - mean[k % 2]) + outer * found[k];
      return found;
    }

    #coefficients(sigma, sd) {
      if (this.settings.parametrisation === "blind") return {skip: 0, inner: 1 / sd, outer: sd, noise: 0};
      const total = sigma ** 2 + sd ** 2, ratio = sigma / Math.sqrt(total);
      const outer = sd * ratio ** this.settings.output_power;
      return {skip: -(ratio ** 2), inner: 1 / Math.sqrt(total), outer, noise: Math.log(sigma) / 4};
    }
  };
}
