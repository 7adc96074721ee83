// What the people of a guarantee do, page by page.

import assert from 'node:assert/strict';
import { until } from './town.js';
import { Visitor } from './visitor.js';

// The day so many days after today in Japan, as forms take it.
export function day(after) {
  const now = new Date(Date.now() + 9 * 3_600_000 + after * 86_400_000);
  return now.toISOString().slice(0, 10);
}

// What is typed for a sample's request, about days from today on.
export function typed(request) {
  const fields = {};
  const flatten = (path, part) => {
    for (const [name, value] of Object.entries(part)) {
      if (typeof value === 'object' && value !== null) flatten(`${path}.${name}`, value);
      else fields[`${path}.${name}`] = String(value);
    }
  };
  for (const part of ['work', 'guarantee']) flatten(part, request[part]);
  return {
    ...fields,
    'work.concluded_on': day(0), 'work.term.from': day(1), 'work.term.to': day(240),
    'guarantee.period.from': day(0), 'guarantee.period.to': day(240), delivery: 'electronic',
  };
}

export class Portal {
  constructor(browser, details) {
    this.browser = browser;
    this.details = details;
    this.people = new Map();
  }

  // Returns somebody who is logged in.
  async person(login) {
    const known = this.people.get(login);
    if (known) return known;
    const visitor = await Visitor.at(this.browser, this.details.portal);
    await visitor.open('/login');
    await visitor.fill({ login, password: this.details.password });
    await visitor.press('ログイン');
    this.people.set(login, visitor);
    return visitor;
  }

  async close() {
    for (const visitor of this.people.values()) await visitor.close();
  }

  // Goes from a form that was filled in to the application; returns its address.
  async send(contractor, looks = {}) {
    await contractor.press('確認へ進む');
    await contractor.look(looks.check);
    await contractor.press('この内容で申し込む');
    const { pathname } = new URL(contractor.page.url());
    assert.match(pathname, /^\/applications\/\d+$/);
    await contractor.look(looks.sent);
    return pathname;
  }

  // Presses a button of the desk, with every box of its form ticked.
  async step(login, application, button, name) {
    const visitor = await this.person(login);
    await visitor.open(`/desk${application}`);
    const form = visitor.page.locator('form', { has: visitor.page.getByRole('button', { name: button, exact: true }) });
    for (const box of await form.getByRole('checkbox').all()) await box.check();
    await visitor.look(name);
    await visitor.press(button);
  }

  async decide(application, { second = false, looks = {} } = {}) {
    await this.step('clerk', application, '審査済にする', looks.review);
    await this.step('approver', application, '承認する', looks.approve);
    if (second) {
      const approver = await this.person('approver');
      await approver.open(`/desk${application}`);
      const again = approver.page.getByRole('button', { name: '承認する', exact: true });
      assert.equal(await again.count(), 0, 'nobody approves twice');
      await this.step('director', application, '承認する', looks.second);
    }
    await this.step('clerk', application, '契約成立とする', looks.conclude);
  }

  // Waits until the worker has issued, and returns the number.
  async issued(application) {
    const contractor = await this.person('aomine');
    return until('certificate', async () => {
      await contractor.open(application);
      const link = contractor.page.getByRole('link', { name: '電子証書を見る', exact: true });
      if (await link.count() === 0) return undefined;
      return (await link.getAttribute('href')).split('/').at(-1);
    });
  }

  // Shows the auth key of a guarantee.
  async authKey(number, name) {
    const contractor = await this.person('aomine');
    await contractor.open(`/guarantees/${number}`);
    await contractor.press('認証キーを表示');
    await contractor.look(name);
    return (await contractor.page.locator('.key').innerText()).replaceAll(/\s/gu, '');
  }

  // Takes a sample's guarantee from the form to its auth key.
  async guarantee(request) {
    const contractor = await this.person('aomine');
    await contractor.open(`/applications/new?kind=${request.kind}`);
    await contractor.fill({ obligee: request.obligee.name });
    await contractor.press('入力へ進む');
    await contractor.fill(typed(request));
    const application = await this.send(contractor);
    await this.decide(application);
    const number = await this.issued(application);
    return { number, authKey: await this.authKey(number) };
  }
}

// Opens a certificate with number and auth key.
export async function openAs(obligee, number, authKey, status = 200) {
  await obligee.open('/');
  await obligee.fill({ number, auth_key: authKey });
  await obligee.press('確認する', status);
}

// Opens a certificate with a file.
export async function handIn(obligee, path, status = 200) {
  await obligee.open('/');
  await obligee.drop('#file', path);
  await obligee.press('確認する', status);
}

// The verdict's word.
export async function verdict(obligee) {
  return obligee.page.locator('.banner code').first().innerText();
}
