import { fontFamily } from '../plots/font.ts';
import { Html } from './html.ts';

/** The style sheet of the report and of the index of published runs: plain, light or dark, no font or image to fetch. */
export const style = new Html(`
:root { color-scheme: light dark; --text: #222; --back: white; --faint: #555; --rule: #ddd; --link: #00609a; --box: #f4f4f4;
  --good: #d9f0e6; --fine: #dcebf7; --bad: #f8d9c4; --open: #eee; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --back: #16181b; --faint: #b0b0b0; --rule: #3c4046; --link: #7cc0f0; --box: #22252a;
    --good: #17432f; --fine: #173853; --bad: #5c3013; --open: #2f3236; }
}
html { scroll-padding-top: 1rem; }
body { font: 15px/1.5 ${fontFamily}; color: var(--text); background: var(--back); margin: 0; }
main { box-sizing: border-box; width: 100%; max-width: 68rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 26px; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 21px; line-height: 1.3; }
main > section:not(.screen) > h2, main > .group > h2 { border-top: 2px solid var(--text); padding-top: 1rem; margin-top: 3rem; }
h3 { font-size: 16px; margin: 1.5rem 0 0.5rem; }
h3.headline { font-size: 17px; margin: 0 0 0.4rem; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, select:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--back); padding: 0.5rem; z-index: 9; }
.lead { max-width: 52rem; }
.first { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 0 2rem; }
.first h2, .findings h2 { margin: 0.5rem 0; }
.findings li { margin: 0.3rem 0; max-width: 54rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.1rem 1rem; font-size: 13.5px; margin: 0.5rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; font-size: 0.93em; }
figure { margin: 2rem 0; }
.drawing { background: white; color: #222; border-radius: 4px; overflow-x: auto; width: fit-content; max-width: 100%; }
.drawing svg { max-width: 100%; height: auto; display: block; }
figcaption, small, .note { color: var(--faint); font-size: 12.5px; }
.explore { margin: 0.4rem 0; font: inherit; font-size: 13px; }
.tip { position: fixed; z-index: 5; background: var(--back); color: var(--text); border: 1px solid var(--rule); padding: 0.3rem 0.5rem; font-size: 12.5px;
  pointer-events: none; white-space: pre; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { border-bottom: 1px solid var(--rule); padding: 0.35rem 0.6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 1.5px solid var(--text); font-weight: 600; }
tbody th, tfoot th { font-weight: normal; }
tfoot td, tfoot th { border-top: 1.5px solid var(--text); }
.claims td:nth-child(2) { min-width: 18rem; }
.claims td:nth-child(6) { min-width: 14rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.comparison .paper { color: var(--faint); padding-left: 0; padding-right: 1.4rem; }
.comparison tr.total > * { border-top: 1.5px solid var(--text); font-weight: 600; }
tr.reproduced > td:first-child, td.reproduced { background: var(--good); }
tr.refined > td:first-child, td.refined { background: var(--fine); }
tr.deviates > td:first-child, td.deviates { background: var(--bad); font-weight: 600; }
tr.not-run > td:first-child, td.not-run { background: var(--open); }
tr > td:first-child { white-space: nowrap; }
details { margin: 0.7rem 0; }
summary { cursor: pointer; }
pre { background: var(--box); padding: 0.7rem; overflow-x: auto; font-size: 12px; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav { font-size: 13px; }
.filter { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; align-items: center; margin: 0.5rem 0; font-size: 13px; }
.filter select { font: inherit; }
.filter[hidden] { display: none; }
@media (min-width: 1150px) {
  .page { display: grid; grid-template-columns: 13rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 1rem; box-sizing: border-box; }
  nav li { margin: 0.25rem 0; }
  .filter { flex-direction: column; align-items: stretch; }
}
@media (max-width: 1149px) {
  nav { position: sticky; top: 0; z-index: 3; background: var(--back); border-bottom: 1px solid var(--rule); padding: 0.4rem 1rem; }
  nav ol { display: flex; flex-wrap: nowrap; gap: 1rem; overflow-x: auto; white-space: nowrap; }
  nav .filter label { white-space: nowrap; }
  html { scroll-padding-top: 6.5rem; }
}
@media (max-width: 700px) {
  body { font-size: 16px; }
  .first { grid-template-columns: minmax(0, 1fr); }
  h1 { font-size: 22px; }
  /* A drawing that shrank to a telephone's width could not be read: it scrolls. */
  .drawing svg { max-width: none; width: 660px; }
  .overview { width: 100%; font-size: 11.5px; }
  .overview th, .overview td { padding: 0.3rem 0.2rem; white-space: normal; }
  .overview .topic { display: none; }
  .claims thead { position: absolute; left: -999rem; }
  .claims, .claims tbody, .claims tr, .claims td { display: block; }
  .claims tr { border-bottom: 1.5px solid var(--text); padding: 0.4rem 0; }
  .claims td { border: 0; padding: 0.15rem 0.3rem; min-width: 0 !important; text-align: left; white-space: normal; }
  .claims td:empty { display: none; }
  .claims td.number::before { content: attr(data-title) ': '; color: var(--faint); }
}
@media print { nav, .explore, .filter { display: none; } main { max-width: none; } figure, table { break-inside: avoid; } }
`);
