import { expect } from 'chai';
import { html } from '../../../../src/commands/report/html.js';
import type { HtmlPart } from '../../../../src/commands/report/html.js';

const text = (part: HtmlPart) => String(html`${part}`);

describe('html', () => {
  it('smoke: text is escaped, markup of its own stays', () => {
    const name = html`<b>${'Tom & <Jerry>'}</b>`;
    expect(String(html`<p>${name} ${3}</p>`)).to.equal('<p><b>Tom &amp; &lt;Jerry&gt;</b> 3</p>');
  });

  it('feature: leaves nothing that could open a tag, an entity or leave a quoted attribute', () => {
    const evil = "\"><script>alert(`1`)</script>' onload='x &lt;";
    expect(String(html`<i title="${evil}" lang='${evil}'>`)).to.equal(
      '<i title="&quot;&gt;&lt;script&gt;alert(`1`)&lt;/script&gt;&#39; onload=&#39;x &amp;lt;" ' +
        "lang='&quot;&gt;&lt;script&gt;alert(`1`)&lt;/script&gt;&#39; onload=&#39;x &amp;lt;'>",
    );
  });

  it('feature: lists are joined, each part by its own kind', () => {
    expect(text(['<', html`<br>`, ['&', null, [html`<hr>`]]])).to.equal('&lt;<br>&amp;<hr>');
  });

  it('feature: what is not there gives nothing, 0 and empty text what they are', () => {
    const parts: HtmlPart[] = [null, undefined, false, '', [], 0];
    expect(parts.map(text)).to.deep.equal(['', '', '', '', '', '0']);
  });

  it('exception: what only looks like markup of the tag is text', () => {
    const forged = { markup: '<script>', toString: () => '<script>', map: () => ['<script>'] };
    expect(text(forged as unknown as HtmlPart)).to.not.contain('<script>');
    expect(text(JSON.parse(JSON.stringify([html`<b>`])) as HtmlPart)).to.not.contain('<b>');
  });
});
