// The real server: started in a folder of its own on ports of its own, asked at its console, and
// ended by the id of its process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.PLAYHEAD;
if (!BINARY) throw new Error('PLAYHEAD has to name the binary; `make test-web` does so');

export class Playhead {
  #folder;
  #flags;
  #process;

  /**
   * Starts a server; it ends with the test `t`. Its clock stands still until `clockTo` moves it.
   * `settings` is TOML, `flags` are more flags of `serve`.
   */
  static async start(t, { settings = '', flags = [] } = {}) {
    const playhead = new Playhead();
    playhead.#folder = await mkdtemp(join(tmpdir(), 'playhead-browser-test-'));
    playhead.#flags = flags;
    t.after(() => playhead.#remove());
    await writeFile(join(playhead.#folder, 'playhead.toml'), settings);
    await playhead.#serve('127.0.0.1:0', '127.0.0.1:0');
    return playhead;
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    const ended = once(this.#process, 'exit');
    if (this.#process.kill('SIGKILL')) await ended;
  }

  /** Starts it again on the same data and the same ports. */
  async startAgain() {
    await this.#serve(this.door.host, this.console.host);
  }

  /** Moves the server's clock; what is due by then is done afterwards. */
  async clockTo(ms) {
    const answer = await fetch(new URL('/v1/clock', this.console), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ to_ms: ms }),
    });
    if (!answer.ok) throw new Error(`clock to ${ms}: ${answer.status} ${await answer.text()}`);
  }

  /** Asks the console and gives the JSON of a good answer. */
  async ask(path) {
    const answer = await fetch(new URL(path, this.console));
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** What is known of a session. */
  session(sid) {
    return this.ask(`/v1/sessions/${sid}`);
  }

  /** All sessions, the oldest first. */
  async sessions() {
    const { sessions } = await this.ask('/v1/sessions?limit=500');
    return sessions.reverse();
  }

  /** The events of a session in the order of their arrival. */
  async events(sid) {
    const { events } = await this.ask(`/v1/sessions/${sid}/events`);
    return events;
  }

  async #serve(listen, console) {
    const flags = ['serve', '--data', 'data', '--config', 'playhead.toml', '--clock', 'manual'];
    const addresses = ['--listen', listen, '--console', console];
    const child = spawn(BINARY, [...flags, ...addresses, ...this.#flags], {
      cwd: this.#folder,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.pipe(createWriteStream(join(this.#folder, 'stderr'), { flags: 'a' }));
    const ended = once(child, 'exit').then(() => undefined);
    const line = await Promise.race([firstLine(child.stdout), ended]);
    const said = /^listening on (\S+) console (\S+)$/.exec(line ?? '');
    if (!said) {
      const stderr = await readFile(join(this.#folder, 'stderr'), 'utf8');
      throw new Error(`the server did not start: ${line}\n${stderr}`);
    }
    this.door = new URL(said[1]);
    this.console = new URL(said[2]);
  }

  async #remove() {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
}
