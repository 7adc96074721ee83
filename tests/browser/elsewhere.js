// A page of another site, which wants to act in the name of a visitor of ours.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

export class Elsewhere {
  // Serves it at two origins: another port, which is the same site to a browser, so that cookies
  // are sent along; and another name, which is another site.
  static async open() {
    const elsewhere = new Elsewhere();
    elsewhere.html = '';
    elsewhere.server = createServer((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!DOCTYPE html><title>Elsewhere</title>${request.url === '/framed' ? 'framed' : elsewhere.html}`);
    });
    await new Promise((done) => elsewhere.server.listen(0, '127.0.0.1', done));
    const { port } = elsewhere.server.address();
    elsewhere.origins = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
    return elsewhere;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  // Lets the visitor come upon a page that sends a form at once, which has to be refused.
  async post(visitor, origin, action, fields) {
    const inputs = Object.entries(fields).map(([name, value]) =>
      `<input type="hidden" name="${name}" value="${escaped(value)}">`);
    this.html = `<form method="post" action="${action}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`;
    await this.visited(visitor, origin, async (page) => {
      const answer = page.waitForResponse((response) => response.url() === action);
      await page.goto(origin);
      const response = await answer;
      const headers = await response.request().allHeaders();
      const named = origin.includes('localhost') ? 'cross-site' : 'same-site';
      assert.equal(headers['sec-fetch-site'], named);
      // To another port the browser does send the session along.
      assert.equal(/session|visit/.test(headers.cookie ?? ''), named === 'same-site', `${action}: ${headers.cookie}`);
      // Without its session it is nobody who asks, if the page asks for somebody first.
      const told = `${response.status()} ${(await response.text()).match(/<code>(E10-[A-Z]+)/)?.[1]}`;
      const refusals = named === 'same-site' ? ['403 E10-FORM'] : ['403 E10-FORM', '401 E10-LOGIN', '403 E10-VISIT'];
      assert.ok(refusals.includes(told), `${action}: ${told}`);
    });
  }

  // Lets the visitor come upon a page that frames one of ours, which has to stay empty.
  async frame(visitor, origin, address) {
    this.html = `<iframe src="${address}"></iframe><iframe src="/framed"></iframe>`;
    await this.visited(visitor, origin, async (page) => {
      const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
      await page.goto(origin);
      await refused;
      const [theirs, own] = page.mainFrame().childFrames();
      assert.equal(await own.locator('body').innerText(), 'framed');
      assert.equal(own.url(), `${origin}/framed`);
      assert.notEqual(theirs.url(), address);
    });
  }

  async visited(visitor, origin, act) {
    visitor.allowed.add(origin);
    const page = await visitor.context.newPage();
    await act(page);
    await page.close();
    visitor.allowed.delete(origin);
  }
}
