#include "bindings/cli/page_assets.h"

namespace postern {
namespace cli {

const char kPageStyle[] = R"css(
:root {
  color-scheme: light dark;
  --back: #f6f5f1; --card: #fffefb; --ink: #1c1f24; --soft: #565c66;
  --line: #dedbd2; --link: #2f48b8; --code: #efede6;
  --allow: #0f6535; --allow-back: #dff2e5;
  --ask: #7d4a00; --ask-back: #fdeecb;
  --deny: #a8201a; --deny-back: #fbe3e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #131519; --card: #1b1e24; --ink: #e9e7e1; --soft: #a5abb6;
    --line: #31353e; --link: #a9b8ff; --code: #272b33;
    --allow: #7fdca0; --allow-back: #15321f;
    --ask: #f4c66f; --ask-back: #372a0f;
    --deny: #ffa097; --deny-back: #3e1a18;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 5rem; }
body {
  margin: 0; background: var(--back); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
.kind {
  margin: 0; color: var(--soft); font-size: .8rem; font-weight: 600;
  letter-spacing: .09em; text-transform: uppercase;
}
h1 { margin: .1rem 0 .4rem; font-size: 2rem; line-height: 1.2; }
h2 { margin: 2.6rem 0 .8rem; font-size: 1.25rem; }
h3 { display: inline; margin: 0; font-size: 1.05rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem; background: var(--card); }
.lead { margin: 0 0 1rem; max-width: 46rem; font-size: 1.1rem; }
.soft, .from, dt, footer { color: var(--soft); }
code { font: .92em/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, monospace; }
.row code, dd code {
  padding: .1em .35em; border-radius: .3em; background: var(--code);
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
}
dl.facts { display: grid; grid-template-columns: max-content 1fr;
           gap: .25rem 1.2rem; margin: 0; }
dl.facts dd { margin: 0; }
.cut { padding: .6rem .9rem; border-left: .3rem solid var(--ask);
       background: var(--ask-back); color: var(--ask); font-weight: 600; }

form.find {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap;
  gap: .5rem; align-items: center; margin-top: 1.6rem; padding: .7rem 0;
  background: var(--back); border-bottom: 1px solid var(--line);
}
.find input {
  flex: 1 1 16rem; padding: .5rem .8rem; border: 1px solid var(--soft);
  border-radius: .5rem; background: var(--card); color: inherit; font: inherit;
}
.find input::placeholder { color: var(--soft); opacity: 1; }
.find button {
  padding: .45rem .8rem; border: 1px solid var(--soft); border-radius: 2rem;
  background: var(--card); color: inherit; font: inherit; cursor: pointer;
}
.find button[aria-pressed="true"] { background: var(--ink); color: var(--back);
                                    border-color: var(--ink); }
.find output { flex: 0 0 9rem; color: var(--soft); text-align: right; }

ul { margin: 0; padding: 0; list-style: none; }
ul.plain { padding-left: 1.2rem; list-style: disc; }
ul.plain, section > p { margin: 0 0 .8rem; max-width: 46rem; }
.tiles { display: grid; gap: .6rem;
         grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr)); }
.tile { border: 1px solid var(--line); border-radius: .7rem;
        background: var(--card); }
.tile > * { display: block; padding: .65rem .85rem; color: inherit;
            text-decoration: none; }
.tile a:hover { text-decoration: underline; }
.tile code { display: block; font-weight: 600; }
.tile .state { display: block; font-size: .9rem; }
.tile.part, .tile.most, .tile.all { border-color: var(--allow); }
.tile.part .state { color: var(--allow); }
.tile.most, .tile.all { background: var(--allow-back); }
.tile.most .state, .tile.all .state { color: var(--allow); font-weight: 600; }
.tile.asked { border-color: var(--ask); background: var(--ask-back); }
.tile.asked .state { color: var(--ask); font-weight: 600; }
.tiles + p { margin-top: .8rem; }
.nothing { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: 1.2rem;
           color: var(--soft); font-size: .9rem; }
.nothing li { padding: .1rem .6rem; border: 1px dashed var(--soft);
              border-radius: 1rem; }

.card { margin: 0 0 .8rem; border: 1px solid var(--line); border-radius: .8rem;
        background: var(--card); overflow: clip; }
.card > summary, .card > h3 { display: block; padding: .75rem 1rem; }
.card > summary { cursor: pointer; list-style: none; }
.card > summary::-webkit-details-marker { display: none; }
.card > summary::before { content: "\25b8"; display: inline-block;
                          width: 1.2rem; color: var(--soft); }
.card[open] > summary::before { content: "\25be"; }
.card > summary .soft { float: right; font-size: .9rem; }
.card > ul, .card > ol { border-top: 1px solid var(--line); padding: .4rem 1rem; }
.card > p { margin: 0; padding: .4rem 1rem; }

/* A row shows nothing outside of itself, whatever marks a name piles up. */
.row { display: grid; grid-template-columns: 4rem 1fr minmax(8rem, 17rem);
       gap: 0 .8rem; padding: .45rem 0; overflow: clip; }
.row > * { min-width: 0; }
.row .why { grid-column: 2; color: var(--soft); font-size: .92rem; }
.row .why.risk { color: var(--ask); }
.row .from { grid-column: 3; grid-row: 1 / span 12; font-size: .85rem;
             text-align: right; }
li.item + li.item > .row { border-top: 1px solid var(--line); }
.item .item { margin-left: 1.4rem; padding-left: 1rem;
              border-left: 2px solid var(--line); }
.item .item > .row { border-top: 0 !important; }
.chip { padding: .05em .55em; border: 1px solid var(--line); border-radius: 1em;
        font-size: .85rem; white-space: nowrap; }
.says { justify-self: start; align-self: start; padding: .05em .6em;
        border-radius: 1em; font-size: .88rem; font-weight: 650; }
.says.allow { background: var(--allow-back); color: var(--allow); }
.says.ask, .says.note { background: var(--ask-back); color: var(--ask); }
.says.deny { background: var(--deny-back); color: var(--deny); }

table { width: 100%; border-collapse: collapse; }
th, td { padding: .45rem 1rem .45rem 0; border-top: 1px solid var(--line);
         text-align: left; vertical-align: top; }
thead th { border: 0; color: var(--soft); font-size: .85rem; font-weight: 600; }
footer { margin-top: 3rem; padding-bottom: 3rem; font-size: .9rem; }

@media (max-width: 44rem) {
  .row { grid-template-columns: 4rem 1fr; }
  .row .from { grid-column: 2; grid-row: auto; text-align: left; }
  .item .item { margin-left: .4rem; padding-left: .6rem; }
  .card > summary .soft { float: none; }
}
@media print {
  :root { --back: #fff; --card: #fff; --ink: #000; --soft: #333; --code: #fff;
          --line: #bbb; --allow: #000; --ask: #000; --deny: #000; }
  form.find, .skip { display: none !important; }
  body { font-size: 10pt; }
  .row, .tile { break-inside: avoid; }
  .says { border: 1px solid #000; }
}
)css";

// Old syntax, so that old browsers run it too.
const char kPageScript[] = R"js(
"use strict";
(function () {
  var form = document.getElementById("find");
  var field = document.getElementById("words");
  var told = document.getElementById("found");
  var buttons = [].slice.call(form.querySelectorAll("button[data-says]"));
  var cards = [].slice.call(document.querySelectorAll("details.card"));
  var items = [].slice.call(document.querySelectorAll("li.item")).map(
    function (node) {
      var above = node.parentNode.closest("li.item");
      return {
        node: node, above: above, says: node.getAttribute("data-says"),
        text: node.querySelector(".row").textContent.toLowerCase()
      };
    });

  function wantedEffects() {
    return buttons.filter(function (button) {
      return button.getAttribute("aria-pressed") === "true";
    }).map(function (button) { return button.getAttribute("data-says"); });
  }

  function search() {
    var words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    var effects = wantedEffects();
    var active = words.length > 0 || effects.length > 0;
    var found = 0;
    var keep = new Set();
    // What lies beneath comes later, so it is decided first.
    for (var i = items.length - 1; i >= 0; --i) {
      var item = items[i];
      var matches = words.every(function (word) {
        return item.text.indexOf(word) >= 0;
      }) && (effects.length === 0 || effects.indexOf(item.says) >= 0);
      if (matches) ++found;
      if (matches || keep.has(item.node)) keep.add(item.above);
      item.node.hidden = !matches && !keep.has(item.node);
    }
    cards.forEach(function (card) {
      card.hidden = active && !card.querySelector("li.item:not([hidden])");
      if (active && !card.hidden) card.open = true;
    });
    told.textContent = active ? found + " of " + items.length + " lines" : "";
  }

  form.hidden = false;
  field.addEventListener("input", search);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  buttons.forEach(function (button) {
    button.addEventListener("click", function () {
      button.setAttribute("aria-pressed",
        button.getAttribute("aria-pressed") !== "true");
      search();
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "Escape" && document.activeElement === field) {
      field.value = "";
      search();
    }
  });
  // A printer cannot open what is closed.
  window.addEventListener("beforeprint", function () {
    cards.forEach(function (card) { card.open = true; });
  });
})();
)js";

}  // namespace cli
}  // namespace postern
