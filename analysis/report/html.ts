/** Text that is HTML already; made by `html` only, so that nothing reaches a page unescaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The same with the first match of a pattern given way to what is made of its first group; both are HTML. */
  replaced(pattern: RegExp, make: (group: string) => string): Html {
    return new Html(this.text.replace(pattern, (_, group: string) => make(group)));
  }
}

type Part = string | number | undefined | Html | readonly Html[];

/** A template whose holes are escaped, unless they are HTML themselves. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings.map((text, index) => text + (index < parts.length ? render(parts[index]) : '')).join(''),
  );
}

/**
 * A stored SVG drawing as part of a page. Ids within it get `prefix`: several drawings of one page would else share
 * them, and a clip path of one would cut another.
 */
export function inlineSvg(svg: string, prefix: string): Html {
  const body = svg.slice(Math.max(0, svg.indexOf('<svg')));
  const renamed = body
    .replace(/\bid="([^"]+)"/g, `id="${prefix}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`)
    .replace(/href="#([^"]+)"/g, `href="#${prefix}-$1"`);
  return new Html(renamed);
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map((item) => item.text).join('');
  return escaped(String(part));
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
