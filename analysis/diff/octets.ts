import { openStored, type StoredReader } from '../stored-file.ts';

const blockOctets = 2 ** 20;

/** The offset of the first octet in which two files differ, the end of the shorter one included; undefined: none. How they are kept is no difference. */
export function firstDifferentOctet(a: string, b: string): number | undefined {
  using one = openStored(a);
  using other = openStored(b);
  return compare([one, other]);
}

function compare(files: readonly [StoredReader, StoredReader]): number | undefined {
  const buffers = [Buffer.alloc(blockOctets), Buffer.alloc(blockOctets)] as const;
  for (let offset = 0; ; ) {
    const [one, other] = [readFull(files[0], buffers[0]), readFull(files[1], buffers[1])];
    if (Buffer.compare(one, other) !== 0) {
      const length = Math.min(one.length, other.length);
      for (let at = 0; at < length; at++) if (one[at] !== other[at]) return offset + at;
      return offset + length;
    }
    if (one.length === 0) return undefined;
    offset += one.length;
  }
}

/** Regular files give less than asked for at their end only. */
function readFull(file: StoredReader, buffer: Buffer): Buffer {
  return buffer.subarray(0, file.read(buffer, 0));
}
