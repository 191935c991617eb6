// Measures Node's authorization libraries on the worlds that bench writes: JSON files named as arguments. Prints JSON.
//
//   node run.mjs [--rounds N] [--turn MILLISECONDS] WORLD.json...
//
// Each side first has to deny exactly the fields that it should. Then the sides take turns.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { Bench } from 'tinybench';
import { sides } from './sides.mjs';

const options = { rounds: 5, turn: 100 };
const files = [];
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i];
  if (name === '--rounds' || name === '--turn') options[name.slice(2)] = Number(process.argv[++i]);
  else files.push(name);
}

const log = (text) => process.stderr.write(`${text}\n`);
const results = [];
for (const file of files) {
  const world = JSON.parse(readFileSync(file, 'utf8'));
  log(`  node: ${world.schema}, ${world.restricted} restricted coordinates`);
  world.parsed = buildSchema(world.sdl, { assumeValidSDL: true });
  for (const name of Object.keys(world.tokens)) {
    const guarded = new Set(world.guarded);
    const open = world.fields.filter((f) => !guarded.has(f));
    world.tokens[name] = { name, allowed: new Set([...open, ...(world.tokens[name] ?? [])]) };
  }
  const list = await sides(world);
  for (const operation of world.operations) {
    operation.data = JSON.parse(operation.answer).data;
    for (const side of list) await check(world, side, operation);
    await measure(world, list, operation);
  }
}
process.stdout.write(JSON.stringify({ node: process.version, versions: versions(), results }));

// check wants the side to deny what is to be denied, for each token.
async function check(world, side, operation) {
  if (!side.decides) return;
  for (const token of Object.values(world.tokens)) {
    const denied = [...(await side.denied(operation, token))].sort();
    const want = operation.denied[token.name];
    if (JSON.stringify(denied) !== JSON.stringify(want)) {
      throw new Error(`${world.schema}, ${world.restricted} restricted, ${operation.size} fields, token ${token.name}: ` +
        `${side.name} denies ${denied.join(' ') || 'nothing'}, wanted ${want.join(' ') || 'nothing'}`);
    }
  }
}

async function measure(world, list, operation) {
  const token = world.tokens.held;
  const samples = new Map(list.map((side) => [side, []]));
  for (let round = 0; round <= options.rounds; round++) {
    for (const side of list) {
      const bench = new Bench({ time: options.turn, iterations: 1, warmup: round === 0, warmupTime: options.turn, warmupIterations: 1, throws: true });
      const batch = side.batch ?? 1; // so that the clock costs little beside what it measures
      bench.add(side.name, batch === 1 ? () => side.decide(operation, token) : () => {
        for (let i = 0; i < batch; i++) side.decide(operation, token);
      });
      const before = process.cpuUsage();
      await bench.run();
      const { user, system } = process.cpuUsage(before);
      const { latency } = bench.tasks[0].result;
      if (round > 0) samples.get(side).push({ ns: (latency.p50 * 1e6) / batch, cpu_ns: ((user + system) * 1e3) / (latency.samplesCount * batch), allocs: 0, bytes: 0 });
    }
  }
  for (const side of list) {
    const labels = { suite: 'node', schema: world.schema, restricted: String(world.restricted), fields: String(operation.size), side: side.name };
    results.push({ labels, samples: samples.get(side) });
  }
}

function versions() {
  const require = createRequire(import.meta.url);
  const { dependencies } = require('./package.json');
  return dependencies;
}
