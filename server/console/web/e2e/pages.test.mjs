// Every page, light and dark, wide and narrow: no complaint of the browser, no serious violation that axe knows of, nothing
// that is wider than the screen. With SCREENSHOTS=folder a picture of each is left there.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { launch, open, serve, signIn } from "./harness.mjs";
import { furnish, pages } from "./pages.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = process.env.SCREENSHOTS && resolve(process.env.SCREENSHOTS);
const looks = [
  { theme: "light", size: "wide", width: 1280, height: 800 },
  { theme: "dark", size: "wide", width: 1280, height: 800 },
  { theme: "light", size: "narrow", width: 390, height: 844 },
  { theme: "dark", size: "narrow", width: 390, height: 844 },
];

let server, browser, all;

before(async () => {
  server = await serve();
  browser = await launch();
  all = pages(await furnish(server));
  if (folder) mkdirSync(folder, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const look of looks) {
  test(`every page, ${look.theme} and ${look.size}`, async (t) => {
    const session = await open(browser, server, look);
    for (const one of all.filter(({ narrow }) => !narrow || look.size === "narrow")) {
      if (!one.anonymous && !session.signedIn) {
        await signIn(session, server.key);
        session.signedIn = true;
      }
      await t.test(one.name, () => shows(session, one, look));
    }
    session.check();
    await session.context.close();
  });
}

async function shows({ page, goto }, one, look) {
  await goto(one.path);
  await one.there(page).waitFor();
  await one.prepare?.(page);
  await page.waitForFunction(() => document.querySelectorAll(".loading, .previewing").length === 0);
  if (folder) await page.screenshot({ path: join(folder, `${one.name}-${look.theme}-${look.size}.png`), animations: "disabled", caret: "hide" });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than the screen`);
  assert.deepEqual(await violations(page), []);
}

/** violations are those that axe calls serious or critical, with the elements. It runs beside the page's own policy. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary?.split("\n")[1] ?? ""}`) }));
  });
  return found.filter((v) => v.impact === "serious" || v.impact === "critical");
}
