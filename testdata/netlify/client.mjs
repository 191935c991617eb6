// Asks a data layer as an app does, with Netlify's own client; DATA_LAYER_API_URL and DATA_LAYER_API_TOKEN say which and as whom.
//
//   node client.mjs            reads an array of {query, variables} and prints the data of each answer, one line each
//   node client.mjs schema URL prints the schema that a server tells of itself, without a client and without a token
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { query } from '@netlify/connect-client'

async function introspected(url) {
  const body = JSON.stringify({ query: getIntrospectionQuery() })
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return printSchema(buildClientSchema((await answer.json()).data))
}

const [what, url] = process.argv.slice(2)
if (what === 'schema') {
  console.log(await introspected(url))
} else {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  for (const { query: document, variables } of JSON.parse(text)) console.log(JSON.stringify((await query(document, { variables })) ?? null))
}
