// What demo.sh cannot do in a shell without more tools: JSON, ports, waiting for a process, HTTP where there is no curl.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const longest = 120_000; // for a server to start, on a machine that has other work

// processExists tells whether the process that is waited for is still there.
function processExists(pid) {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

// until polls for something to come from a process, and ends this one with status 1 when it does not.
async function until(pid, what, poll) {
  const end = Date.now() + longest;
  while (Date.now() < end && processExists(pid)) {
    const found = await poll();
    if (found) return found;
    await pause(50);
  }
  console.error(`${what} did not come in time, or the process ended`);
  process.exit(1);
}

// lines are the whole lines of a file that a process is writing.
const lines = (file) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []);

// record reads a line of a log, which may hold other things than JSON.
function record(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

// parse reads a file as JSON; what is none is its text.
function parse(file) {
  const text = readFileSync(file, "utf8").trim();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const denials = (rows) => rows.map((row) => row.path.join(".")).join(",");

// compact makes a printed document comparable whatever its layout.
const compact = (query) => (query ?? "").replace(/\s+/g, " ").replace(/ ?([{}():,]) ?/g, "$1").replace(/^query(?={)/, "");

// summaries say in a line what each kind of answer comes to.
const summaries = {
  decision({ decision, denied = [], query }) {
    const missing = [...new Set(denied.flatMap((row) => Object.values(row.missing).flat()))].sort();
    return `${decision} denied=${denials(denied)} missing=${missing.join(",")} sent=${compact(query)}`;
  },
  graphql({ data, errors = [] }) {
    if (data === undefined) return errors.map((error) => error.extensions?.code).join(",");
    const denied = errors.filter((error) => error.extensions?.code === "UNAUTHORIZED_FIELD_OR_TYPE");
    return `${JSON.stringify(data)} denied=${denials(denied)}` + (denied.length < errors.length ? " and other errors" : "");
  },
};

function summary(answer) {
  if (answer === null || typeof answer !== "object") return String(answer);
  return answer.decision ? summaries.decision(answer) : summaries.graphql(answer);
}

const commands = {
  // free PORT ends with 0 when nobody listens there.
  async free(port) {
    await new Promise((done) => {
      const server = createServer().once("error", () => done((process.exitCode = 1)));
      server.listen(Number(port), "127.0.0.1", () => server.close(done));
    });
  },

  // first-line FILE PID prints the first line that the process writes to the file.
  async "first-line"(file, pid) {
    console.log(await until(pid, "the first line", () => lines(file)[0]));
  },

  // listening LOG PID prints the addresses of the public and the private listener.
  async listening(log, pid) {
    const found = await until(pid, "the listeners", () => {
      const records = lines(log).map(record).filter((r) => r.msg === "listening");
      const address = (listener) => records.find((r) => r.listener === listener)?.address;
      return address("public") && address("private") && [address("public"), address("private")];
    });
    console.log(found.join(" "));
  },

  async ready(url, pid) {
    await until(pid, url, async () => (await fetch(url).catch(() => null))?.ok);
  },

  // curl takes the few options of curl that demo.sh uses.
  async curl(...args) {
    const request = { method: "GET", headers: {} };
    let url;
    for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
      if (arg === "-H") {
        const [, name, value] = /^([^:]+): (.*)$/.exec(args.shift());
        request.headers[name] = value;
      } else if (arg === "-d") {
        request.body = args.shift();
        request.method = "POST";
      } else if (arg === "--max-time") {
        request.signal = AbortSignal.timeout(1000 * Number(args.shift()));
      } else if (!arg.startsWith("-")) {
        url = arg;
      }
    }
    process.stdout.write(await (await fetch(url, request)).text());
  },

  // print shows an answer: of a decision what matters, anything else as it is.
  print(file) {
    const answer = parse(file);
    if (typeof answer !== "object" || answer === null) return console.log(answer);
    if (!answer.decision) return console.log(JSON.stringify(answer));
    console.log(`decision: ${answer.decision}, effect: ${answer.effect}`);
    for (const row of answer.denied ?? []) console.log(`denied:   ${row.path.join(".")} needs ${row.restricted.join(", ")} ${JSON.stringify(row.missing)}`);
    if (answer.query) console.log(`sent:     ${answer.query.trim().replace(/\n/g, "\n          ")}`);
  },

  // console LINK LOG opens the link as a browser does. It must sign in once, and the log must not have its code.
  async console(link, log) {
    const { origin, pathname, hash } = new URL(link);
    const headers = { "Content-Type": "application/json", "X-Fieldgate-Csrf": "1" };
    const follow = () => fetch(`${origin}/api/v1/session`, { method: "POST", headers, body: JSON.stringify({ link: hash.slice(1) }) });
    const page = await fetch(origin + pathname);
    const [first, again] = [await follow(), await follow()];
    const cookie = first.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const who = await fetch(`${origin}/api/v1/whoami`, { headers: { Cookie: cookie } });
    console.log(`page ${page.status}, signed in ${first.status}, again ${again.status}, as ${(await who.json()).member?.name}`);
    const known = [cookie.split("=")[1], hash.slice(1)].some((code) => !code || readFileSync(log, "utf8").includes(code));
    const html = page.headers.get("content-type").startsWith("text/html");
    if (!html || page.status !== 200 || first.status !== 201 || again.status !== 401 || who.status !== 200 || known) process.exitCode = 1;
  },

  summary(file) {
    console.log(summary(parse(file)));
  },
};

const [name, ...args] = process.argv.slice(2);
if (!commands[name]) {
  console.error(`usage: demo.mjs ${Object.keys(commands).join("|")} ...`);
  process.exit(2);
}
await commands[name](...args);
