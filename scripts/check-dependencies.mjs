// Holds the dependency graph against deny.toml with nothing but cargo and node: forbidden crates, licences, sources,
// and the rule that lower crates never import upper ones.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const metadata = JSON.parse(execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], { maxBuffer: 1 << 28 }));
const deny = readFileSync('deny.toml', 'utf8');
const section = (name) => deny.split(`[${name}]`)[1].split('\n[')[0];
const allowed = new Set([...section('licenses').matchAll(/"([^"]+)"/g)].map((m) => m[1]));
const banned = new Set([...section('bans').matchAll(/crate = "([^"]+)"/g)].map((m) => m[1]));
if (allowed.size < 5 || banned.size < 5) throw new Error('deny.toml could not be read');

const problems = [];
const members = new Set(metadata.workspace_members);
const byId = new Map(metadata.packages.map((p) => [p.id, p]));

// What is really linked, on any platform: `cargo tree` follows only the features that are on.
const tree = execFileSync('cargo', ['tree', '--workspace', '--locked', '--target', 'all', '--edges', 'normal,build', '--prefix', 'none', '--format', '{p}'], { encoding: 'utf8', maxBuffer: 1 << 28 });
const linked = new Set(tree.split('\n').map((line) => line.match(/^(\S+) v(\S+)/)?.slice(1, 3).join(' ')).filter(Boolean));
const reached = metadata.packages.filter((p) => linked.has(`${p.name} ${p.version}`)).map((p) => p.id);

/** Does an SPDX expression hold with the allowed licences? `A OR B` needs one, `A AND B` both. */
function holds(expression) {
  const tokens = expression.replaceAll('/', ' OR ').match(/\(|\)|AND|OR|[^\s()]+(?: WITH [^\s()]+)?/g) ?? [];
  let at = 0;
  const atom = () => {
    if (tokens[at] === '(') { at++; const v = either(); at++; return v; }
    return allowed.has(tokens[at++]);
  };
  const both = () => { let v = atom(); while (tokens[at] === 'AND') { at++; v = atom() && v; } return v; };
  const either = () => { let v = both(); while (tokens[at] === 'OR') { at++; v = both() || v; } return v; };
  return either();
}

let looked = 0;
for (const id of reached) {
  const p = byId.get(id);
  if (members.has(id)) continue;
  looked++;
  if (banned.has(p.name)) problems.push(`${p.name} ${p.version} is banned`);
  if (!p.license && !p.license_file) problems.push(`${p.name} ${p.version} names no licence`);
  else if (p.license && !holds(p.license)) problems.push(`${p.name} ${p.version}: licence ${p.license}`);
  if (!p.source?.startsWith('registry+')) problems.push(`${p.name} ${p.version}: source ${p.source}`);
}

// Rooms: a crate imports only crates below it.
const order = ['hilum-model', 'hilum-merge', 'hilum-fhir', 'hilum-files', 'hilum-providers', 'hilum-store', 'hilum-engine', 'hilum-server', 'hilum'];
const extra = { 'hilum-sandbox': ['hilum-model', 'hilum-providers'], 'hilum-sample-app': [] };
for (const id of members) {
  const p = byId.get(id);
  for (const dep of p.dependencies.filter((d) => d.kind !== 'dev' && d.name.startsWith('hilum'))) {
    const mayUse = extra[p.name] ?? (order.includes(p.name) ? order.slice(0, order.indexOf(p.name)) : null);
    const aside = p.name === 'hilum' && dep.name in extra;
    const stores = p.name === 'hilum-store' && dep.name === 'hilum-providers';
    if (mayUse && (stores || (!mayUse.includes(dep.name) && !aside))) problems.push(`${p.name} must not import ${dep.name}`);
  }
  for (const [crate, forbidden] of Object.entries({ 'hilum-model': ['tokio', 'reqwest', 'rusqlite', 'axum'], 'hilum-merge': ['tokio', 'reqwest', 'rusqlite', 'axum'], 'hilum-fhir': ['tokio', 'reqwest', 'rusqlite', 'axum'], 'hilum-files': ['tokio', 'reqwest', 'rusqlite', 'axum'], 'hilum-providers': ['tokio', 'reqwest', 'rusqlite', 'axum'], 'hilum-engine': ['rusqlite'], 'hilum-server': ['rusqlite', 'reqwest'] })) {
    if (p.name !== crate) continue;
    for (const d of p.dependencies.filter((d) => d.kind !== 'dev')) if (forbidden.includes(d.name)) problems.push(`${crate} must not depend on ${d.name}`);
  }
}

for (const problem of problems) console.error(problem);
if (looked < 50) { console.error(`only ${looked} packages seen: the check itself is broken`); process.exit(1); }
console.log(`${looked} packages: licences, sources, bans and rooms ${problems.length ? 'FAILED' : 'ok'}`);
process.exit(problems.length ? 1 : 0);
