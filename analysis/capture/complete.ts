import { PcapReader } from './pcap-reader.ts';

/** Why a capture is not whole, in words; undefined for one that ends where a record ends. Throws DecodeError for a file that is no capture. */
export function incompleteness(path: string): string | undefined {
  using reader = new PcapReader(path);
  const count = reader.skip();
  return reader.truncated ? `its file ends within the record of packet ${count + 1}` : undefined;
}
