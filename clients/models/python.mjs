// Models as Python TypedDicts, for Python 3.9 and later without other packages: a class of what is always there, and one that
// adds what may be missing.

const HEAD = `"""What the server sends and takes. Written by \`\`make models\`\` from its description; not by hand."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Union

`;
const WORDS = { string: 'str', number: 'float', integer: 'int', boolean: 'bool', null: 'None', any: 'Any' };
const KEYWORDS = new Set(('False None True and as assert async await break class continue def del elif else except finally for from '
  + 'global if import in is lambda nonlocal not or pass raise return try while with yield').split(' '));

/** @param {{name: string, type: any, about?: string}[]} schemas */
export function python(schemas) {
  const names = schemas.map(({ name }) => name);
  const parts = [];
  const aliases = [];
  for (const { name, type, about } of schemas) {
    if (type.is === 'object' && type.members.length > 0) declare(name, type, about, parts);
    else aliases.push(`${comment(about)}${name} = ${written(type, name, parts, true)}\n`);
  }
  return `${imports([...parts, ...aliases].join('\n\n'))}${all(names)}\n\n${parts.join('\n\n')}\n${aliases.join('')}`;
}

/** The head, with those names alone that are used. */
function imports(body) {
  return HEAD.replace(/import (Any.*)/, (_, list) => `import ${list.split(', ').filter((one) => new RegExp(`\\b${one}\\b`).test(body)).join(', ')}`);
}

function all(names) {
  return `__all__ = [\n${names.map((name) => `    "${name}",\n`).join('')}]\n`;
}

/** Appends the classes of an object, those of its parts before. */
function declare(name, type, about, parts) {
  const members = type.members.map((member) => ({ ...member, as: written(member.type, name + capital(member.name), parts, false) }));
  const [needed, others] = [members.filter((one) => one.needed), members.filter((one) => !one.needed)];
  const docs = about ? `    """${sentence(about)}"""\n` : '';
  if (others.length === 0) parts.push(body(name, 'TypedDict', docs, needed));
  else if (needed.length === 0) parts.push(body(name, 'TypedDict, total=False', docs, others));
  else if ([...needed, ...others].every(plain)) {
    parts.push(body(`_${name}`, 'TypedDict', '', needed), body(name, `_${name}, total=False`, docs, others));
  } else {
    parts.push(body(`_${name}`, 'TypedDict', '', needed), body(`_${name}Rest`, 'TypedDict, total=False', '', others));
    parts.push(`class ${name}(_${name}, _${name}Rest):\n${docs || '    pass\n'}`);
  }
}

function body(name, base, docs, members) {
  if (!members.every(plain)) {
    // A key that is a keyword (\`from\`) can be written in the form of a call alone.
    const keys = members.map((one) => `        ${JSON.stringify(one.name)}: ${JSON.stringify(one.as)},\n`).join('');
    return `${name} = TypedDict(\n    "${name}",\n    {\n${keys}    },\n${base.includes('total') ? '    total=False,\n' : ''})\n`;
  }
  const lines = members.map((one) => `    ${one.name}: ${one.as}${one.about ? `  # ${sentence(one.about)}` : ''}\n`);
  return `class ${name}(${base}):\n${docs}${docs && lines.length ? '\n' : ''}${lines.join('')}`;
}

const plain = ({ name }) => /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name);
const capital = (name) => name.replace(/[^A-Za-z0-9]+/g, '').replace(/^./, (first) => first.toUpperCase());
const sentence = (about) => about.trim().replace(/\s+/g, ' ').replaceAll('"""', "'''").replaceAll('\\', '\\\\');
const comment = (about) => (about ? `# ${sentence(about)}\n` : '');

/** `now`: read when the module is imported, so names that come later have to be quoted. */
function written(type, name, parts, now) {
  const of = (one, more = '') => written(one, name + more, parts, now);
  switch (type.is) {
    case 'word': return WORDS[type.word];
    case 'one': return `Literal[${type.values.map((value) => JSON.stringify(value)).join(', ')}]`;
    case 'named': return now ? `"${type.name}"` : type.name;
    case 'list': return `list[${of(type.of, 'Item')}]`;
    case 'map': return `dict[str, ${of(type.of, 'Value')}]`;
    case 'union': return `Union[${type.of.map((one, at) => of(one, String(at + 1))).join(', ')}]`;
    default:
      if (type.members.length === 0) return 'dict[str, Any]';
      declare(name, type, undefined, parts);
      return name;
  }
}
