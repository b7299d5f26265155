import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { LabError } from '../../linux/lab-error.ts';

const executablePath = process.env.HANDOFF_LAB_CHROMIUM ?? '/usr/bin/chromium';

/** Debian's Chromium, without a window. Throws LabError that names the package where there is none. */
export function openBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    const remedy = 'apt-get install -y --no-install-recommends chromium';
    throw new LabError(`${executablePath} is not there: the report is tested in a browser`, { remedy });
  }
  // Its own sandbox needs what a container or root has not; the page is ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
