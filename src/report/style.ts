/** The page's style sheet. Colours are variables, so that charts and text follow the reader's light or dark. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --wash: #f5f2eb; --ink: #1f1d1a; --soft: #69645b; --rule: #e2ddd3; --link: #7d3c12;
  --initial: #a3570f; --sl-cai: #3a6ca3; --rl-cai: #1d7658; --dpo: #1d7658; --alarm: #9c2f1b; --fine: #1d7658; --mark: #fbe3c8; --gone: #a3570f; --come: #3a6ca3;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", "URW Palladio L", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --wash: #1f1d1b; --ink: #e8e4dc; --soft: #a59e92; --rule: #35322e; --link: #e3a878;
    --initial: #dfa05c; --sl-cai: #8ab4e4; --rl-cai: #6bc5a1; --dpo: #6bc5a1; --alarm: #f09a83; --fine: #6bc5a1; --mark: #4d3415; --gone: #dfa05c; --come: #8ab4e4;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--serif); }
.page { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .4rem .8rem; z-index: 1; }
h1, h2, h3, h4 { font-weight: 600; line-height: 1.22; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: 2.15rem; letter-spacing: -.012em; margin: .35rem 0 1rem; }
h1 .against { display: block; font-size: .6em; font-weight: 400; color: var(--soft); }
h2 { font-size: 1.45rem; letter-spacing: -.006em; margin: 0 0 .6rem; }
h3 { font-size: 1.08rem; margin: 2rem 0 .5rem; }
h4 { font: 600 .8125rem/1.4 var(--sans); margin: 1.1rem 0 .25rem; color: var(--soft); }
p, ul, ol { margin: 0 0 .9rem; }
p, dd { text-wrap: pretty; }
section { margin-top: 3.75rem; padding-top: 1.5rem; border-top: 1px solid var(--rule); }
.kicker, nav, table, figcaption, .chart, .tag, .meta, .note, dl, summary, .absent { font-family: var(--sans); }
.kicker { font-size: .8125rem; color: var(--soft); margin: 0; }
.lede { font-size: 1.19rem; line-height: 1.55; }
.note { background: var(--wash); border-radius: 4px; padding: .85rem 1.1rem; font-size: .9rem; line-height: 1.55; margin: 1.4rem 0; }
.note p:last-child { margin: 0; }
.absent { color: var(--soft); font-size: .9rem; }
.meta { font-size: .8125rem; color: var(--soft); }
code { font-family: var(--mono); font-size: .9em; overflow-wrap: anywhere; }
nav ol { list-style: none; padding: 0; margin: 0 0 2rem; font-size: .875rem; display: flex; flex-wrap: wrap; gap: .3rem 1.15rem; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--link); text-decoration: underline; }
@media (min-width: 76rem) {
  .page { max-width: 62rem; display: grid; grid-template-columns: 11.5rem minmax(0, 44rem); column-gap: 4rem; }
  .page > main { grid-column: 2; }
  .page > nav { grid-column: 1; }
  nav ol { position: sticky; top: 3rem; display: block; margin: 3.2rem 0 0; line-height: 1.35; }
  nav li { margin: 0 0 .55rem; }
}
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 1.4rem 1.8rem; margin: 2rem 0 0; }
.figures > div { border-top: 2px solid var(--ink); padding-top: .6rem; }
.figures dt { font-weight: 600; font-size: .9rem; margin-bottom: .35rem; }
.figures dd { margin: 0 0 .3rem; display: grid; grid-template-columns: 3.6rem 1fr; gap: 0 .5rem; align-items: baseline; font-variant-numeric: tabular-nums; }
.figures .ci { grid-column: 2; font-size: .78rem; line-height: 1.2; }
.figures .who { font-size: .8125rem; }
.figures .value { font-size: 1.2rem; font-weight: 600; white-space: nowrap; }
.initial { color: var(--initial); } .sl-cai { color: var(--sl-cai); } .dpo, .rl-cai { color: var(--rl-cai); }
.ci, .n { color: var(--soft); font-size: .8125em; font-weight: 400; white-space: nowrap; }
.scroll { overflow-x: auto; margin: 1rem 0 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .8125rem; padding-bottom: .5rem; }
caption span, tbody tr.group th .meta { display: block; max-width: calc(100vw - 2.5rem); }
th, td { text-align: left; vertical-align: baseline; padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-size: .8125rem; color: var(--soft); font-weight: 500; border-bottom-color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 500; }
tbody tr:not(.group) th .meta { display: block; max-width: 19rem; }
tbody th .meta { font-weight: 400; }
tbody tr.group th { padding-top: 1.3rem; font-weight: 600; }
.num { text-align: right; white-space: nowrap; }
td .ci { display: block; }
td .ci .n { font-size: 1em; }
td .ci .n::before { content: "· "; }
figure { margin: 1.5rem 0; }
figcaption { font-size: .8125rem; line-height: 1.5; color: var(--soft); margin-top: .6rem; }
svg { max-width: 100%; height: auto; display: block; overflow: visible; }
.chart.narrow { display: none; }
details { margin: .6rem 0; }
summary { cursor: pointer; font-size: .875rem; color: var(--link); width: fit-content; }
details[open] > summary { margin-bottom: .6rem; }
.example { margin: 2rem 0 2.6rem; }
.example h3 { margin: 0 0 .8rem; font-weight: 500; font-size: 1.12rem; }
.example h3 .tag { display: block; font-size: .8125rem; font-weight: 400; color: var(--soft); margin-bottom: .15rem; }
.answers { display: grid; grid-template-columns: 4.6rem minmax(0, 1fr); gap: .5rem .9rem; margin: 0 0 .6rem; }
.answers dt { font-size: .8125rem; font-weight: 600; line-height: 1.75rem; }
.answers dd { margin: 0; font-family: var(--serif); overflow-wrap: anywhere; }
.answers .tag { display: block; font-size: .8125rem; color: var(--soft); line-height: 1.4; }
.why { border-left: 2px solid var(--rule); padding: .1rem 0 .1rem 1.1rem; font-size: .97rem; }
.why p { margin: 0 0 .35rem; overflow-wrap: anywhere; }
.label { display: flex; align-items: center; gap: .6rem; font: .8125rem/1.4 var(--sans); color: var(--soft); margin: .5rem 0 .8rem; }
.label .bar { flex: 0 0 8rem; height: .45rem; border-radius: 1rem; background: linear-gradient(to right, var(--sl-cai) var(--share), var(--rule) var(--share)); }
.page-of { border-bottom: 1px solid var(--rule); margin: 0; padding: .5rem 0; }
.page-of > summary { width: auto; } .page-of > summary strong { font-weight: 600; }
.page-of caption span { max-width: min(100%, calc(100vw - 5rem)); }
.page-of > .why { scroll-margin-top: 3.5rem; } .why ul { font-size: .9rem; line-height: 1.5; padding-left: 1.1rem; }
.token { background: color-mix(in srgb, var(--sl-cai) var(--share, 0%), var(--paper)); border-radius: 3px; padding: .05em .12em; }
.provenance dt { font-weight: 600; font-size: .8125rem; margin-top: .7rem; }
.provenance dd { margin: 0; font-size: .875rem; overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem 1.8rem; margin: 1.4rem 0; font-size: .875rem; }
.facts dt { color: var(--soft); font-size: .8125rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.card { margin: 1.6rem 0; }
.card pre { margin: 0; padding: .9rem 1.1rem; background: var(--wash); border-radius: 4px; overflow-x: auto; font: .8125rem/1.5 var(--mono); user-select: all; }
.word { white-space: nowrap; font-family: var(--sans); font-weight: 600; font-size: .875em; color: var(--soft); }
.word.fine { color: var(--fine); } .word.broken { color: var(--alarm); }
.grid .scroll { position: relative; } .grid tbody th { min-width: 8.5rem; } .grid thead .named { text-align: center; min-width: 4rem; }
.grid td { text-align: center; min-width: 4rem; padding: .3rem .4rem; font-size: .8125rem; background: color-mix(in srgb, var(--alarm) calc(.4 * var(--share, 0%)), var(--paper)); } .grid td .ci { display: block; color: inherit; }
thead .named { white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
mark { background: var(--mark); color: inherit; padding: .05em .1em; border-radius: 2px; }
del { color: var(--gone); text-decoration: line-through; } ins { color: var(--come); text-decoration: underline; text-underline-offset: .15em; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.finding { font: .875rem/1.5 var(--sans); margin: .35rem 0 0; } .answers .meta { margin: .35rem 0 0; font-family: var(--sans); }
.alarms, .plain { padding-left: 1.1rem; } .plain li { font-size: .9rem; } .alarms li { margin-bottom: .7rem; }
.alarms li::marker { content: "▲  "; color: var(--alarm); font-size: .8em; }
blockquote { margin: .3rem 0; padding-left: .9rem; border-left: 2px solid var(--rule); white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  .chart.wide { display: none; } .chart.narrow { display: block; }
  h1 { font-size: 1.75rem; }
  .card pre { font-size: .6875rem; padding: .7rem .8rem; }
  .page { padding-top: 1rem; }
  nav ol { flex-wrap: nowrap; overflow-x: auto; white-space: nowrap; margin: 0 -1.25rem; padding: .2rem 1.25rem .7rem; }
  .figures dd { grid-template-columns: 3.6rem 5.4rem 1fr; } .figures .ci { grid-column: auto; }
  th, td { padding-right: .55rem; }
  td .ci .n { display: block; } td .ci .n::before { content: none; }
  .answers { grid-template-columns: minmax(0, 1fr); gap: 0; } .answers dd { margin-bottom: .6rem; }
}
@media print { nav, .skip { display: none; } .scroll { overflow: visible; } }
`;
