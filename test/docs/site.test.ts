/** The built site: whole, offline, searchable. `npm run docs` builds it. */
import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowserOrSkip } from '../browser/openBrowserOrSkip.js';
import { pagesWithCode, root } from './codeBlocks.js';
import type { Served } from './openPages.js';
import { follow, serveFolders } from './openPages.js';

const site = join(root, 'docs/.vitepress/dist');

describe('the site of the documentation', function () {
  let browser: Browser;
  let served: Served;
  before(async function () {
    if (!existsSync(site) && !process.env.CI) {
      console.log('      skipped: no site (npm run docs)');
      this.skip();
    }
    browser = await openBrowserOrSkip(this);
    served = await serveFolders(site);
  });
  after(async () => {
    await browser?.close();
    await served?.close();
  });

  it('has every page, and the reference of every public module', () => {
    const pages = pagesWithCode().filter((name) => name.startsWith('docs/'));
    const names = pages.map((name) => name.slice('docs/'.length, -'.md'.length));
    const modules = ['', '/node', '/search', '/tagging', '/onnx'].map((name) => `api/tfjs-weldon${name}`);
    expect([...names, ...modules].filter((name) => !existsSync(join(site, `${name}.html`)))).to.deep.equal([]);
    const reference = readFileSync(join(site, 'api/tfjs-weldon.html'), 'utf8');
    expect(reference).to.contain('weldonPooling2d').and.contain('attachWeldon');
  });

  it('asks no other host for anything', async () => {
    for (const path of ['/', '/layer.html', '/api/tfjs-weldon/onnx.html']) {
      const { page, strangers } = await follow(browser, served.origin + path);
      await page.waitForLoadState('networkidle');
      expect(await page.locator('h1').count(), path).to.be.greaterThan(0);
      expect(strangers, path).to.deep.equal([]);
      await page.close();
    }
    const styles = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.css'));
    expect(
      styles.filter((name) => /(url\(\W?|@import\W+)https?:/.test(readFileSync(join(site, name), 'utf8'))),
    ).to.deep.equal([]);
  });

  it('finds an error by its text', async () => {
    const { page, strangers } = await follow(browser, `${served.origin}/start.html`);
    await page.waitForLoadState('networkidle');
    await page.locator('button:has-text("Search")').first().click();
    await page.locator('.VPLocalSearchBox input').fill('No backend found in registry');
    const result = page.locator('.VPLocalSearchBox a.result').first();
    await result.waitFor();
    expect(await result.getAttribute('href')).to.match(/^\/errors(\.html)?#/);
    expect(strangers).to.deep.equal([]);
    await page.close();
  });
});
