import { html } from './html.js';
import type { Html } from './html.js';
import { sharedStyle } from './style.js';

/** Everything before the body of a page: one file, no request to anywhere. */
export function pageHead(title: string, style: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${sharedStyle}
${style}
</style>
</head>
<body>
`;
}

/** Whether a text is a page of this program: reports of all versions say so in their foot. */
export function isOwnPage(text: string): boolean {
  return /^<!doctype html>/i.test(text) && /made with tfjs-weldon<\/footer>/i.test(text.slice(-8192));
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
