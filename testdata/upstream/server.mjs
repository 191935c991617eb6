// A GraphQL server over the records of the sample data layer: POST {query, variables, operationName} to any path.
//
//   node server.mjs [PORT]     0 takes a free one; the address is the first line of output
//
// It counts on nobody but Fieldgate reaching it: it listens on loopback and answers whatever is asked.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { buildSchema, GraphQLError, graphql } from 'graphql'
import { resolve, root } from './resolve.mjs'

const schema = buildSchema(readFileSync(new URL('../sample/shop/schema.graphql', import.meta.url), 'utf8'))

async function body(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > 4 << 20) throw new GraphQLError('the request is too large')
  }
  return JSON.parse(text)
}

const server = createServer(async (request, response) => {
  let answer
  try {
    const { query, variables, operationName } = await body(request)
    answer = await graphql({ schema, source: query, rootValue: root, variableValues: variables, operationName, fieldResolver: resolve })
  } catch (error) {
    answer = { errors: [{ message: error.message }] }
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
})

server.listen(Number(process.argv[2] ?? 4950), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/__graphql`))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => process.exit(0)) && server.closeAllConnections())
