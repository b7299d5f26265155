import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { checked, libc } from '../../../linux/libc.ts';

const CLONE_NEWNET = 0x40000000;
const setns = libc('setns');
const suffix = process.pid;
const made: string[] = [];

/** Runs `ip` (or another tool); throws with its words when it fails. */
export function run(command: string): string {
  const [file, ...words] = command.split(/\s+/) as [string, ...string[]];
  return execFileSync(file, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
}

/** The real name of a node's namespace, not shared with other runs on the machine. */
export function namespace(node: string): string {
  return `hs${suffix}${node}`;
}

/** Adds a network namespace for `node`, without duplicate address detection. */
export function addNode(node: string): void {
  const name = namespace(node);
  run(`ip netns add ${name}`);
  made.push(name);
  ip(node, 'link set lo up');
  inNode(node, () => {
    for (const key of ['all', 'default']) sysctl(`net/ipv6/conf/${key}/accept_dad`, 0);
    sysctl('net/ipv6/conf/all/forwarding', 1);
  });
}

/** Joins two nodes by a link without offloads; interfaces are called as the node at the other end. */
export function addLink(a: string, b: string, addressOfA: string, addressOfB: string): void {
  run(`ip link add ${b} netns ${namespace(a)} type veth peer name ${a} netns ${namespace(b)}`);
  for (const [node, name, address] of [
    [a, b, addressOfA],
    [b, a, addressOfB],
  ] as const) {
    run(`ip netns exec ${namespace(node)} ethtool -K ${name} tso off gso off gro off`);
    ip(node, `link set ${name} up`);
    ip(node, `addr add ${address} dev ${name} nodad`);
  }
}

/** `ip` inside a node. */
export function ip(node: string, words: string): string {
  return run(`ip -n ${namespace(node)} ${words}`);
}

/** `tc` inside a node. */
export function tc(node: string, words: string): string {
  return run(`tc -n ${namespace(node)} ${words}`);
}

/** Runs `action` in the node's network namespace: what it opens belongs there. Synchronous, since threads switch, not tasks. */
export function inNode<T>(node: string, action: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  const there = openSync(`/run/netns/${namespace(node)}`, 'r');
  try {
    checked('setns', node, setns(there, CLONE_NEWNET));
    return action();
  } finally {
    checked('setns', 'back', setns(home, CLONE_NEWNET));
    closeSync(there);
    closeSync(home);
  }
}

/** A counter of `/proc/net/netstat`, such as `TcpExt PAWSEstab`. */
export function counter(node: string, group: string, name: string): number {
  const lines = inNode(node, () => readFileSync('/proc/thread-self/net/netstat', 'utf8')).split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${group}: `));
  const index = lines[at]!.split(' ').indexOf(name);
  return Number(lines[at + 1]!.split(' ')[index]);
}

/** Removes all nodes. */
export function removeNodes(): void {
  for (const name of made.splice(0)) run(`ip netns del ${name}`);
}

function sysctl(key: string, value: number): void {
  execFileSync('sh', ['-c', `echo ${value} > /proc/sys/${key}`]);
}
