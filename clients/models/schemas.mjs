// The part of JSON Schema that the server's description uses, as simple types. What is not known here is an error, so that
// no model is written wrong in silence.
//
// A type is one of {is: 'word', word} (string, number, integer, boolean, null, any), {is: 'one', values}, {is: 'named', name},
// {is: 'list', of}, {is: 'map', of}, {is: 'union', of: []}, {is: 'object', members: [{name, type, needed, about}]}.

const REF = '#/components/schemas/';
const WORDS = ['string', 'number', 'integer', 'boolean', 'null'];

/** The named schemas of a description. @returns {{name: string, type: object, about: string | undefined}[]} by name */
export function schemasOf(description) {
  const schemas = description.components.schemas;
  return Object.keys(schemas).sort().map((name) => {
    if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) throw new Error(`${name} is no name of a type`);
    return { name, type: typeOf(schemas[name], schemas, name), about: schemas[name].description };
  });
}

function typeOf(schema, schemas, where) {
  if (schema === true || Object.keys(schema).every((key) => ['description', 'title', 'examples', 'example'].includes(key))) {
    return { is: 'word', word: 'any' };
  }
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(REF.length);
    if (!schema.$ref.startsWith(REF) || !schemas[name]) throw new Error(`${where}: nothing at ${schema.$ref}`);
    return { is: 'named', name };
  }
  if (schema.const !== undefined) return { is: 'one', values: [schema.const] };
  if (schema.enum !== undefined) return { is: 'one', values: schema.enum };
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined && schema.properties === undefined) {
    return union(choices.map((one, at) => typeOf(one, schemas, `${where}/${at}`)));
  }
  if (schema.allOf !== undefined) return objectOf(flat(schema, schemas), schemas, where);
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type }, schemas, where)));
  if (schema.type === 'array') return { is: 'list', of: typeOf(schema.items ?? true, schemas, `${where}[]`) };
  if (schema.type === 'object' || schema.properties !== undefined) return objectOf(schema, schemas, where);
  if (WORDS.includes(schema.type)) return { is: 'word', word: schema.type };
  throw new Error(`${where}: cannot say what type this is: ${JSON.stringify(schema).slice(0, 200)}`);
}

function objectOf(schema, schemas, where) {
  if (schema.properties === undefined || Object.keys(schema.properties).length === 0) {
    const more = schema.additionalProperties;
    // An object without any members is the API's "there is none".
    if (more === false || schema.maxProperties === 0) return { is: 'object', members: [] };
    return { is: 'map', of: typeOf(more ?? true, schemas, `${where}{}`) };
  }
  const members = Object.entries(schema.properties).map(([name, property]) => ({
    name,
    type: typeOf(property, schemas, `${where}.${name}`),
    needed: (schema.required ?? []).includes(name),
    about: property.description,
  }));
  return { is: 'object', members };
}

/** All parts of an `allOf` as one object. */
function flat(schema, schemas) {
  if (schema.$ref !== undefined) return flat(schemas[schema.$ref.slice(REF.length)], schemas);
  const parts = [schema, ...(schema.allOf ?? []).map((one) => flat(one, schemas))];
  return {
    properties: Object.assign({}, ...parts.slice(1).map((one) => one.properties), schema.properties),
    required: parts.flatMap((one) => one.required ?? []),
  };
}

function union(types) {
  const seen = new Map(types.map((type) => [JSON.stringify(type), type]));
  return seen.size === 1 ? types[0] : { is: 'union', of: [...seen.values()] };
}
