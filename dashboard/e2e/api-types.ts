/** TypeScript of the schemas of an OpenAPI document, as far as ours go. */

interface Schema {
  $ref?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
}

const HEAD = '/** Written from /openapi.json of the console: see docs/dashboard.md, Working on it. */\n';

export function typesOf(document: { components: { schemas: Record<string, Schema> } }): string {
  const schemas = Object.entries(document.components.schemas).sort(([left], [right]) => (left < right ? -1 : 1));
  return [HEAD, ...schemas.map(([name, schema]) => `${comment(schema, '')}export type ${name} = ${typeOf(schema, '')};\n`)].join('\n');
}

const comment = ({ description }: Schema, indent: string) =>
  (description ? `${indent}/** ${description.replaceAll('*/', '* /').replace(/\s+/g, ' ').trim()} */\n` : '');

function typeOf(schema: Schema | boolean, indent: string): string {
  if (typeof schema === 'boolean') return 'unknown';
  if (schema.$ref) return schema.$ref.split('/').at(-1)!;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices.map((choice) => typeOf(choice, indent)));
  if (schema.allOf) return schema.allOf.map((part) => typeOf(part, indent)).join(' & ');
  const kinds = schema.type === undefined ? [] : [schema.type].flat();
  return kinds.length === 0 ? (schema.properties ? object(schema, indent) : 'unknown') : union(kinds.map((kind) => kindOf(kind, schema, indent)));
}

function kindOf(kind: string, schema: Schema, indent: string): string {
  switch (kind) {
    case 'integer':
      return 'number';
    case 'array': {
      const item = schema.items ? typeOf(schema.items, indent) : 'unknown';
      return /[|&]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return object(schema, indent);
    default:
      return kind;
  }
}

function object({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([name, schema]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${comment(schema, inner)}${inner}${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, inner)};\n`;
  });
  if (members.length === 0) return `Record<string, ${additionalProperties && additionalProperties !== true ? typeOf(additionalProperties, indent) : 'unknown'}>`;
  return `{\n${members.join('')}${indent}}`;
}

const union = (types: string[]) => [...new Set(types)].join(' | ');
