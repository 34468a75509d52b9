const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Markup that `html` made. The class stays in this file, so that no other text passes for markup. */
class Html {
  constructor(private readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

export type { Html };

/** What may stand in a template: markup, text, lists of them; `null`, `undefined` and `false` give nothing. */
export type HtmlPart = Html | string | number | false | null | undefined | readonly HtmlPart[];

function markupOf(part: HtmlPart): string {
  if (part instanceof Html) {
    return part.toString();
  }
  if (Array.isArray(part)) {
    return (part as readonly HtmlPart[]).map(markupOf).join('');
  }
  return part === undefined || part === null || part === false
    ? ''
    : String(part).replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * Markup from a template. Text is escaped, for its place between tags as well as in a quoted attribute; markup that
 * this tag made is put in as it is.
 *
 * @example
 * html`<ul title="${path}">${names.map((name) => html`<li>${name}</li>`)}</ul>`;
 */
export function html(literals: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  return new Html(literals.reduce((made, literal, i) => made + markupOf(parts[i - 1]) + literal));
}
