import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { typesOf } from './api-types';
import { Server } from './server';

const FILE = 'src/api/schema.ts';

test('the types of the page are those of the console', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const types = typesOf(await (await fetch(`${server.console}/openapi.json`)).json());
  if (process.env.UPDATE_EXPECT === '1') writeFileSync(FILE, types);
  const known = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  assert.ok(known === types, `${FILE} is not what /openapi.json says: UPDATE_EXPECT=1 make test-dashboard writes it anew`);
});
