import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const fontFile = (name: string) => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

/** Verdana has the same widths: a browser without DejaVu keeps the layout. */
export const fontFamily = 'DejaVu Sans, Verdana, sans-serif';
export const fontFiles: readonly string[] = [fontFile('DejaVuSans'), fontFile('DejaVuSans-Bold')];

/** Fields of the TrueType tables that widths need: offset in octets (Apple TrueType Reference Manual, OpenType 1.9). */
const layout = {
  tableCount: 4,
  tableDirectory: 12,
  tableRecordSize: 16,
  headUnitsPerEm: 18,
  hheaMetricCount: 34,
  cmapSubtableCount: 2,
  cmapRecords: 4,
  cmapRecordSize: 8,
  format4: { segmentsTimesTwo: 6, endCodes: 14, afterEndCodes: 2 },
} as const;

/** Advance widths of a font's characters in units of the em. */
type Widths = (text: string) => number;

const widthsByFile = new Map<string, Widths>();

/** The width of `text` in pixels at `size` pixels, in the font that the PNGs use. */
export function textWidth(text: string, size: number, bold = false): number {
  const path = fontFiles[bold ? 1 : 0]!;
  const widths = widthsByFile.get(path) ?? readWidths(readFileSync(path));
  widthsByFile.set(path, widths);
  return widths(text) * size;
}

function readWidths(font: Buffer): Widths {
  const tables = new Map<string, number>();
  for (let i = 0; i < font.readUInt16BE(layout.tableCount); i += 1) {
    const record = layout.tableDirectory + i * layout.tableRecordSize;
    tables.set(font.toString('latin1', record, record + 4), font.readUInt32BE(record + 8));
  }
  const unitsPerEm = font.readUInt16BE(tables.get('head')! + layout.headUnitsPerEm);
  const metricCount = font.readUInt16BE(tables.get('hhea')! + layout.hheaMetricCount);
  const metrics = tables.get('hmtx')!;
  const glyphOf = glyphLookup(font, tables.get('cmap')!);
  const advance = (code: number) => font.readUInt16BE(metrics + 4 * Math.min(glyphOf(code), metricCount - 1));
  return (text) =>
    [...text].reduce((sum, character) => sum + advance(character.codePointAt(0)!), 0) / unitsPerEm;
}

/** Character code → glyph, from the font's segment mapping (format 4: the Basic Multilingual Plane); 0 is "missing". */
function glyphLookup(font: Buffer, cmap: number): (code: number) => number {
  const table = segmentTable(font, cmap);
  const double = font.readUInt16BE(table + layout.format4.segmentsTimesTwo);
  const ends = table + layout.format4.endCodes;
  const starts = ends + double + layout.format4.afterEndCodes;
  return (code) => {
    for (let at = 0; at < double; at += 2) {
      if (code > font.readUInt16BE(ends + at)) continue;
      const start = font.readUInt16BE(starts + at);
      if (code < start) return 0;
      const delta = font.readUInt16BE(starts + double + at);
      const range = font.readUInt16BE(starts + 2 * double + at);
      if (range === 0) return (code + delta) & 0xffff;
      const glyph = font.readUInt16BE(starts + 2 * double + at + range + 2 * (code - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

function segmentTable(font: Buffer, cmap: number): number {
  const count = font.readUInt16BE(cmap + layout.cmapSubtableCount);
  const offsets = Array.from({ length: count }, (_, i) =>
    font.readUInt32BE(cmap + layout.cmapRecords + i * layout.cmapRecordSize + 4),
  );
  return cmap + offsets.find((offset) => font.readUInt16BE(cmap + offset) === 4)!;
}
