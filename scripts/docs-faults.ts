import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withRecordedFaults } from './faults-document.ts';

const path = join(import.meta.dirname, '../docs/faults.md');
await writeFile(path, withRecordedFaults(await readFile(path, 'utf8')));
