/** The style of the page, in the light and dark colours that the reader's system asks for. */
export const HTML_STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c2733; --quiet: #5c6b7a; --line: #d5dde5; --band: #f4f7fa;
  --node: #eaf2fb; --node-line: #4f7db0; --outside: #fdf1e1; --outside-line: #b0782d; --edge: #6b7884; --hit: #c8501e; --doubt: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --back: #14191f; --text: #dfe7ee; --quiet: #94a3b1; --line: #303b46; --band: #1b222a;
  --node: #1d3147; --node-line: #6b9bd0; --outside: #3a2c18; --outside-line: #cf9a52; --edge: #8695a2; --hit: #ff9a66; --doubt: #e2b04a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1.2rem 1.5rem 3rem; background: var(--back); color: var(--text); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; } .quiet { color: var(--quiet); } .doubt { color: var(--doubt); }
.filters { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: 1rem 0 0; padding: .7rem 0; position: sticky; top: 0; background: var(--back); border-bottom: 1px solid var(--line); z-index: 1; }
.filters label { display: grid; font-size: .8rem; color: var(--quiet); }
.filters input, .filters select { font: inherit; font-size: 14px; padding: .25rem .4rem; color: var(--text); background: var(--band); border: 1px solid var(--line); border-radius: 4px; max-width: 16rem; } .filters #search { width: 15rem; }
.filters output { margin-left: auto; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-size: .8rem; color: var(--quiet); font-weight: 600; }
td.ports { white-space: normal; min-width: 9rem; } tbody tr:hover { background: var(--band); }
.graph { overflow: auto; max-height: 46rem; border: 1px solid var(--line); border-radius: 6px; padding: .3rem; }
.graph svg { display: block; height: auto; max-width: 100%; }
svg text { font-family: system-ui, sans-serif; fill: var(--text); }
svg .node rect { fill: var(--node); stroke: var(--node-line); } svg .node.outside rect { fill: var(--outside); stroke: var(--outside-line); }
svg .node.namespace rect { fill: var(--band); stroke: var(--quiet); } svg .node { cursor: pointer; }
svg .node text { text-anchor: middle; } svg .name { font-size: 12px; font-weight: 600; } svg .detail { font-size: 10.5px; fill: var(--quiet); }
svg .box rect { fill: var(--band); stroke: var(--line); stroke-dasharray: 4 3; } svg .box text { font-size: 11px; fill: var(--quiet); }
svg .edge path { fill: none; stroke: var(--edge); stroke-width: 1.2; } svg .junction { fill: var(--edge); }
svg .ports { font-size: 10.5px; text-anchor: middle; paint-order: stroke; stroke: var(--back); stroke-width: 4px; }
svg .arrow { fill: var(--edge); }
svg .faded { opacity: .12; } svg .lit path { stroke: var(--hit); stroke-width: 2; }
details > summary { cursor: pointer; margin: .6rem 0 .3rem; }
table.wide { table-layout: fixed; } .piece { display: inline-block; max-width: 100%; }
.hidden { display: none; }
@media print { .filters { display: none; } .graph { overflow: visible; max-height: none; } }
`;
