// Hostile names, and pages of other sites: what they can do in a real browser, which is nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Elsewhere } from './elsewhere.js';
import { Portal, openAs, typed, verdict } from './people.js';
import { Town, sample, until } from './town.js';
import { Visitor, launch } from './visitor.js';

// Each is a script or a way out of where it is written, and a word that no line can hold.
const hostile = {
  contractor: `<script>alert('contractor')</script>${'ｶﾌﾞｼｷ'.repeat(12).normalize('NFKC')}"><img src=x onerror=alert(1)>`,
  representative: `' autofocus onfocus='alert("representative")`,
  person: `</button><script>alert('person')</script>`,
  obligee: `"><img src=x onerror=alert('obligee')>${'発'.repeat(90)}`,
  officer: `<b onmouseover=alert('officer')>${'o'.repeat(160)}</b>`,
  work: `</textarea></title><script>alert('work')</script>${'W'.repeat(200)}`,
  site: `<svg onload=alert('site')>&lt;&#60;{{7*7}}\${7*7}`,
  member: `<iframe src="javascript:alert('member')">${'m'.repeat(120)}`,
  reason: `--></script><script>alert('reason')</script>${'理'.repeat(100)}`,
  by: `"><svg/onload=alert('by')>${'b'.repeat(90)}`,
};
// Turns what stands behind it round.
const OVERRIDE = '架空\u202e土建';
const PASSWORD = 'hostile names 2026';

let town;
let browser;
let portal;
let mallory;
let obligee;
const guarantee = {};

before(async () => {
  town = await Town.start();
  browser = await launch();
  portal = new Portal(browser, town.details);
  mallory = await Visitor.at(browser, town.details.portal);
  obligee = await Visitor.at(browser, town.details.confirm);
});

after(async () => {
  try {
    await mallory?.close();
    await obligee?.close();
    await portal?.close();
  } finally {
    await browser?.close();
    await town?.stop();
  }
});

// Sends the form of that address.
async function submit(visitor, action, fields, status = 200) {
  const form = visitor.page.locator(`main form[action="${action}"]`);
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    const kind = await field.evaluate((it) => it.type);
    if (kind === 'checkbox') await field.check();
    else if (kind === 'select-one') await visitor.choose(field, value);
    else await field.fill(value);
  }
  await visitor.to(status, () => form.getByRole('button').last().click());
}

// A page shows these texts as they were typed, made nothing of them, and is not too wide.
async function harmless(visitor, ...names) {
  await visitor.shows(...names.map((name) => hostile[name]));
  const made = visitor.page.locator('main img, main iframe, main svg, main script, main b, [onerror], [onload], [onfocus]');
  assert.equal(await made.count(), 0, visitor.page.url());
  await visitor.look(`hostile-${new URL(visitor.page.url()).pathname.replaceAll(/[^a-z]+/g, '-')}`);
}

test('names are registered as they are, and characters that turn text round are refused', async () => {
  const admin = await portal.person('admin');
  const contractor = {
    name: hostile.contractor, representative: hostile.representative, address: '瑞穂県青嶺市港北三丁目', mail: 'mallory@example.jp',
  };
  const authority = { name: hostile.obligee, representative: hostile.officer, advance_from: '2022-05-09' };
  await admin.open('/desk/accounts');
  await submit(admin, '/desk/contractors', { ...contractor, name: OVERRIDE }, 400);
  await admin.shows('E10-INPUT');
  await admin.open('/desk/accounts');
  await submit(admin, '/desk/contractors', contractor);
  const account = { login: 'mallory', name: hostile.person, password: 'a first password 1', contractor: hostile.contractor };
  await submit(admin, '/desk/accounts', { ...account, name: OVERRIDE }, 400);
  await admin.open('/desk/accounts');
  await submit(admin, '/desk/accounts', account);
  await harmless(admin, 'person', 'contractor');
  await admin.open('/desk/obligees');
  await submit(admin, '/desk/obligees', { ...authority, representative: OVERRIDE }, 400);
  await admin.open('/desk/obligees');
  await submit(admin, '/desk/obligees', authority);
  await harmless(admin, 'obligee', 'officer');
  await mallory.open('/login');
  await mallory.fill({ login: hostile.by, password: 'not-the-password' });
  await mallory.press('ログイン', 401);
  await mallory.look();
  await mallory.fill({ login: 'mallory', password: 'a first password 1' });
  await mallory.press('ログイン');
  await mallory.fill({ old: 'a first password 1', new: PASSWORD, again: PASSWORD });
  await mallory.press('変更する');
});

test('an application and its way over the desk', async () => {
  await mallory.open('/applications/new?kind=advance');
  await mallory.fill({ obligee: hostile.obligee });
  await mallory.press('入力へ進む');
  const request = await sample('G01-1');
  await mallory.fill({ ...typed(request), 'work.name': hostile.work, 'work.site': hostile.site });
  for (const [row, name] of [hostile.member, '架空三和設備'].entries()) {
    await mallory.press('構成員を加える');
    const part = (what) => `contractor.jv_members.${row}.${what}`;
    await mallory.fill({ [part('name')]: name, [part('role')]: ['代表者', '構成員'][row], [part('share_percent')]: '50' });
  }
  await mallory.look('hostile-form');
  await mallory.fill({ 'work.name': OVERRIDE });
  await mallory.press('確認へ進む', 400);
  assert.equal(await mallory.page.locator('.error-summary a[href="#work.name"]').count(), 1);
  await mallory.look();
  await mallory.fill({ 'work.name': hostile.work });
  await mallory.press('確認へ進む');
  await harmless(mallory, 'contractor', 'representative', 'obligee', 'officer', 'work', 'site', 'member');
  await mallory.press('この内容で申し込む');
  guarantee.application = new URL(mallory.page.url()).pathname;
  await harmless(mallory, 'contractor', 'obligee', 'work', 'site', 'member');
  const clerk = await portal.person('clerk');
  await clerk.open('/desk');
  await harmless(clerk, 'contractor');
  await clerk.open(`/desk${guarantee.application}`);
  await harmless(clerk, 'contractor', 'obligee', 'officer', 'work', 'site', 'member');
});

test('forms and frames of other sites do nothing at the portal', async () => {
  await mallory.open(guarantee.application);
  const token = await mallory.page.locator('main [name="form_token"]').first().inputValue();
  const elsewhere = await Elsewhere.open();
  for (const origin of elsewhere.origins) {
    for (const [path, fields] of [
      [`${guarantee.application}/withdraw`, { seen: '0' }],
      ['/password', { old: PASSWORD, new: 'taken over 2026', again: 'taken over 2026' }],
      ['/logout', {}],
      ['/login', { login: 'clerk', password: town.details.password }],
    ]) {
      for (const more of [{}, { form_token: token }]) {
        await elsewhere.post(mallory, origin, mallory.origin + path, { ...fields, ...more });
      }
    }
    await elsewhere.frame(mallory, origin, mallory.origin + guarantee.application);
  }
  await elsewhere.close();
  await mallory.open(guarantee.application);
  await mallory.shows('受付済(審査待ち)');
  await mallory.press('ログアウト');
  await mallory.fill({ login: 'mallory', password: PASSWORD });
  await mallory.press('ログイン');
});

test('the certificate, its papers and the mail', async () => {
  await portal.decide(guarantee.application);
  guarantee.number = await until('certificate', async () => {
    await mallory.open(guarantee.application);
    const link = mallory.page.getByRole('link', { name: '電子証書を見る', exact: true });
    return await link.count() === 0 ? undefined : (await link.getAttribute('href')).split('/').at(-1);
  });
  await mallory.open('/');
  await harmless(mallory, 'obligee', 'work');
  await mallory.open(`/guarantees/${guarantee.number}`);
  await harmless(mallory, 'contractor', 'representative', 'obligee', 'officer', 'work', 'site', 'member');
  const copy = await mallory.take('お客様控え(PDF)');
  const text = execFileSync('pdftotext', ['-layout', copy.path, '-'], { encoding: 'utf8' }).replaceAll(/\s/gu, '');
  for (const name of ['work', 'site']) assert.ok(text.includes(hostile[name].replaceAll(/\s/gu, '')), text);
  await mallory.press('認証キーを表示');
  guarantee.authKey = (await mallory.page.locator('.key').innerText()).replaceAll(/\s/gu, '');
  const mails = await until('mail', async () => {
    const found = (await town.mails()).filter((mail) => mail.head.includes('mallory@example.jp'));
    return found.length > 0 ? found : undefined;
  });
  for (const { head, body } of mails) {
    assert.ok(body.includes('認証キーが登録されました'), body);
    assert.ok(!/[<>]script|alert|onerror/u.test(`${head} ${body}`), `${head} ${body}`);
  }
});

test('the obligee sees the names, and other sites answer nothing in the name of the obligee', async () => {
  await openAs(obligee, guarantee.number, guarantee.authKey);
  assert.equal(await verdict(obligee), 'in-force');
  await harmless(obligee, 'contractor', 'representative', 'obligee', 'officer', 'work', 'site', 'member');
  const token = await obligee.page.locator('main [name="form_token"]').first().inputValue();
  const answer = { revision: '1', answer: 'accepted', reason: '', by: 'somebody else' };
  const elsewhere = await Elsewhere.open();
  for (const origin of elsewhere.origins) {
    for (const [path, fields] of [
      ['/certificate/answer', answer], ['/certificate/watch', { address: 'mallory@example.jp' }], ['/leave', {}],
    ]) {
      for (const more of [{}, { form_token: token }]) {
        await elsewhere.post(obligee, origin, obligee.origin + path, { ...fields, ...more });
      }
    }
    await elsewhere.frame(obligee, origin, `${obligee.origin}/certificate`);
  }
  await elsewhere.close();
  await obligee.open('/certificate');
  assert.equal(await obligee.page.locator('form[action="/certificate/answer"]').count(), 1, 'nobody answered');
  await obligee.fill({ answer: 'returned', reason: OVERRIDE, by: hostile.by });
  await obligee.press('回答する', 400);
  await obligee.look();
  await obligee.fill({ answer: 'returned', reason: hostile.reason, by: hostile.by });
  await obligee.press('回答する');
  await harmless(obligee, 'reason', 'by', 'work');
});

test('the answer at the portal, and names that are typed into the wrong field', async () => {
  await until('answer', async () => {
    await mallory.open(`/guarantees/${guarantee.number}`);
    return (await mallory.page.locator('section[aria-labelledby="events"]').innerText()).includes('差戻し');
  });
  await harmless(mallory, 'reason', 'by');
  const clerk = await portal.person('clerk');
  await clerk.open('/desk/guarantees');
  await harmless(clerk, 'reason', 'by', 'obligee', 'work');
  await clerk.open(`/desk/guarantees/${guarantee.number}`);
  await harmless(clerk, 'reason', 'by', 'person');
  const admin = await portal.person('admin');
  await admin.open('/desk/log');
  await admin.look();
  for (const typedIn of [hostile.reason, OVERRIDE]) {
    await openAs(obligee, typedIn, hostile.by, 400);
    await obligee.look();
    await obligee.open(`/${encodeURIComponent(typedIn)}`, 404);
    await obligee.look();
  }
});
