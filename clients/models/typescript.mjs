// Models as TypeScript interfaces.

const HEAD = '/** What the server sends and takes. Written by `make models` from its description; not by hand. */\n';
const WORDS = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null', any: 'unknown' };

/** @param {{name: string, type: any, about?: string}[]} schemas */
export function typescript(schemas) {
  return `${HEAD}${schemas.map(declared).join('')}`;
}

function declared({ name, type, about }) {
  const head = `\n${comment(about, '')}export `;
  if (type.is !== 'object' || type.members.length === 0) return `${head}type ${name} = ${written(type, '')};\n`;
  return `${head}interface ${name} ${written(type, '')}\n`;
}

function written(type, indent) {
  switch (type.is) {
    case 'word': return WORDS[type.word];
    case 'one': return type.values.map((value) => JSON.stringify(value)).join(' | ');
    case 'named': return type.name;
    case 'list': {
      const of = written(type.of, indent);
      return /[ |]/.test(of) && !of.startsWith('{') ? `(${of})[]` : `${of}[]`;
    }
    case 'map': return `Record<string, ${written(type.of, indent)}>`;
    case 'union': return type.of.map((one) => written(one, indent)).join(' | ');
    default: {
      if (type.members.length === 0) return 'Record<string, never>';
      const lines = type.members.map(({ name, type: of, needed, about }) => {
        const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
        return `${comment(about, `${indent}  `)}${indent}  ${key}${needed ? '' : '?'}: ${written(of, `${indent}  `)};\n`;
      });
      return `{\n${lines.join('')}${indent}}`;
    }
  }
}

function comment(about, indent) {
  if (!about) return '';
  return `${indent}/** ${about.trim().replace(/\s+/g, ' ').replaceAll('*/', '* /')} */\n`;
}
