import { readFileSync } from 'node:fs';
import type { AnyChannelFrame } from '../../server/channel/channel-frames.ts';

/** A frame and its octets, from an encoder that is not ours or from a release before this one. */
export interface GoldenFrame {
  readonly frame: AnyChannelFrame;
  readonly octets: Buffer;
}

interface GoldenKeys {
  readonly members: readonly [string, string];
  readonly groupKey: string;
  readonly trustKey: string;
  readonly groupPairKey: string;
  readonly trustPairKey: string;
  readonly identities: readonly {
    readonly caller: string;
    readonly groupId?: string;
    readonly trusted?: true;
    readonly trustId?: string;
    readonly identity: string;
  }[];
}

interface StoredFrame {
  readonly frame: object;
  readonly octets: string;
}

/** Of version 1, by test/server/golden/make-channel-frames.py. */
export function goldenFrames(): { readonly frames: readonly GoldenFrame[]; readonly keys: GoldenKeys } {
  const { frames, keys } = stored('channel-frames.json') as { frames: StoredFrame[]; keys: GoldenKeys };
  return { frames: frames.map(restored), keys };
}

/** What members before version 1 send: recorded from the last release without versions, never to be written anew. */
export function framesOfVersion0(): readonly GoldenFrame[] {
  return (stored('version-0.json') as StoredFrame[]).map(restored);
}

/** Octets as hexadecimal: a Buffer and a Uint8Array of the same octets are the same. */
export function plainFrame(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(plainFrame);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainFrame(item)]));
}

function stored(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../server/golden/${name}`, import.meta.url), 'utf8'));
}

function restored({ frame, octets }: StoredFrame): GoldenFrame {
  return { frame: withOctets(frame) as AnyChannelFrame, octets: Buffer.from(octets, 'hex') };
}

function withOctets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withOctets);
  if (typeof value !== 'object' || value === null) return value;
  if ('hex' in value) return Buffer.from(String(value.hex), 'hex');
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withOctets(item)]));
}
