import { spawnSync } from 'node:child_process';

let answer: boolean | undefined;

/**
 * Whether this process may switch address randomisation off for what it starts; the default profile of Docker and Podman forbids it.
 * The lab's kernel is static, at one address either way; what is random then is its stack, of which nothing in the lab depends.
 */
export function layoutCanBeFixed(): boolean {
  answer ??= spawnSync('setarch', ['--addr-no-randomize', 'true'], { stdio: 'ignore' }).status === 0;
  return answer;
}
