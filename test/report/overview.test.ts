import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimRow } from '../../analysis/report/claim-rows.ts';
import type { ReportedExperiment } from '../../analysis/report/load.ts';
import { overview } from '../../analysis/report/overview.ts';

const claim = (id: string, verdict: string): ClaimRow => ({
  ...{ id, verdict, statement: '', unit: '' },
  ...{ about: 'paper' as const, section: '§6.1' },
});

const folder = (id: string, claims: readonly ClaimRow[]): ReportedExperiment => ({
  ...{ id, title: '', source: '', question: '', manifest: {}, claims },
  ...{ samples: [], drawings: [], files: [], known: undefined },
});

test('a claim that two clocks judge counts once, by the one that has evidence', () => {
  const virtual = folder('access', [claim('a', 'reproduced'), claim('b', 'not run')]);
  const elastic = folder('access@elastic', [claim('a@elastic', 'not run'), claim('b@elastic', 'refined')]);
  const { text } = overview([virtual, elastic]);
  const row = /paper §6\.1<\/a>.*?<\/tr>/s.exec(text)![0];
  const counts = [...row.matchAll(/<td[^>]*>(\d+)<\/td>/g)].map((cell) => cell[1]);
  assert.deepEqual(counts, ['1', '1', '0', '0']);
});
