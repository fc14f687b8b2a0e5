// Writes the models of both client libraries from the server's own description:
//
//     hilum openapi | node clients/models/generate.mjs [--check]
//
// With `--check` nothing is written; it fails if what is committed is not what the description gives.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { python } from './python.mjs';
import { schemasOf } from './schemas.mjs';
import { typescript } from './typescript.mjs';

const check = process.argv.includes('--check');
const schemas = schemasOf(JSON.parse(readFileSync(0, 'utf8')));
const stale = [];
for (const [place, text] of [['typescript/src/models.ts', typescript(schemas)], ['python/src/hilum/models.py', python(schemas)]]) {
  const path = fileURLToPath(new URL(`../${place}`, import.meta.url));
  if (!check) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) stale.push(`clients/${place}`);
}
if (stale.length > 0) console.error(`not what the program describes: ${stale.join(', ')}; run \`make models\``);
process.exit(stale.length > 0 ? 1 : 0);
