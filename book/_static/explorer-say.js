// What the explorer says in words, by stated rules: two answers are alike that are less than a tenth of the noise apart, and
// part if more than the noise; a move below a twentieth of the noise is hardly one, and its direction means little.
"use strict";
{
  const lowdiff = window.lowdiff ??= {};
  const ALIKE = 0.1, APART = 1, HARDLY = 0.05;  // times the noise

  lowdiff.group = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  lowdiff.short = value => Number(value.toPrecision(2)).toString();

  lowdiff.angle = ([a, b], [c, d]) => {
    const cosine = (a * c + b * d) / (Math.hypot(a, b) * Math.hypot(c, d));
    return Math.round(Math.acos(Math.max(-1, Math.min(1, cosine))) * 180 / Math.PI);
  };

  // Text into an element that has nothing else in it, without a new node where there is one (see Square.point).
  lowdiff.write = (element, text) => {
    if (element.firstChild) element.firstChild.data = text;
    else element.textContent = text;
  };

  // Sentences into an element, each a paragraph.
  lowdiff.writeAll = (element, sentences) => {
    while (element.childElementCount > sentences.length) element.lastElementChild.remove();
    while (element.childElementCount < sentences.length) element.append(document.createElement("p"));
    sentences.forEach((text, k) => lowdiff.write(element.children[k], text.replace(/\s+/g, " ")));
  };

  const length = ([x, y]) => Math.hypot(x, y);

  // One arm at the point. moves: {A, other, exact}; name: of the other (B, its twin).
  lowdiff.sentence = (title, moves, name, sigma) => {
    const {A, other, exact} = moves, {short, angle} = lowdiff;
    const weak = [["A", A], [name, other]].filter(([, move]) => length(move) < HARDLY * sigma).map(([who]) => who);
    if (weak.length)
      return `${title}: ${weak.join(" and ")} hardly move${weak.length > 1 ? "" : "s"} the point, by less than a twentieth
        of the noise. The best move is ${short(length(exact))} long.`;
    const apart = angle(A, other), from = angle(A, exact);
    const differ = length([A[0] - other[0], A[1] - other[1]]) / sigma;
    const how = differ < ALIKE ? "answer alike" : differ < APART ? "differ" : "part";
    return `${title}: A and ${name} ${how}: they are ${short(differ)} times the noise apart (${apart}°). They move the point by
      ${short(length(A))} and ${short(length(other))}. The best move is ${short(length(exact))} long, ${from}° from that of A.`;
  };

  // Where a point was taken. ends: {A, other, exact}, each [x, y]; steps: how many A took, where that says something.
  lowdiff.journey = (what, ends, name, steps) => {
    const gap = (p, q) => lowdiff.short(Math.hypot(p[0] - q[0], p[1] - q[1]));
    const after = steps === undefined ? "" : steps < 200 ? `, A after ${steps} steps` : ", A not yet after 200 steps";
    return `${what}, A and ${name} end ${gap(ends.A, ends.other)} apart${after}, and A ${gap(ends.A, ends.exact)} from
      where the best denoiser ends.`;
  };
}
