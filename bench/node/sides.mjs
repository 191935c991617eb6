// The sides: each decides an operation for a token, the text of the document going in. Documents are parsed and validated
// once for all of them.
import { envelop, useEngine, useSchema } from '@envelop/core';
import { useOperationFieldPermissions } from '@envelop/operation-field-permissions';
import { useParserCache } from '@envelop/parser-cache';
import { useValidationCache } from '@envelop/validation-cache';
import { preExecRule, wrapExecuteFn } from '@graphql-authz/core';
import { execute, parse, specifiedRules, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { allow, rule, shield } from 'graphql-shield';

export async function sides(world) {
  return [sets(world), envelopPermissions(world), graphqlShield(world), graphqlAuthz(world), execution(world)];
}

// documents remembers by text.
function documents(schema) {
  const known = new Map();
  return (text) => {
    let document = known.get(text);
    if (!document) {
      document = parse(text);
      const errors = validate(schema, document, specifiedRules);
      if (errors.length) throw errors[0];
      known.set(text, document);
    }
    return document;
  };
}

// sets is the limit: the coordinates of a document are known, and a Set says which are allowed.
function sets(world) {
  const known = new Map();
  const coordinates = (text) => {
    let list = known.get(text);
    if (!list) {
      list = [];
      const info = new TypeInfo(world.parsed);
      visit(parse(text), visitWithTypeInfo(info, { Field: (node) => { list.push(`${info.getParentType().name}.${node.name.value}`); } }));
      known.set(text, list);
    }
    return list;
  };
  return {
    name: 'js-set', decides: true, batch: 100,
    decide({ query }, { allowed }) {
      let all = true;
      for (const c of coordinates(query)) if (!allowed.has(c)) all = false;
      return all;
    },
    denied: ({ query }, { allowed }) => new Set(coordinates(query).filter((c) => !allowed.has(c))),
  };
}

// envelopPermissions stops an operation before it is executed; what is allowed is not executed either.
function envelopPermissions(world) {
  const getEnveloped = envelop({
    plugins: [
      useEngine({ parse, validate, specifiedRules, execute: () => ({ data: null }) }),
      useSchema(world.parsed), useParserCache(), useValidationCache(),
      useOperationFieldPermissions({ getPermissions: (context) => context.token.allowed, formatError: (coordinate) => coordinate }),
    ],
  });
  const ask = async ({ query, variables }, token) => {
    const proxy = getEnveloped({ token });
    const document = proxy.parse(query);
    const errors = proxy.validate(proxy.schema, document);
    if (errors.length) throw errors[0];
    return proxy.execute({ schema: proxy.schema, document, variableValues: variables, contextValue: await proxy.contextFactory() });
  };
  return {
    name: 'envelop-permissions', decides: true, decide: ask,
    denied: async (operation, token) => new Set(((await ask(operation, token)).errors ?? []).map((e) => e.message)),
  };
}

// byField makes { Type: { field: of('Type.field') } } of the guarded fields.
function byField(world, of) {
  const tree = {};
  for (const coordinate of world.guarded) {
    const [type, field] = coordinate.split('.');
    (tree[type] ??= {})[field] = of(coordinate);
  }
  return tree;
}

// readable is the same question for both libraries below; context.denied is there when the answers are checked.
function readable(coordinate, context) {
  if (context.token.allowed.has(coordinate)) return true;
  context.denied?.add(coordinate);
  return false;
}

// graphqlShield decides while it executes: resolvers find one item for each list.
function graphqlShield(world) {
  const rules = byField(world, (coordinate) => rule({ cache: 'no_cache' })((_parent, _args, context) => readable(coordinate, context)));
  const schema = applyMiddleware(world.parsed, shield(rules, { fallbackRule: allow }));
  const document = documents(schema);
  const ask = ({ query, variables, data }, context) => execute({ schema, document: document(query), rootValue: data, variableValues: variables, contextValue: context });
  return recording('graphql-shield', ask);
}

// graphqlAuthz decides before it executes. Once something is denied nothing is executed.
function graphqlAuthz(world) {
  const rules = {};
  const authSchema = byField(world, (coordinate) => {
    rules[coordinate] = preExecRule({ error: coordinate })((context) => readable(coordinate, context));
    return { __authz: { rules: [coordinate] } };
  });
  const guarded = wrapExecuteFn(execute, { rules, authSchema });
  const document = documents(world.parsed);
  const ask = async ({ query, variables, data }, context) => {
    try {
      return await guarded({ schema: world.parsed, document: document(query), rootValue: data, variableValues: variables, contextValue: context });
    } catch (error) {
      return { errors: [error] };
    }
  };
  return recording('graphql-authz', ask);
}

// execution is execute of graphql-js alone, which graphql-shield's figure holds.
function execution(world) {
  const document = documents(world.parsed);
  return {
    name: 'graphql-js-execute', decides: false,
    decide: ({ query, variables, data }) => execute({ schema: world.parsed, document: document(query), rootValue: data, variableValues: variables }),
  };
}

function recording(name, ask) {
  return {
    name, decides: true,
    decide: (operation, token) => ask(operation, { token }),
    async denied(operation, token) {
      const context = { token, denied: new Set() };
      const { errors = [] } = await ask(operation, context);
      if ((errors.length > 0) !== (context.denied.size > 0)) throw new Error(`${name}: ${errors[0] ?? 'no error'}, denied ${[...context.denied]}`);
      return context.denied;
    },
  };
}
