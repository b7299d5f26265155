// The first screen of a published run's report as a picture: results/quick, or the folder named; docs/figures/report.png, or the file named.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser } from '../test/support/browser.ts';

const repository = join(import.meta.dirname, '..');
const [run = join(repository, 'results/quick'), picture = join(repository, 'docs/figures/report.png')] =
  process.argv.slice(2);

const browser = await openBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(resolve(run, 'report.html')).href);
  await page.screenshot({ path: picture });
} finally {
  await browser.close();
}
