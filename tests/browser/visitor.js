// Somebody with a browser, of whom every page is looked at.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SIZES = [{ width: 390, height: 844 }, { width: 1280, height: 900 }];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Where pictures of pages are put, if anywhere.
const pictures = process.env.HOSHO_PICTURES;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    env: { ...process.env, LANGUAGE: 'ja', LANG: 'ja_JP.UTF-8' },
    args: [
      '--no-sandbox', '--disable-gpu', '--lang=ja', '--disable-quic', '--no-first-run', '--disable-sync',
      '--disable-background-networking', '--disable-component-update',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}

// Makes a picture of a paper's first page, if pictures are made.
export async function pictureOfPaper(name, path) {
  if (!pictures) return;
  execFileSync('pdftoppm', ['-r', '75', '-png', '-f', '1', '-l', '1', '-singlefile', path, join(pictures, name)]);
}

// Makes a picture of a mail as it is read, if pictures are made.
export async function pictureOfMail(browser, name, { head, body }) {
  if (!pictures) return;
  const word = (_, text) => Buffer.from(text, 'base64').toString('utf8');
  const lines = head.replaceAll(/\r?\n[ \t]/g, ' ').replaceAll(/\?= =\?/g, '?==?').replaceAll(/=\?utf-8\?b\?(.*?)\?=/gi, word)
    .split(/\r?\n/).filter((line) => /^(From|To|Subject):/.test(line));
  const page = await browser.newPage({ viewport: { width: 760, height: 420 } });
  await page.setContent('<pre style="margin: 24px; font: 15px/1.6 IPAexGothic, sans-serif; white-space: pre-wrap"></pre>');
  await page.locator('pre').evaluate((it, text) => { it.textContent = text; }, `${lines.join('\n')}\n\n${body}`);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  await page.close();
}

export class Visitor {
  // Opens a browser of its own at a service. The services are the only hosts it may ask.
  static async at(browser, origin, options = {}) {
    const context = await browser.newContext({ viewport: SIZES[1], locale: 'ja-JP', ...options });
    const page = await context.newPage();
    const visitor = new Visitor();
    Object.assign(visitor, { context, page, origin, allowed: new Set([origin]), trouble: [], looked: 0 });
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && !visitor.allowed.has(url.origin)) visitor.trouble.push(`asks ${url}`);
    });
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // The browser says so of a page that is refused; the status of each page is asserted.
      const own = message.location().url === page.url() || page.url() === 'about:blank';
      if (own && /the server responded with a status of 4\d\d/.test(message.text())) return;
      visitor.trouble.push(`${page.url()}: ${message.text()}`);
    });
    page.on('dialog', (dialog) => {
      visitor.trouble.push(`${page.url()}: a dialog says ${dialog.message()}`);
      return dialog.dismiss();
    });
    page.on('pageerror', (error) => visitor.trouble.push(`${page.url()}: ${error}`));
    return visitor;
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.trouble, []);
  }

  // Does what leads to another page, and asserts with which status that came.
  async to(status, act) {
    const arrived = this.page.waitForResponse((response) => {
      const request = response.request();
      const moved = response.status() >= 300 && response.status() < 400;
      return request.isNavigationRequest() && !moved;
    });
    const [response] = await Promise.all([arrived, act()]);
    await this.page.waitForLoadState();
    assert.equal(response.status(), status, await this.page.locator('main').innerText());
  }

  open(path, status = 200) {
    return this.to(status, () => this.page.goto(this.origin + path));
  }

  press(name, status = 200) {
    const button = this.page.getByRole('button', { name, exact: true });
    return this.to(status, () => button.filter({ visible: true }).first().click());
  }

  follow(name, status = 200) {
    return this.to(status, () => this.page.getByRole('link', { name, exact: true }).first().click());
  }

  // Takes a file that a page offers, and returns its bytes and name.
  async take(name) {
    const target = this.page.getByRole('button', { name, exact: true })
      .or(this.page.getByRole('link', { name, exact: true }));
    const [download] = await Promise.all([this.page.waitForEvent('download'), target.first().click()]);
    const path = await download.path();
    return { path, name: download.suggestedFilename(), bytes: await readFile(path) };
  }

  // Types into a form what it asks for: fields by name.
  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`main [name="${name}"]:not([type="hidden"])`);
      if (await field.count() === 0) continue;
      const kind = await field.first().evaluate((it) => it.type ?? it.tagName.toLowerCase());
      if (kind === 'radio') await this.page.locator(`main [name="${name}"][value="${value}"]`).check();
      else if (kind === 'checkbox') await field.check();
      else if (kind === 'select-one') await this.choose(field, value);
      else await field.fill(value);
    }
  }

  async choose(list, value) {
    const options = await list.locator('option').evaluateAll((all) =>
      all.map((option) => [option.value, option.textContent.trim()]));
    const found = options.find(([one, text]) => one === value || text.startsWith(value));
    assert.ok(found, `${value} is none of ${JSON.stringify(options)}`);
    await list.selectOption(found[0]);
  }

  async shows(...texts) {
    const shown = await this.page.locator('main').innerText();
    for (const text of texts) assert.ok(shown.includes(text), `no ${text} in: ${shown}`);
  }

  // Looks at the page in both sizes: nothing to scroll sideways, nothing that axe finds serious.
  // A picture shows the beginning of the page, or from `part` on.
  async look(name, part) {
    for (const size of SIZES) {
      await this.page.setViewportSize(size);
      await this.picture(name, size.width, part);
      const found = await this.audit();
      assert.deepEqual(found, [], `${this.page.url()} at ${size.width}`);
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= size.width, `${this.page.url()} is ${wide} wide at ${size.width}`);
    }
    if (await this.page.locator('html').getAttribute('lang') === 'ja') {
      // Days are those of the eras; hints may show other spellings that are taken.
      const days = await this.page.evaluate(() => {
        const copy = document.querySelector('main').cloneNode(true);
        for (const hint of copy.querySelectorAll('.hint')) hint.remove();
        return copy.textContent.match(/\d{4}-\d{2}-\d{2}.{0,20}/gu) ?? [];
      });
      assert.deepEqual(days, [], this.page.url());
    }
    this.looked += 1;
  }

  async picture(name, width, part) {
    if (!pictures || !name) return;
    await mkdir(join(pictures, 'whole'), { recursive: true });
    await this.page.mouse.move(0, 0);
    await this.page.evaluate((at) => {
      if (at) document.querySelector(at).scrollIntoView();
      else window.scrollTo(0, 0);
    }, part);
    await this.page.screenshot({ path: join(pictures, `${name}-${width}.png`) });
    await this.page.screenshot({ path: join(pictures, 'whole', `${name}-${width}.png`), fullPage: true });
  }

  // Asks axe, past the page's policy, which allows no script of others.
  async audit() {
    const session = await this.context.newCDPSession(this.page);
    await session.send('Runtime.evaluate', { expression: axe });
    const expression = `axe.run(document, { preload: false, resultTypes: ['violations'] }).then((run) =>
      run.violations.filter((it) => ['serious', 'critical'].includes(it.impact))
        .map((it) => it.id + ': ' + it.nodes.map((node) => node.target.join(' ')).join(', ')))`;
    const { result, exceptionDetails } = await session.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true });
    await session.detach();
    assert.equal(exceptionDetails, undefined);
    return result.value;
  }

  // Drops a file on a field, or on another part of the page, as from a folder: it is in the field.
  async drop(field, path, on = field) {
    await this.page.locator(on).first().scrollIntoViewIfNeeded();
    const box = await this.page.locator(on).first().boundingBox();
    const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const session = await this.context.newCDPSession(this.page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop']) {
      await session.send('Input.dispatchDragEvent', { type, ...point, data });
    }
    await session.detach();
    assert.equal(await this.page.locator(field).evaluate((it) => it.files.length), 1);
  }
}
