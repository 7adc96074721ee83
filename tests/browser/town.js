// The demonstration's services, for as long as the tests run.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
// A debug build on a busy machine is slow.
const PATIENCE = 120_000;

export class Town {
  // Starts the services; HOSHO_DEMO names the program.
  static async start() {
    const program = process.env.HOSHO_DEMO;
    assert.ok(program, 'HOSHO_DEMO has to name the program hosho-demo');
    const folder = await mkdtemp(join(tmpdir(), 'hosho-browser-'));
    const file = join(folder, 'details.json');
    const child = spawn(resolve(program), ['--serve', '--lang', 'ja', '--details', file], {
      cwd: root, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const town = new Town();
    Object.assign(town, { child, folder, said: '' });
    town.ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => { town.said += text; });
    }
    const began = Date.now();
    while (!Object.hasOwn(town, 'details')) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (text.endsWith('}\n')) town.details = JSON.parse(text);
      assert.equal(child.exitCode, null, town.said);
      assert.ok(Date.now() - began < PATIENCE, town.said);
      await pause(100);
    }
    return town;
  }

  // Returns the text of the portal's mails.
  async mails() {
    const folder = this.details.portal_mails;
    const files = await readdir(folder);
    const mails = await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')));
    return mails.map((mail) => {
      const [head, ...body] = mail.split(/\r?\n\r?\n/);
      return { head, body: Buffer.from(body.join(''), 'base64').toString('utf8') };
    });
  }

  // Ends the services as Ctrl-C does.
  async stop() {
    this.child.kill('SIGINT');
    const code = await this.ended;
    await rm(this.folder, { recursive: true });
    assert.equal(code, 0, this.said);
  }
}

// Returns a sample's request.
export async function sample(name) {
  return JSON.parse(await readFile(join(root, 'samples/requests', `${name}.json`), 'utf8'));
}

// Looks again and again until there is something to be seen.
export async function until(what, look) {
  const began = Date.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() - began < PATIENCE, `no ${what}`);
    await pause(300);
  }
}
