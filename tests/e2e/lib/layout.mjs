import assert from "node:assert/strict";

/** As narrow as a page has to bear (WCAG 2.2, 1.4.10), and wide. */
const SIZES = [{ width: 320, height: 640 }, { width: 1180, height: 760 }];

/**
 * Asserts what holds of a screen on every machine, whatever its fonts and its Chromium: nothing scrolls sideways, nothing that is to be pressed, filled or read as a heading
 * sticks out of the window, and no words of those are cut off but where three dots say so.
 */
export async function assertLaidOut(page, screen) {
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    // What is placed beside something else follows it a moment after the window has changed.
    let found = await page.evaluate(faults);
    for (let looks = 0; found.length > 0 && looks < 20; looks++) {
      await page.waitForTimeout(100);
      found = await page.evaluate(faults);
    }
    assert.deepEqual(found, [], `${screen}, ${size.width} px`);
  }
  await page.setViewportSize(before);
}

/** Runs in the page. */
function faults() {
  const { clientWidth, scrollWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? [`the page is ${scrollWidth} px wide`] : [];
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getClientRects().length > 0;
  const nameOf = (element) => `${element.localName} “${(element.ariaLabel ?? element.textContent ?? "").trim().slice(0, 40)}”`;
  for (const element of document.querySelectorAll("a, button, input, textarea, select, h1, h2, h3")) {
    const { left, right, width } = element.getBoundingClientRect();
    // Those of one pixel are for screen readers.
    if (!isShown(element) || width < 2) continue;
    if (left < -0.5 || right > clientWidth + 0.5) found.push(`${nameOf(element)} from ${Math.round(left)} to ${Math.round(right)}`);
    const { overflowX, textOverflow } = getComputedStyle(element);
    const isCut = overflowX === "hidden" && textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1;
    if (isCut && !["input", "textarea", "select"].includes(element.localName)) found.push(`${nameOf(element)} is cut off`);
  }
  return found;
}
