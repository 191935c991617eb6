// Starts Netlify's content engine over the records of source/ and answers on loopback, until its input ends. Where, it says in a
// line of JSON, {"graphql": URL, "as": URL}, after what the engine has to say.
//
//   node engine.mjs FOLDER     works in FOLDER, which must be empty
//
// FIELDGATE_LABELS=off leaves the engine's own restrictions out of the schema.
// GET /as?labels=a,b with a query as body answers what the engine itself answers to a token with these labels.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = process.argv[2]
const plugin = join(folder, 'plugins', 'fieldgate-source')
mkdirSync(plugin, { recursive: true })
cpSync(fileURLToPath(new URL('./source/', import.meta.url)), plugin, { recursive: true })
writeFileSync(join(folder, 'package.json'), '{"name": "site", "version": "1.0.0"}')
process.env.GATSBY_TELEMETRY_DISABLED = '1'
process.env.DO_NOT_TRACK = '1'

// freePort finds a port that nobody listens on.
const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => done(port)) })
})

const { contentEngine } = createRequire(import.meta.url)('@netlify/content-engine')
const port = await freePort()
const engine = contentEngine({ directory: folder, host: '127.0.0.1', port, engineConfig: { plugins: [{ resolve: plugin }] }, printLogs: false, runInSubProcess: false })
await engine.sync({ runServer: true })

// as answers with the engine's own restrictions.
const as = createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  const { query, variables } = JSON.parse(text)
  const authLabels = new URL(request.url, 'http://localhost').searchParams.get('labels').split(',').filter(Boolean)
  const answer = await engine.query(query, variables, { context: { authLabels } })
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}).listen(0, '127.0.0.1', () => console.log(JSON.stringify({ graphql: `http://127.0.0.1:${port}/__graphql`, as: `http://127.0.0.1:${as.address().port}` })))

const end = async () => { as.close(); await engine.stop().catch(() => {}); process.exit(0) }
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end)
process.stdin.on('end', end).resume()
