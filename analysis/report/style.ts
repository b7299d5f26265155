import { fontFamily } from '../plots/font.ts';
import { Html } from './html.ts';

/** The report's style sheet: plain, light, no font or image to fetch. */
export const style = new Html(`
body { font: 15px/1.5 ${fontFamily}; color: #222; background: white; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 26px; margin-bottom: 0.5rem; }
h2 { border-top: 2px solid #222; padding-top: 1rem; margin-top: 3rem; font-size: 21px; }
h3 { font-size: 16px; margin: 1.5rem 0 0.5rem; }
a { color: #0072B2; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption, small, .note { color: #555; font-size: 12.5px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { border-bottom: 1px solid #ddd; padding: 0.35rem 0.6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 1.5px solid #222; font-weight: 600; }
.claims td:nth-child(2) { min-width: 18rem; }
.claims td:nth-child(6) { min-width: 14rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.comparison th { font-weight: normal; }
.comparison .paper { color: #777; padding-left: 0; padding-right: 1.4rem; }
.comparison tr.total > * { border-top: 1.5px solid #222; font-weight: 600; }
tr.reproduced > td:first-child, td.reproduced { background: #d9f0e6; }
tr.deviates > td:first-child, td.deviates { background: #f8d9c4; font-weight: 600; }
tr.not-run > td:first-child, td.not-run { background: #eee; }
tr > td:first-child { white-space: nowrap; }
details { margin: 0.7rem 0; }
summary { cursor: pointer; }
pre { background: #f6f6f6; padding: 0.7rem; overflow-x: auto; font-size: 12px; }
@media print { body { max-width: none; } figure, table { break-inside: avoid; } }
`);
