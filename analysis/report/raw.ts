import { Html } from './html.ts';

/** A value as the content of a script element that is no program: nothing in it can end the element. */
export function rawJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

/** A program's text as the content of a script element. */
export function rawScript(text: string): Html {
  return new Html(text.replaceAll('</script', '<\\/script'));
}
