// Five things that style cannot do.
{
  // On paper the page is light, whatever it is on the screen.
  const page = document.documentElement;
  let shown;
  addEventListener("beforeprint", () => { shown = page.dataset.theme; page.dataset.theme = "light"; });
  addEventListener("afterprint", () => { page.dataset.theme = shown; });

  // From disk a page may not read other pages, so search results come without quotations.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // What a word of the glossary means: a small note while the link is pointed at or has the focus; Escape closes it.
  addEventListener("DOMContentLoaded", () => {
    const note = document.createElement("div");
    note.className = "lowdiff-note";
    note.id = "lowdiff-note";
    note.setAttribute("role", "tooltip");
    note.hidden = true;
    document.body.append(note);
    const hide = () => { note.hidden = true; };
    for (const link of document.querySelectorAll("a[href*='#term-'][title]")) {
      const meaning = link.title;
      link.removeAttribute("title");
      link.setAttribute("aria-describedby", note.id);
      const show = () => {
        note.textContent = meaning;
        note.hidden = false;
        const at = link.getClientRects()[0];
        const left = Math.min(at.left, page.clientWidth - note.offsetWidth - 8);
        note.style.left = `${Math.max(8, left) + scrollX}px`;
        note.style.top = `${(at.top > note.offsetHeight + 8 ? at.top - note.offsetHeight - 6 : at.bottom + 6) + scrollY}px`;
      };
      for (const event of ["mouseenter", "focus"]) link.addEventListener(event, show);
      for (const event of ["mouseleave", "blur"]) link.addEventListener(event, hide);
    }
    addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
  });

  // A drawing as a file, as it is shown, in the colours of a light page.
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll(".lowdiff-source button")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const drawing = button.closest("figure").querySelector("svg").cloneNode(true);
        for (const part of drawing.querySelectorAll(".lowdiff-off, [display=none], [visibility=hidden]")) part.remove();
        Object.assign(drawing.style, {color: "#1d2328", background: "#fff"});
        const text = new XMLSerializer().serializeToString(drawing).replace(/var\(--ld-\w+, (#\w+)\)/g, "$1");
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
        link.download = button.dataset.file;
        link.click();
      });
    }
  });

  // What scrolls inside itself can be scrolled by keyboard, and fades where it goes on.
  addEventListener("DOMContentLoaded", () => {
    const wide = document.querySelectorAll(".lowdiff-plot, .bd-article :is(div.math, table, .text_html, pre)");
    const fade = ({scrollLeft, clientWidth, scrollWidth, classList}) =>
      classList.toggle("lowdiff-goes-on", scrollLeft + clientWidth < scrollWidth - 1);
    const watch = new ResizeObserver(seen => {
      for (const {target} of seen) {
        fade(target);
        if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      }
    });
    for (const element of wide) {
      watch.observe(element);
      element.addEventListener("scroll", () => fade(element), {passive: true});
    }
  });
}
