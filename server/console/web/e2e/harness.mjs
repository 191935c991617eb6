// What the browser tests stand on: a Fieldgate that guards the sample, and Chromium.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const repo = fileURLToPath(new URL("../../../../", import.meta.url));
const fieldgate = process.env.FIELDGATE_BIN ?? join(repo, "bin/fieldgate");
const longest = 60_000; // for a program to start, on a machine that has other work

/** until polls for something that is to become true. */
export async function until(what, poll, ms = longest) {
  const end = Date.now() + ms;
  for (let error; ; await pause(50)) {
    try {
      const found = await poll();
      if (found) return found;
    } catch (cause) {
      error = cause;
    }
    if (Date.now() > end) throw new Error(`${what} did not come in time`, { cause: error });
  }
}

/**
 * serve starts the sample's upstream and a server with a data directory and an owner. `prepare` may change the access directory
 * before. Everything is in one folder that stop removes.
 */
export async function serve(prepare = () => {}) {
  assert.ok(existsSync(fieldgate), `${fieldgate} is missing: make build`);
  const dir = mkdtempSync(join(tmpdir(), "fieldgate-console."));
  const processes = [];
  const start = (command, args, log) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FIELDGATE_KEY: "" } });
    processes.push(child);
    child.stdout.on("data", (text) => log.push(String(text)));
    child.stderr.on("data", (text) => log.push(String(text)));
    return child;
  };
  const stop = async () => {
    for (const child of processes) child.kill();
    await Promise.all(processes.map((child) => child.exitCode !== null || new Promise((done) => child.once("exit", done))));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const upstreamLog = [];
    start("node", [join(repo, "testdata/upstream/server.mjs"), "0"], upstreamLog);
    const upstream = await until("the upstream", () => /http:\/\/\S+/.exec(upstreamLog.join(""))?.[0]);
    cpSync(join(repo, "testdata/sample"), join(dir, "access"), { recursive: true });
    const definition = join(dir, "access/shop/layer.yaml");
    writeFileSync(definition, readFileSync(definition, "utf8").replace("http://127.0.0.1:4950/__graphql", upstream));
    prepare(join(dir, "access"));
    const key = run(["init", "--data", join(dir, "data"), "--owner", "ana"]).trim();
    const log = [];
    start(fieldgate, ["serve", join(dir, "access"), "--data", join(dir, "data"), "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0"], log);
    const address = (listener) => until(`the ${listener} listener`, () => records(log).find((line) => line.msg === "listening" && line.listener === listener)?.address);
    const base = `http://${await address("private")}`;
    const gateway = `http://${await address("public")}`;
    await until("a revision", async () => (await fetch(`${base}/readyz`)).ok);
    return { dir, base, gateway, key, log, stop, cli: (...args) => run(args, { FIELDGATE_KEY: key, FIELDGATE_SERVER: base }) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function records(log) {
  return log
    .join("")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

/** run runs the command line and returns what it prints. */
function run(args, env = {}) {
  const out = spawnSync(fieldgate, args, { encoding: "utf8", env: { ...process.env, ...env } });
  assert.equal(out.status, 0, `fieldgate ${args.join(" ")}: ${out.stderr}`);
  return out.stdout;
}

/** api calls the admin API with the owner's key. */
export async function api(server, method, path, body) {
  const headers = { Authorization: `Bearer ${server.key}`, ...(body && { "Content-Type": "application/json" }) };
  const response = await fetch(`${server.base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** query sends a query to the guarded endpoint with a token. */
export async function query(server, token, text) {
  const response = await fetch(`${server.gateway}/layers/shop`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ query: text }),
  });
  return { status: response.status, ...(await response.json()) };
}

export function findChromium() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return places.find((path) => path && existsSync(path));
}

export const launch = () =>
  chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"] });

/**
 * open opens a page. What the browser complains about is kept: `check` fails when it complained about anything but what the test
 * allows. A request that the server refuses is logged by Chromium itself; a test that provokes one allows its status.
 */
export async function open(browser, server, options = {}) {
  const { theme = "light", width = 1280, height = 900, allow = [] } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(`${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    // A page with changes that are not saved asks before it is left; tests leave.
    if (dialog.type() === "beforeunload") return void dialog.accept();
    complaints.push(`a dialog of the browser: ${dialog.message()}`);
    void dialog.dismiss();
  });
  // Whether somebody is signed in is found out by asking.
  const allowed = [/401 \(Unauthorized\).*whoami/, ...allow];
  const check = () => assert.deepEqual(complaints.filter((text) => !allowed.some((pattern) => pattern.test(text))), []);
  return { context, page, check, goto: (path) => page.goto(server.base + path), allow: (pattern) => allowed.push(pattern) };
}

export async function signIn(session, key) {
  const { page, goto } = session;
  await goto("/sign-in");
  await page.getByLabel("Member key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Data layers" }).waitFor();
}

/** files are all files below a folder, as text. */
export function files(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
