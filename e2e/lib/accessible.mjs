// What can be measured of "usable by everybody".
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** axe finds nothing against WCAG 2.2 AA. @param {import('playwright-core').Frame} frame @param {string} where */
export async function checkAccessible(frame, where) {
  await frame.evaluate(AXE); // through the debugger, so the page's own policy stands
  const { violations } = await frame.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags }, iframes: false }), TAGS,
  );
  const found = violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(' | ')}`);
  assert.deepEqual(found, [], where);
}

/** Nothing sticks out to the right. @param {import('playwright-core').Frame} frame @param {string} where */
export async function checkWidth(frame, where) {
  const [scroll, client] = await frame.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(scroll <= client, `${where}: ${scroll} px wide in ${client}`);
}

/** Everything to press is at least 44 by 44. @param {import('playwright-core').Frame} frame @param {string} where */
export async function checkTargets(frame, where) {
  const small = await frame.evaluate(() => [...document.querySelectorAll('button, a[href], input:not([type=hidden])')]
    .map((node) => [node.getBoundingClientRect(), node.outerHTML])
    .filter(([box]) => box.width > 0 && (box.width < 44 || box.height < 44))
    .map(([box, html]) => `${box.width}x${box.height} ${html.slice(0, 120)}`));
  assert.deepEqual(small, [], where);
}

/** All three, for pages of Connect itself. @param {import('playwright-core').Frame} frame @param {string} where */
export async function checkConnect(frame, where) {
  await checkAccessible(frame, where);
  await checkWidth(frame, where);
  await checkTargets(frame, where);
}
