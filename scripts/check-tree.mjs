// Small rooms and true documents: no source file above 700 lines, links in our Markdown files lead somewhere, nothing
// in the tree names a machine of ours.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n').filter((f) => f && existsSync(f));
const problems = [];
/** Written by `make models`; nobody reads them as a whole. */
const WRITTEN = ['clients/python/src/hilum/models.py', 'clients/typescript/src/models.ts'];
for (const file of files.filter((f) => /\.(rs|js|mjs|ts|py|css|html|sql)$/.test(f) && !WRITTEN.includes(f))) {
  const lines = readFileSync(file, 'utf8').split('\n').length;
  if (lines > 700) problems.push(`${file}: ${lines} lines, more than 700`);
}
for (const file of files.filter((f) => f.endsWith('.md'))) {
  const text = readFileSync(file, 'utf8').replace(/```[\s\S]*?```/g, '');
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(https?:|mailto:|#)/.test(target)) continue;
    if (!existsSync(join(dirname(file), target.split('#')[0]))) problems.push(`${file}: link to ${target} leads nowhere`);
  }
}
for (const file of files.filter((f) => /\.(rs|js|mjs|ts|py|md|toml|json|html|css|sh|yml)$|Makefile$/.test(f) && f !== 'scripts/check-tree.mjs')) {
  const text = readFileSync(file, 'utf8');
  if (/\/work\/|\/root\//.test(text)) problems.push(`${file}: names a path of somebody's machine`);
}
for (const problem of problems) console.error(problem);
console.log(`${files.length} files: sizes, links and paths ${problems.length ? 'FAILED' : 'ok'}`);
process.exit(problems.length ? 1 : 0);
