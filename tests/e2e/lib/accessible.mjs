import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";

const SIZES = [{ width: 1180, height: 760 }, { width: 360, height: 720 }];
const SCHEMES = ["light", "dark"];

/** Asserts that axe finds nothing on the page, wide and narrow, light and dark, and that nothing sticks out sideways. */
export async function assertAccessible(page, state) {
  const before = page.viewportSize();
  for (const colorScheme of SCHEMES) {
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      // Colours that are still on their way are nobody's contrast.
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
      const where = `${state}, ${colorScheme}, ${size.width} px`;
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join("; ")}`);
      assert.deepEqual(found, [], where);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${where}: the page scrolls sideways`);
    }
  }
  await page.setViewportSize(before);
}
