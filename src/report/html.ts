import { html as honoHtml, raw } from "hono/html";

/** Markup that is safe to place in a page. Only `html` and `trusted` make it. */
export type Html = ReturnType<typeof raw>;

/** What `html` takes between braces: text is escaped, markup is not, lists are joined, undefined and false are nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[];

/** Hono's template, for parts that are all at hand: every text is escaped, in element content and double-quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = honoHtml(strings, ...parts);
  if (markup instanceof Promise) throw new TypeError("a part of the page is a promise");
  return markup;
}

/** Marks a string as markup; for what this package itself made, such as a chart. */
export function trust(markup: string): Html {
  return raw(markup);
}
