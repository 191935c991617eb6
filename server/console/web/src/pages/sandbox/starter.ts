import { getNamedType, isLeafType, isObjectType, isRequiredArgument, type GraphQLObjectType, type GraphQLSchema } from "graphql";

const few = 3; // fields of a starter

/** starter is a query that runs as it is: the first field of the root that needs no argument, with a few of its leaves. */
export function starter(schema: GraphQLSchema): string {
  const begin = "# Ctrl-Enter runs the query; Ctrl-Space completes.\n";
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const type = getNamedType(field.type);
    if (field.args.some(isRequiredArgument) || !isObjectType(type)) continue;
    const leaves = leavesOf(type);
    if (leaves.length > 0) return `${begin}query {\n  ${field.name} {\n${leaves.map((name) => `    ${name}\n`).join("")}  }\n}\n`;
  }
  return `${begin}query {\n  __typename\n}\n`;
}

function leavesOf(type: GraphQLObjectType): string[] {
  const fields = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument));
  return fields.slice(0, few).map((field) => field.name);
}
