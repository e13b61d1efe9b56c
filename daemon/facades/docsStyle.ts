/** How the page at /docs looks, by day and by night. */
export const docsStyle = `
:root { color-scheme: light dark; --ink: light-dark(#1c2430, #d7dde6); --faint: light-dark(#e3e7ed, #2d3644);
  --ground: light-dark(#ffffff, #141a22); --quiet: light-dark(#5c6775, #93a0b1); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); background: var(--ground);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1rem; border-right: 1px solid var(--faint); }
nav h2 { font-size: 0.85rem; margin: 1rem 0 0.25rem; color: var(--quiet); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { color: inherit; text-decoration: none; }
nav a:hover { text-decoration: underline; }
main { padding: 1rem 2rem 4rem; max-width: 62rem; }
article { border-top: 1px solid var(--faint); margin-top: 1.5rem; padding-top: 0.5rem; }
article:target { outline: 2px solid #4b8ef0; outline-offset: 0.5rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; overflow-wrap: anywhere; } h3 { font-size: 0.9rem; margin: 1rem 0 0; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--faint); padding: 0.25rem 0.75rem 0.25rem 0; vertical-align: top; }
code { font: 0.92em/1.4 ui-monospace, monospace; }
pre { font: 0.85rem/1.5 ui-monospace, monospace; background: var(--faint); padding: 0.75rem; overflow-x: auto; }
small, .note { color: var(--quiet); }
.method { display: inline-block; min-width: 3.6rem; font: bold 0.7rem/1.6 ui-monospace, monospace; text-align: center;
  border-radius: 3px; color: #fff; background: #47617d; }
.method.get { background: #2a7d54; } .method.post { background: #2463b5; }
.method.patch { background: #94651a; } .method.delete { background: #b03a37; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } main { padding: 1rem; } }
`;
