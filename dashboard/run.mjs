// Bundles TypeScript and runs it: `node run.mjs tests` all tests of a folder, `node run.mjs e2e/screenshots.ts` one file.
// More arguments go to what is run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const [what, ...rest] = process.argv.slice(2);
const isFile = what.endsWith('.ts');
const out = mkdtempSync(join(resolve('node_modules'), '.run-'));
try {
  await build({
    entryPoints: isFile ? [what] : readdirSync(what).filter((name) => name.endsWith('.test.ts')).map((name) => join(what, name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  const files = readdirSync(out).map((name) => join(out, name));
  const options = isFile ? [...files, ...rest] : ['--test', ...rest, ...files];
  process.exitCode = spawnSync(process.execPath, ['--enable-source-maps', ...options], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
