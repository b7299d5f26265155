import { analyzeCell } from '../../analysis/analyze-cell.ts';

/** Analyses the cell's folder named on the command line; prints what it read and the memory that this process took at most. */
const [folder = ''] = process.argv.slice(2);
const measures = ['handoff-gap', 'retransmissions'].map((name) => ({ name, unit: '' }));
const samples = await analyzeCell(folder, measures);
const values = samples.map(({ value, reason }) => value ?? reason);
process.stdout.write(JSON.stringify({ values, maxRssKb: process.resourceUsage().maxRSS }));
