import { html } from './html.js';
import type { Html } from './html.js';
import { sharedStyle } from './style.js';

/** Pages of one kind replace each other, and no others. */
export type PageKind = 'heat maps' | 'experiment' | 'search' | 'tags' | 'themes' | 'recommendation';

const generator = (kind: PageKind) => `tfjs-weldon, ${kind}`;

/** The feet of pages made before 0.2.0, which name no generator. */
const earlierFeet: Partial<Record<PageKind, string>> = {
  'heat maps': ' · made with tfjs-weldon</footer>',
  experiment: '<footer>Made with tfjs-weldon</footer>',
};

/** Everything before the body of a page: one file, no request to anywhere. */
export function pageHead(title: string, style: Html, kind: PageKind): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${generator(kind)}">
<title>${title}</title>
<style>
${sharedStyle}
${style}
</style>
</head>
<body>
`;
}

/** Whether a text is a page of this program of a kind, also one cut off by a kill. */
export function isOwnPage(kind: PageKind): (text: string) => boolean {
  return (text) => {
    const [, made] = /^<!doctype html>.*?<meta name="generator" content="([^"]*)">/s.exec(text.slice(0, 1024)) ?? [];
    const foot = earlierFeet[kind];
    return made === undefined
      ? foot !== undefined && text.startsWith('<!doctype html>') && text.slice(-8192).includes(foot)
      : made === generator(kind);
  };
}

/** The end of a page. Where a script runs, the document has the class `scripted`. */
export function pageFoot(script: Html): Html {
  return html`
<script>
document.documentElement.classList.add('scripted');
${script}
</script>
</body>
</html>
`;
}

/** The script of a page with cards, `article` with `data-words`, and a field `filter` to search in them. */
export const searchScript: Html = html`
document.getElementById('filter')?.addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\\s+/);
  for (const card of document.querySelectorAll('article')) {
    card.hidden = !words.every((word) => card.dataset.words.includes(word));
  }
});`;
