// The services in a real browser: the six steps of a guarantee, and what can happen afterwards.
// `npm test` with HOSHO_DEMO naming the program; `.ci/run browser` builds that first.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Portal, day, handIn, openAs, typed, verdict } from './people.js';
import { Town, sample, until } from './town.js';
import { Visitor, launch, pictureOfMail, pictureOfPaper } from './visitor.js';

let town;
let browser;
let portal;
let obligee;
// The guarantee that the tests are about, one after the other.
const flyer = {};

before(async () => {
  town = await Town.start();
  browser = await launch();
  portal = new Portal(browser, town.details);
  obligee = await Visitor.at(browser, town.details.confirm);
});

after(async () => {
  try {
    await obligee?.close();
    await portal?.close();
  } finally {
    await browser?.close();
    await town?.stop();
  }
});

test('a wrong password is told without saying what is wrong', async () => {
  const stranger = await Visitor.at(browser, town.details.portal);
  await stranger.open('/');
  await stranger.look('login');
  await stranger.fill({ login: 'aomine', password: 'not-the-password' });
  await stranger.press('ログイン', 401);
  await stranger.shows('E10-LOGIN');
  await stranger.look();
  await stranger.close();
});

test('step 1: the contractor applies, and what was mistyped is named', async () => {
  const contractor = await portal.person('aomine');
  await contractor.look('portal-home');
  await contractor.follow('前払金保証を申し込む');
  await contractor.look();
  await contractor.fill({ obligee: '瑞穂県' });
  await contractor.press('入力へ進む');
  await contractor.look('form');
  const request = await sample('G01-1');
  await contractor.fill({ ...typed(request), 'work.price_jpy': '一億' });
  await contractor.press('確認へ進む', 400);
  await contractor.look('form-wrong');
  const wrong = contractor.page.locator('.error-summary a');
  assert.equal(await wrong.count(), 1);
  await wrong.click();
  assert.equal(await contractor.page.evaluate(() => document.activeElement.name ?? document.activeElement.id), 'work.price_jpy');
  await contractor.fill({ 'work.price_jpy': '132,000,000' });
  flyer.application = await portal.send(contractor, { check: 'check', sent: 'sent' });
});

test('step 2: the desk reviews, approves and concludes', async () => {
  const clerk = await portal.person('clerk');
  await clerk.open('/desk');
  await clerk.look('desk');
  await portal.decide(flyer.application, { looks: { review: 'desk-review', approve: 'desk-approve' } });
});

test('step 3: the worker issues', async () => {
  flyer.number = await portal.issued(flyer.application);
  const contractor = await portal.person('aomine');
  await contractor.look();
  await contractor.follow('電子証書を見る');
  await contractor.look('guarantee');
  const told = contractor.page.getByText('この印刷物は発注者に提出するものではありません');
  assert.equal(await told.isVisible(), false);
  await contractor.page.emulateMedia({ media: 'print' });
  assert.equal(await told.isVisible(), true);
  await contractor.page.emulateMedia({ media: null });
});

test('step 4: a mail without secrets comes, and the contractor takes key and notice', async () => {
  const mails = await until('mail', async () => {
    const found = (await town.mails()).filter((mail) => mail.body.includes('認証キーが登録されました'));
    return found.length >= 3 ? found : undefined;
  });
  flyer.authKey = await portal.authKey(flyer.number, 'key');
  assert.match(flyer.authKey, /^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
  await pictureOfMail(browser, 'mail', mails.at(-1));
  for (const { head, body } of mails) {
    for (const secret of [flyer.number, flyer.authKey, flyer.authKey.slice(0, 5), 'http://', 'https://']) {
      assert.ok(!head.includes(secret) && !body.includes(secret), body);
    }
  }
  const contractor = await portal.person('aomine');
  flyer.notice = await contractor.take('認証キー等のお知らせ(PDF)');
  assert.ok(flyer.notice.bytes.toString('latin1').startsWith('%PDF-'));
  await pictureOfPaper('notice', flyer.notice.path);
  await contractor.follow('電子証書に戻る');
  flyer.copy = await contractor.take('お客様控え(PDF)');
  assert.ok(flyer.copy.bytes.toString('latin1').startsWith('%PDF-'));
});

test('step 5: the obligee opens the certificate with the keyboard alone', async () => {
  await obligee.open('/');
  await obligee.look('confirm-home');
  const { page } = obligee;
  const focus = () => page.evaluate(() => {
    const it = document.activeElement;
    const style = getComputedStyle(it);
    return { id: it.id, name: it.className, ring: style.outlineStyle, at: it.getAttribute('href') };
  });
  await page.keyboard.press('Tab');
  assert.equal((await focus()).name, 'skip');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const first = await focus();
  assert.deepEqual([first.id, first.ring], ['number', 'solid']);
  await page.keyboard.type(flyer.number);
  await page.keyboard.press('Tab');
  const second = await focus();
  assert.deepEqual([second.id, second.ring], ['auth_key', 'solid']);
  await page.keyboard.type(flyer.authKey.toLowerCase().replaceAll('-', ' '));
  await obligee.to(200, () => page.keyboard.press('Enter'));
  assert.equal(await verdict(obligee), 'in-force');
  await obligee.shows(flyer.number, '132,000,000');
  await obligee.look('in-force');
  for (const name of ['検証結果報告書(PDF)', '証拠ファイル', '署名済み電子証書を保存']) {
    assert.ok((await obligee.take(name)).bytes.length > 300, name);
  }
});

test('step 5: the notice, and a photograph of it, open the certificate when they are dropped', async () => {
  await handIn(obligee, flyer.notice.path);
  assert.equal(await verdict(obligee), 'in-force');
  const sheet = join(town.folder, 'sheet');
  const photo = join(town.folder, 'photo.jpg');
  execFileSync('pdftoppm', ['-r', '130', '-png', '-f', '1', '-l', '1', '-singlefile', flyer.notice.path, sheet]);
  execFileSync('convert', [`${sheet}.png`, '-background', '#8a8378', '-rotate', '4', '-blur', '0x0.7', '-modulate', '88', '-quality', '70', photo]);
  await obligee.press('確認を終える');
  await handIn(obligee, photo);
  assert.equal(await verdict(obligee), 'in-force');
  await obligee.shows(flyer.number);
});

test('step 5: a file that is dropped beside its field lands in it, and the page stays', async () => {
  await obligee.press('確認を終える');
  for (const part of ['h1', '#number', '.bottom']) {
    await obligee.open('/');
    await obligee.fill({ number: 'TYPED-1' });
    await obligee.drop('#file', flyer.notice.path, part);
    assert.equal(await obligee.page.locator('#number').inputValue(), 'TYPED-1');
  }
  await obligee.look('confirm-dropped');
  await obligee.press('確認する');
  assert.equal(await verdict(obligee), 'in-force');
});

test('step 6: the obligee answers, and the contractor sees who opened and answered', async () => {
  await obligee.fill({ answer: 'returned', by: '瑞穂県 青嶺土木事務所 架空 花子' });
  await obligee.press('回答する', 400);
  await obligee.look('answer-wrong');
  await obligee.fill({ answer: 'accepted', by: '瑞穂県 青嶺土木事務所 架空 花子' });
  await obligee.press('回答する');
  await obligee.shows('回答を受け付けました', '受理', '架空 花子');
  await obligee.look('answered');
  const contractor = await portal.person('aomine');
  await until('answer in the portal', async () => {
    await contractor.open(`/guarantees/${flyer.number}`);
    const events = await contractor.page.locator('section[aria-labelledby="events"]').innerText();
    return ['閲覧', '受理', '架空 花子'].every((text) => events.includes(text));
  });
  await contractor.look('receipt', '#changes');
});

test('an amendment: the same auth key opens the new revision, with what changed', async () => {
  const contractor = await portal.person('aomine');
  await contractor.follow('変更を申し込む');
  await contractor.look();
  await contractor.fill({
    'change.reason': '設計変更による請負代金額の増額と工期の延長', 'change.contract_changed_on': day(0),
    'work.price_jpy': '143,000,000', 'work.price_tax_jpy': '13,000,000', 'work.term.to': day(300),
    'guarantee.advance_jpy': '57,200,000', 'guarantee.amount_jpy': '57,200,000', 'guarantee.period.to': day(300),
  });
  const application = await portal.send(contractor, { check: 'amend-check' });
  await portal.decide(application);
  await portal.issued(application);
  await openAs(obligee, flyer.number, flyer.authKey);
  assert.equal(await verdict(obligee), 'in-force');
  await obligee.shows('143,000,000', '第2版', '別の版が効力を持ちます');
  await obligee.look('amended', '#history');
});

test('a mistyped key, a wrong key and the wrong file are refused with the next step', async () => {
  const other = await portal.guarantee(await sample('G06-1'));
  flyer.other = other;
  await obligee.open('/');
  const last = flyer.authKey.at(-1) === '0' ? '1' : '0';
  await obligee.fill({ number: flyer.number, auth_key: flyer.authKey.slice(0, -1) + last });
  await obligee.press('確認する', 400);
  await obligee.shows('E2-');
  await obligee.look('mistyped');
  await openAs(obligee, flyer.number, other.authKey, 404);
  await obligee.shows('E4-OPEN');
  await obligee.look('wrong-key');
  await handIn(obligee, flyer.copy.path, 400);
  await obligee.shows('E1-COPY', '認証キー等のお知らせ');
  await obligee.look('copy');
});

test('a cancellation takes two people, and then the certificate is voided', async () => {
  const contractor = await portal.person('aomine');
  await contractor.open(`/guarantees/${flyer.other.number}`);
  await contractor.follow('解約・取消を申し込む');
  await contractor.look();
  await contractor.fill({ ending: 'voidance', 'change.reason': '請負契約が成立しなかったため' });
  const application = await portal.send(contractor);
  await portal.decide(application, { second: true, looks: { second: 'desk-second' } });
  await portal.issued(application);
  await openAs(obligee, flyer.other.number, flyer.other.authKey);
  assert.equal(await verdict(obligee), 'voided');
  await obligee.look('voided');
});

test('after a rekey the old key opens nothing, and the new one does', async () => {
  const contractor = await portal.person('aomine');
  await contractor.open(`/guarantees/${flyer.number}`);
  await contractor.follow('認証キーの再発行を申し込む');
  await contractor.look('rekey');
  await contractor.fill({ 'change.reason': 'お知らせを別の宛先に送ってしまったため' });
  const application = await portal.send(contractor);
  await portal.decide(application, { second: true });
  await portal.issued(application);
  const authKey = await portal.authKey(flyer.number);
  assert.notEqual(authKey, flyer.authKey);
  await contractor.open(`/guarantees/${flyer.number}`);
  await contractor.look('rekeyed', '#history');
  await openAs(obligee, flyer.number, flyer.authKey, 404);
  await openAs(obligee, flyer.number, authKey);
  assert.equal(await verdict(obligee), 'in-force');
  flyer.authKey = authKey;
});

test('without JavaScript the certificate opens as well', async () => {
  const plain = await Visitor.at(browser, town.details.confirm, { javaScriptEnabled: false });
  await plain.open('/');
  await plain.fill({ number: flyer.number, auth_key: flyer.authKey });
  await plain.press('確認する');
  assert.equal(await verdict(plain), 'in-force');
  await plain.press('確認を終える');
  await plain.open('/');
  await plain.page.locator('#file').setInputFiles(flyer.notice.path);
  await plain.press('確認する', 404);
  await plain.close();
});

test('every page is there in English', async () => {
  const pages = {
    aomine: ['/', '/password', '/applications/new?kind=advance', flyer.application, `/guarantees/${flyer.number}`,
      `/guarantees/${flyer.number}/1`, ...['amend', 'rekey', 'cancel'].map((what) => `/guarantees/${flyer.number}/${what}`)],
    clerk: ['/desk', '/desk/all', `/desk${flyer.application}`, '/desk/guarantees', `/desk/guarantees/${flyer.number}`],
    admin: ['/desk/obligees', '/desk/accounts', '/desk/log'],
  };
  for (const [login, paths] of Object.entries(pages)) {
    const person = await portal.person(login);
    for (const path of paths) {
      await person.open(`${path}${path.includes('?') ? '&' : '?'}lang=en`);
      assert.equal(await person.page.locator('html').getAttribute('lang'), 'en');
      await person.look(`en-${login}-${path.replaceAll(/[^a-z]+/g, '-')}`);
    }
  }
  await obligee.open('/certificate?lang=en');
  await obligee.look('en-certificate');
  await obligee.open('/help');
  await obligee.look('en-help');
  await obligee.open('/?lang=ja');
  await obligee.look();
  await obligee.open('/nowhere', 404);
  await obligee.look();
  await obligee.open('/help');
  await obligee.look('help');
});
