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

  // out [n, outputs] of x [n, inputs] under weight [outputs, inputs] and bias. Four points and two outputs at a time, so
  // that what is read is used several times. Whole numbers are said to be whole (| 0), or an engine counts in floats.
  function affine({weight, bias}, x, n, out) {
    const outputs = bias.length | 0, inputs = weight.length / outputs | 0, last = (n - 1) * inputs | 0;
    for (let p = 0; p < n; p += 4) {
      const a = p * inputs | 0, b = Math.min(a + inputs, last) | 0, c = Math.min(b + inputs, last) | 0;
      const d = Math.min(c + inputs, last) | 0;
      for (let o = 0; o < outputs; o += 2) {
        const w = o * inputs | 0, z = w + inputs | 0, at = p * outputs + o | 0;
        let s = bias[o], t = s, u = s, v = s, e = bias[o + 1], f = e, g = e, h = e;
        for (let i = 0; i < inputs; i++) {
          const one = weight[w + i], two = weight[z + i], j = x[a + i], k = x[b + i], l = x[c + i], m = x[d + i];
          s += one * j; t += one * k; u += one * l; v += one * m;
          e += two * j; f += two * k; g += two * l; h += two * m;
        }
        out[at] = s; out[at + 1] = e;
        if (p + 1 < n) { out[at + outputs] = t; out[at + outputs + 1] = f; }
        if (p + 2 < n) { out[at + 2 * outputs] = u; out[at + 2 * outputs + 1] = g; }
        if (p + 3 < n) { out[at + 3 * outputs] = v; out[at + 3 * outputs + 1] = h; }
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
