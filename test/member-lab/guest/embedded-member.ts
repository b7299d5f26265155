import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import counting from '../../../examples/counting-server.ts';
import startMember from '../../../nodes/member/start-member.ts';

/** A process of somebody's own, started as the lab starts nodes, that is a member among other things. */
const { values } = parseArgs({
  options: {
    node: { type: 'string' },
    config: { type: 'string' },
    events: { type: 'string' },
    ready: { type: 'string' },
  },
});
const { application: _, ...config } = JSON.parse(readFileSync(values.config!, 'utf8'));
const ended = new AbortController();
process.once('SIGTERM', () => ended.abort());

async function main(): Promise<void> {
  const options = { events: values.events!, name: values.node! };
  const next = (config.peers as readonly string[])[0]!;
  const member = await startMember(config, () => counting({ nextMember: next }), options);
  await startMember(config, () => counting({ nextMember: next }), options).then(
    () => process.stderr.write('a second member in one process\n'),
    () => undefined,
  );
  writeFileSync(values.ready!, `${values.node}\n`);
  ended.signal.addEventListener('abort', () => void member.close().then(() => process.exit(0)));
}

void main();
