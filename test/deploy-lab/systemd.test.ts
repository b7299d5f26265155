import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleNodes } from '../../runner/lab/bundle.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { provisionScript } from '../../topologies/provision.ts';
import {
  addressOf,
  Configurations,
  contactAddress,
  filterOf,
  homeAgent,
  members,
  plan,
  servicePort,
  topology,
} from '../support/deployment-lab.ts';
import { LabJob } from '../support/lab-job.ts';
import { readUnit } from '../support/unit-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const library = fileURLToPath(new URL('guest/systemd-hosts.sh', import.meta.url));
const client = 'client1';
const CAP_NET_ADMIN = 1n << 12n;
const CAP_NET_RAW = 1n << 13n;
const hosts = [homeAgent, client, ...members];
const [node1, node2] = members.map(addressOf);

const download = `download() { # name
  printf '%s' '${JSON.stringify({
    ...{ server: contactAddress, port: servicePort, bytes: 400_000, periodMs: 1, phasesMs: [0] },
    ...{ receiveLowWater: 0, receiveWindow: 16_384, timeoutMs: 10_000, lingerMs: 2000 },
  })}' >"$1.json"
  nsenter --net=/run/netns/${client} "\${node[@]}" "$PWD/nodes/download-client.cjs" \\
    --node "$1" --config "$PWD/$1.json" --events "$PWD/$1.jsonl" || true
}`;

interface Status {
  readonly contacts: readonly { readonly contactNode: string; readonly term: number }[];
  readonly members: readonly { readonly address: string; readonly channel: string }[];
  readonly keys: { readonly group: string; readonly trust: string };
}

/** The lab kernel lacks seccomp: the units' filters of system calls are seen on this machine's (test/deploy/systemd.test.ts). */
test('under a real systemd on each of five hosts the shipped units serve, reload, come back when killed, and stop in order', {
  timeout: 1_500_000,
}, async () => {
  assert.ok(existsSync('/lib/systemd/systemd'), 'systemd is not installed: apt-get install systemd');
  using configurations = new Configurations();
  configurations.write('plan.json', plan);
  configurations.command(['keygen', 'group', 'plan.json', '--out', 'group']);
  const files = [homeAgent, ...members].map((host) => `group/${host}.json`);
  cpSync(join(configurations.folder, 'group'), join(configurations.folder, 'first'), { recursive: true });
  for (const key of ['channelKey', 'trustKey']) configurations.command(['keygen', 'rotate', key, ...files]);
  await using job = await LabJob.create(`
    ${provisionScript(topology)}
    . ./systemd-hosts.sh
    # Where a bundle looks for koffi's library.
    ln -s $checkout/node_modules node_modules
    ${download}
    for host in ${hosts.join(' ')}; do
      boot $host
      install_on $host
      nsenter --net=/run/netns/$host nft -f filters/$host.nft
      bring $host first/$host.json
    done
    systemd start ${homeAgent}
    systemd start ${client}
    # A member is ready when all others are there: hosts start without waiting for each other.
    for host in ${members.join(' ')}; do on $host systemctl start --no-block $(unit_of $host); done
    for host in ${members.join(' ')}; do systemd start $host; done
    for host in ${hosts.join(' ')}; do confinement $host >$host.confinement; done
    status node1 >for-people
    ask node1 metrics >metrics
    ask ${homeAgent} status >home-agent
    download one

    for host in ${members.join(' ')}; do
      main=$(show $host MainPID)
      bring $host group/$host.json
      systemd reload $host
      [ "$(show $host MainPID)" = "$main" ]
    done
    ask node1 status >both

    # Each of the three programs in turn, then the contact node itself.
    killed node3 1
    killed ${homeAgent} 1
    killed ${client} 1
    download two
    killed node1 1
    for host in ${members.join(' ')}; do ask $host health; ask $host status >$host.after-kill; done
    download three

    systemd stop node1
    ask node2 health
    ask node2 status >successor
    download four
    for host in node3 node2 ${client} ${homeAgent}; do systemd stop $host; done
    for host in ${hosts.join(' ')}; do
      for property in ActiveState Result ExecMainStatus; do echo "$property $(show $host $property)"; done >$host.end
      journal $host >$host.journal
      power_off $host
    done`);
  const write = (name: string, text: string) => writeFile(join(job.path, name), text);
  cpSync(library, join(job.path, 'systemd-hosts.sh'));
  for (const set of ['first', 'group'])
    cpSync(join(configurations.folder, set), join(job.path, set), { recursive: true });
  await write(`first/${client}.json`, JSON.stringify({ observe: {} }));
  await mkdir(join(job.path, 'filters'));
  const { bundles } = await bundleNodes({ 'download-client': nodeEntryPoints['download-client']! });
  await mkdir(join(job.path, 'nodes'));
  await write('nodes/download-client.cjs', bundles.get('download-client')!);
  for (const host of hosts) await write(`filters/${host}.nft`, filterOf(host));
  const run = await job.boot({
    ...{ stageFolder: root, memoryMb: 1536, seed: 1 },
    ...{ wallTimeoutMs: 1_200_000, virtualTimeoutS: 3600 },
  });
  assert.equal(run.status, 0, run.console);
  const text = (name: string) => readFile(join(job.path, name), 'utf8');
  const status = async (name: string): Promise<Status> => JSON.parse(await text(name));

  // As the units confine them: their own user, two capabilities, a root that is read-only.
  const { capabilities } = readUnit('member');
  assert.deepEqual(capabilities, ['CAP_NET_ADMIN', 'CAP_NET_RAW']);
  for (const host of hosts) {
    const [user, effective, noNew, rootMount] = (await text(`${host}.confinement`)).trim().split('\n');
    assert.equal(user, 'user handoff-lab', host);
    assert.equal(BigInt(`0x${effective!.replace(/^CapEff:\s+/, '')}`), CAP_NET_ADMIN | CAP_NET_RAW, host);
    assert.match(noNew!, /1$/, host);
    assert.match(rootMount!, /^root ro\b/, host);
  }

  const downloads = await Promise.all(['one', 'two', 'three', 'four'].map((name) => text(`${name}.jsonl`)));
  for (const told of downloads) assert.match(told, /"event":"repetition-finished".*"ok":true/, told);
  assert.match(await text('for-people'), new RegExp(`^member ${node1}: serving$`, 'm'));
  assert.match(await text('metrics'), /^handoff_lab_members\{channel="standing"\} 2$/m);
  assert.match(await text('home-agent'), new RegExp(`"careOfAddress": "${node1}"`));
  assert.deepEqual((await status('both')).keys, { group: 'k2 k1', trust: 't2 t1' });

  // Killed, the contact node was succeeded by its backup; it came back as a member, and all channels stand again.
  for (const host of members) {
    const after = await status(`${host}.after-kill`);
    assert.deepEqual([after.contacts[0]!.contactNode, after.contacts[0]!.term > 0], [node2, true], host);
    assert.deepEqual(new Set(after.members.map(({ channel }) => channel)), new Set(['standing']), host);
  }
  assert.equal((await status('successor')).contacts[0]!.contactNode, node2);

  for (const host of hosts) {
    assert.equal(await text(`${host}.end`), 'ActiveState inactive\nResult success\nExecMainStatus 0\n', host);
    const journal = await text(`${host}.journal`);
    const killed = host === 'node2' ? 0 : 1;
    assert.equal(journal.match(/code=killed, status=9\/KILL/g)?.length ?? 0, killed, `${host}: ${journal}`);
    assert.match(journal, /"event":"stopped","status":0/, host);
    assert.doesNotMatch(journal, /"event":"(?:crashed|cleanup-failed|send-failed)"|EPERM|EACCES/, host);
  }
});
