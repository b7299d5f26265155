/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { writeReport } from '../../analysis/report/report.ts';
import { openBrowser } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const quick = fileURLToPath(new URL('../../results/quick', import.meta.url));
const widths = [1280, 768, 390];

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let report: string;

before(async () => {
  folder = await temporaryFolder();
  await cp(quick, folder.path, { recursive: true });
  report = await writeReport(folder.path);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await folder?.[Symbol.asyncDispose]();
});

/** The page in a window of its own; a request to elsewhere or an error in it fails the test. */
async function opened(options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options);
  const troubles: string[] = [];
  try {
    const page = await context.newPage();
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) troubles.push(`request to ${request.url()}`);
    });
    await page.goto(pathToFileURL(report).href);
    await look(page);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
  }
}

const at = (width: number): BrowserContextOptions => ({ viewport: { width, height: 900 } });

test('at three widths the page is as wide as the window, and the first screen says what was found', async () => {
  for (const width of widths)
    await opened(at(width), async (page) => {
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(over, 0, `${width}: the page is wider than the window by ${over}`);
      const table = await page.locator('table.overview').boundingBox();
      assert.ok(
        table !== null && table.x >= 0 && table.x + table.width <= width,
        `${width}: the verdicts are cut off`,
      );
      assert.ok(table.y < 900, `${width}: verdicts on the first screen`);
      const smallest = await page.evaluate(() =>
        Math.min(
          ...[...document.querySelectorAll('p, li, td, dd, h2, h3')].map((each) =>
            Number.parseFloat(getComputedStyle(each).fontSize),
          ),
        ),
      );
      assert.ok(smallest >= 11, `${width}: letters of ${smallest} px`);
      if (width > 700)
        assert.ok(
          (await page.locator('#findings').boundingBox())!.y < 900,
          `${width}: findings on the first screen`,
        );
    });
});

test('on a telephone drawings scroll in their own frames, at a size that can be read', async () => {
  await opened(at(390), async (page) => {
    const frame = page.locator('#fig12-fig12a .drawing');
    const [inner, outer] = await frame.evaluate((each) => [each.scrollWidth, each.clientWidth] as const);
    assert.ok(inner > outer, `${inner} in ${outer}`);
    const claim = await page.locator('#fig12 table.claims tr[data-verdict]').first().boundingBox();
    assert.ok(claim !== null && claim.width <= 390);
  });
});

test('without scripts nothing is missing but filters and exploration', async () => {
  await opened({ ...at(1280), javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator('.filter').isVisible(), false);
    assert.equal(await page.locator('button.explore').first().isVisible(), false);
    assert.equal(await page.locator('#fig12 .drawing svg').first().isVisible(), true);
    const rows = page.locator('#fig12 tr[data-verdict="reproduced"]');
    assert.ok((await rows.count()) > 3);
    for (const row of await rows.all()) assert.equal(await row.isVisible(), true);
  });
});

test('claims are filtered by verdict, origin and section, and the number of what is left is told', async () => {
  await opened(at(1280), async (page) => {
    const shown = () => page.locator('tr[data-verdict]:not([hidden])').count();
    const all = await shown();
    const counted = async (name: string, value: string) => {
      await page.locator(`select[name="${name}"]`).selectOption(value);
      const left = await shown();
      assert.equal(left, await page.locator(`tr[data-${name}="${value}"]`).count(), `${name} ${value}`);
      assert.equal(await page.locator('#shown').textContent(), `${left} claims shown`);
      await page.locator(`select[name="${name}"]`).selectOption('');
    };
    await counted('verdict', 'not run');
    await counted('about', 'paper');
    await counted('section', '§6.4');
    await page.locator('select[name="verdict"]').selectOption('not run');
    assert.equal(
      await page.locator('tr[data-verdict="not run"]').first().isVisible(),
      true,
      'what is folded opens',
    );
    await page.locator('select[name="verdict"]').selectOption('');
    assert.equal(await shown(), all);
  });
});

test('a figure is explored: values under the pointer, zoom by the wheel, and back', async () => {
  await opened(at(1280), async (page) => {
    const figure = page.locator('#fig12-fig12a');
    const still = await figure.locator('.drawing').innerHTML();
    const button = figure.locator('button.explore');
    await button.click();
    const points = figure.locator(
      '.drawing svg .mark-symbol path[aria-roledescription="point"], .drawing svg .mark-symbol.role-mark path',
    );
    await points.first().waitFor();
    await points.first().hover({ force: true });
    const tip = page.locator('.tip');
    await tip.waitFor();
    assert.match((await tip.textContent()) ?? '', /[xy]: \d/);
    const labels = () => figure.locator('.drawing svg .role-axis-label text').allTextContents();
    const before = await labels();
    // The pointer reaches what the window shows.
    await figure.locator('.drawing').evaluate((each) => each.scrollIntoView({ block: 'start' }));
    const box = (await figure.locator('.drawing').boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 200);
    await page.mouse.wheel(0, -600);
    await page.waitForFunction(
      ([id, old]) =>
        [...document.querySelectorAll(`${id} .role-axis-label text`)]
          .map((each) => each.textContent)
          .join() !== old,
      ['#fig12-fig12a', before.join()] as const,
    );
    await button.click();
    assert.equal(await figure.locator('.drawing').innerHTML(), still);
  });
});

test('in the dark letters stand out from what is behind them', async () => {
  for (const colorScheme of ['light', 'dark'] as const)
    await opened({ ...at(1280), colorScheme }, async (page) => {
      const contrasts = await page.evaluate(() => {
        const luminance = (colour: string) => {
          const parts = colour
            .match(/[\d.]+/g)!
            .slice(0, 3)
            .map((part) => Number(part) / 255);
          const [r, g, b] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [
            number,
            number,
            number,
          ];
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (each: Element | null): string => {
          if (each === null) return getComputedStyle(document.body).backgroundColor;
          const colour = getComputedStyle(each).backgroundColor;
          return /, 0\)$|transparent/.test(colour) ? behind(each.parentElement) : colour;
        };
        return [...document.querySelectorAll('p, small, a, td, th, h2, dt, code, summary, figcaption')].map(
          (each) => {
            const [a, b] = [luminance(getComputedStyle(each).color), luminance(behind(each))].sort(
              (x, y) => y - x,
            ) as [number, number];
            return { ratio: (a + 0.05) / (b + 0.05), text: each.textContent?.slice(0, 40) };
          },
        );
      });
      // WCAG 2.2, 1.4.3: 4.5 for letters of this size.
      assert.deepEqual(
        contrasts.filter(({ ratio }) => ratio < 4.5),
        [],
        colorScheme,
      );
      const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(back === 'rgb(255, 255, 255)', colorScheme === 'light');
    });
});

test('by keyboard: to the results first, then contents, filters; a figure is explored by it too', async () => {
  await opened(at(1280), async (page) => {
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'To the results');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'verdicts');
    await page.locator('#fig12-fig12a button.explore').focus();
    await page.keyboard.press('Enter');
    await page.locator('#fig12-fig12a .drawing svg.marks').waitFor();
  });
});

test('for a screen reader: every drawing is one picture with a name, headings have no gap, tables have heads', async () => {
  await opened(at(1280), async (page) => {
    const found = await page.evaluate(() => ({
      unnamed: [...document.querySelectorAll('.drawing > svg')].filter(
        (each) => each.getAttribute('role') !== 'img' || !each.getAttribute('aria-label'),
      ).length,
      levels: [...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1])),
      headless: [...document.querySelectorAll('table')].filter((each) => each.querySelector('th') === null)
        .length,
      regions: [...document.querySelectorAll('[role="region"]')].filter(
        (each) => !each.getAttribute('aria-label'),
      ).length,
      language: document.documentElement.lang,
    }));
    assert.equal(found.unnamed, 0);
    assert.equal(found.headless, 0);
    assert.equal(found.regions, 0);
    assert.equal(found.language, 'en');
    assert.equal(found.levels.filter((level) => level === 1).length, 1);
    for (const [index, level] of found.levels.entries())
      assert.ok(index === 0 || level <= found.levels[index - 1]! + 1, `heading ${index} jumps to ${level}`);
  });
});

test('every link leads to a part of the page or to a file beside it', async () => {
  await opened(at(1280), async (page) => {
    const links = await page.evaluate(() =>
      [...document.querySelectorAll('a')].map((each) => each.getAttribute('href') ?? ''),
    );
    const ids = new Set(
      await page.evaluate(() => [...document.querySelectorAll('[id]')].map((each) => each.id)),
    );
    assert.ok(
      links.some((link) => link.includes('router.pcap')),
      'captures',
    );
    assert.ok(
      links.some((link) => link.includes('events.jsonl')),
      'event logs',
    );
    for (const link of links) {
      if (link.startsWith('#')) assert.ok(ids.has(link.slice(1)), link);
      else assert.ok(existsSync(join(dirname(report), decodeURIComponent(link))), link);
    }
  });
});
