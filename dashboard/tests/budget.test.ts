import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('the page is at most 250 kB compressed', () => {
  const files = (readdirSync('dist/app', { recursive: true }) as string[]).filter((name) => name.endsWith('.gz'));
  assert.ok(files.length >= 3, 'index.html, script and style');
  const size = files.reduce((sum, name) => sum + statSync(join('dist/app', name)).size, 0);
  assert.ok(size <= 250_000, `${size} bytes`);
});
