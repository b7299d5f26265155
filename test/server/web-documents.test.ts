import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentPart } from '../../applications/document.ts';
import { documentPath, WebDocuments } from '../../applications/web-documents.ts';

test('a generated document and a file are read in parts, and have an end', async () => {
  const root = await mkdtemp(join(tmpdir(), 'web-documents-'));
  try {
    await writeFile(join(root, 'file'), documentPart(0, 1000));
    const documents = new WebDocuments({ root, generated: { '/computed': 1000 } });
    for (const path of ['/file', '/computed']) {
      assert.equal(await documents.size(path), 1000, path);
      await using document = await documents.open(path);
      const parts = [await document.read(0, 13), await document.read(13, 900), await document.read(913, 900)];
      assert.deepEqual(Buffer.concat(parts), documentPart(0, 1000), path);
      assert.equal((await document.read(1000, 10)).length, 0, path);
    }
    assert.equal(await documents.size('/none'), undefined);
    assert.equal(await documents.size('/'), undefined);
    assert.equal(await documents.size('/toString'), undefined);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('a target stays below the root', () => {
  assert.equal(documentPath('/a?b=c#d'), '/a');
  assert.equal(documentPath('/../../etc/passwd'), '/etc/passwd');
  assert.equal(documentPath('/%2e%2e/x'), '/x');
  assert.equal(documentPath('/a%'), '/a%');
  assert.equal(documentPath('/'), '/index.html');
});
