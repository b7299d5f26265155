import { fontFamily } from '../plots/font.ts';
import { Html } from './html.ts';

/** The report's style sheet: plain, light, no font or image to fetch. */
export const style = new Html(`
body { font: 15px/1.5 ${fontFamily}; color: #222; background: white; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { border-top: 1px solid #ccc; padding-top: 1rem; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption, small { color: #555; font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { border: 1px solid #ccc; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.reproduced > td:first-child { background: #d9f0e6; }
tr.deviates > td:first-child { background: #f8d9c4; font-weight: bold; }
tr.not-run > td:first-child { background: #eee; }
pre { background: #f6f6f6; padding: 0.7rem; overflow-x: auto; font-size: 12px; }
`);
