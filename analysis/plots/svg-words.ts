/** Words at a place of an SVG. */
export function text(x: number, y: number, words: string, attributes: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${point(x)}" y="${point(y)}" ${attributes}>${escaped}</text>`;
}

/** A coordinate, to a hundredth of a pixel. */
export function point(value: number): string {
  return String(Number(value.toFixed(2)));
}
