// A certificate for the host names of the tests, made anew for each test process. The browser is
// told to take any.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function make() {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-certificate-'));
  try {
    const key = join(folder, 'key.pem');
    const cert = join(folder, 'cert.pem');
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', '/CN=example.test', '-addext', 'subjectAltName=DNS:*.example.test'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...files], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let made;

/** Gives `{ key, cert }` in PEM, as node's servers take them. */
export function certificate() {
  made ??= make();
  return made;
}
