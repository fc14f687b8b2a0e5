// What the type check does not say of the scripts in web/: their size, and that they are ES5.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const WEB = new URL('../../web/', import.meta.url);
const LIMIT = { 'connect.js': 4000 };
/** Syntax that came after ES5 and would stop an old web view at the first line. */
const NEWER = [/=>/, /`/, /\b(let|const|class|async|await|import|export)\b/, /\.\.\./, /\?\.|\?\?/, /\bfor\s*\([^;)]*\bof\b/, /catch\s*\{/];

const problems = [];
for (const name of ['connect.js', 'store.min.js', 'static/connect-host.js', 'static/connect-page.js', 'static/import.js', 'static/done.js']) {
  const source = readFileSync(new URL(name, WEB), 'utf8');
  const size = gzipSync(source).length;
  if (size > (LIMIT[name] ?? Infinity)) problems.push(`${name}: ${size} bytes gzipped, more than ${LIMIT[name]}`);
  const code = source
    .replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1')
    .replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
  for (const pattern of NEWER) {
    const found = pattern.exec(code);
    if (found) problems.push(`${name}: not ES5: ${code.slice(found.index, found.index + 60).split('\n')[0]}`);
  }
  console.log(`${name}: ${source.length} bytes, ${size} gzipped`);
}
for (const problem of problems) console.error(problem);
process.exit(problems.length ? 1 : 0);
