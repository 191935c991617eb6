// Runs the audits of graphql-http on a server and prints what they found, a JSON object a line.
// node audit.mjs URL < TOKEN
import { readFileSync } from 'node:fs';
import { auditServer } from 'graphql-http';

const token = readFileSync(0, 'utf8').trim();
const results = await auditServer({
  url: process.argv[2],
  fetchFn: (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
});
for (const r of results) {
  console.log(JSON.stringify({ id: r.id, name: r.name, status: r.status, reason: r.reason, answered: r.response?.status }));
}
