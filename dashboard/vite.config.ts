import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = 'dist/app';

/** Puts a gzipped copy beside each file, so that the server need not compress. */
function zipped(): Plugin {
  return {
    name: 'zipped',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(OUT, { recursive: true }) as string[]) {
        const path = join(OUT, entry);
        if (/\.(html|js|css|svg)$/.test(entry)) {
          writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [zipped()],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would be against the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` shows the page of the work tree over the API of a server that runs.
  server: { proxy: { '/v1': { target: process.env.PLAYHEAD_CONSOLE ?? 'http://127.0.0.1:8090', changeOrigin: true } } },
});
