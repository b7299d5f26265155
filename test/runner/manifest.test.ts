import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KernelIdentity, manifestOf } from '../../runner/results/manifest.ts';

function manifestWith(kernel: KernelIdentity) {
  return manifestOf({
    experiment: 'fig12',
    cells: [],
    selection: { profile: 'smoke', variants: [], settings: {}, clock: 'virtual', seed: 1 },
    capture: 'headers',
    kernel,
    userland: { key: 'u', packages: {} },
    flags: 'f',
    programs: { runtime: 'r', programs: {} },
    analysisKey: 'a',
    checkout: { commit: 'c', dirty: false },
    startedAt: new Date(0),
    wallSeconds: 1,
    processorSeconds: 1,
    estimatedSeconds: 1,
    jobs: 1,
    load: [0, 0],
  });
}

test('the kernel’s compiler stands with what does not determine the results', () => {
  const kernel = { key: 'k', version: '6.1.192', configHash: 'c' };
  const [one, other] = ['gcc 12', 'gcc 14'].map((compiler) => manifestWith({ ...kernel, compiler }));
  assert.deepEqual(one!.kernel, kernel);
  assert.deepEqual({ ...one, host: 0 }, { ...other, host: 0 });
  const compilerOf = ({ host }: ReturnType<typeof manifestWith>) =>
    (host as { readonly kernelCompiler?: string }).kernelCompiler;
  assert.deepEqual([compilerOf(one!), compilerOf(other!)], ['gcc 12', 'gcc 14']);
  assert.ok(!Object.hasOwn(manifestWith(kernel).host as object, 'kernelCompiler'));
});
