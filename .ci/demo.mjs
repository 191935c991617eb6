// What demo.sh cannot do in a shell without more tools: JSON, free ports, waiting for a server.

import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

// decision takes an answer of either API.
function decision(file) {
  const answer = JSON.parse(readFileSync(file, "utf8"));
  return answer.result ?? answer;
}

// denial writes a denied path, and the argument's path behind it where there is one.
function denial({ path, argument_path: argument }) {
  return path.join(".") + (argument?.length ? `(${argument.join(".")})` : "");
}

// compact makes a printed document comparable whatever its layout.
function compact(query) {
  return (query ?? "").replace(/\s+/g, " ").replace(/ ?([{}():,]) ?/g, "$1").replace(/^query(?={)/, "");
}

// processExists tells whether the server that is waited for is still there.
function processExists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const commands = {
  port() {
    const server = createServer().listen(0, "127.0.0.1", () => {
      console.log(server.address().port);
      server.close();
    });
  },

  async ready(url, pid) {
    const end = Date.now() + 30_000;
    while (Date.now() < end && processExists(Number(pid))) {
      const answer = await fetch(url).catch(() => null);
      if (answer?.ok) return;
      await pause(100);
    }
    console.error(`${url} was not ready in time, or the server ended`);
    process.exitCode = 1;
  },

  // variables prints those of a file in testdata/queries, on one line.
  variables(file) {
    console.log(JSON.stringify(JSON.parse(readFileSync(file, "utf8")).variables ?? {}));
  },

  async post(url, body) {
    const headers = { "Content-Type": "application/json" };
    process.stdout.write(await (await fetch(url, { method: "POST", headers, body })).text());
  },

  print(file) {
    const { decision: outcome, effect, denied = [], query, errors = [] } = decision(file);
    console.log(`decision: ${outcome}, effect: ${effect}`);
    for (const row of denied) console.log(`denied:   ${denial(row)} needs ${row.restricted.join(", ")} ${JSON.stringify(row.missing)}`);
    for (const error of errors) console.log(`error:    ${error.message}`);
    if (query) console.log(`sent:     ${query.trim().replace(/\n/g, "\n          ")}`);
  },

  summary(file) {
    const { decision: outcome, denied = [], query } = decision(file);
    console.log(`${outcome} denied=${denied.map(denial).join(",")} sent=${compact(query)}`);
  },
};

const [name, ...args] = process.argv.slice(2);
if (!commands[name]) {
  console.error(`usage: demo.mjs ${Object.keys(commands).join("|")} ...`);
  process.exit(2);
}
await commands[name](...args);
