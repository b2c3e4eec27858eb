// Which rule of docs/protocol.md is checked and tested where, by the ids (`RAT-8`) in the comments of the code and its tests.

/** What a rule's definition looks like. */
const DEFINITION = /^- \*\*([A-Z]{3}-\d+)\*\* (.*)/gm;
const RUST_TEST = /^\s*#\[(\w+::)*(\w*_)?test\b/;

/**
 * @typedef {{ file: string, line: number, test?: string }} Place
 * @typedef {{ id: string, text: string, checks: Place[], tests: Place[] }} Rule
 */

/**
 * Matches the rules that a specification defines with the files that name them.
 * @param {string} specification Markdown
 * @param {Record<string, string>} files contents by path
 * @returns {{ rules: Rule[], faults: string[] }}
 */
export function ruleIndex(specification, files) {
  const rules = new Map();
  const faults = [];
  for (const [, id, text] of specification.matchAll(DEFINITION)) {
    if (rules.has(id)) faults.push(`${id}: defined twice`);
    rules.set(id, { id, text, checks: [], tests: [] });
  }
  const kinds = [...new Set([...rules.keys()].map((id) => id.split("-")[0]))];
  const mention = new RegExp(`\\b(${kinds.join("|")})-\\d+\\b`, "g");
  for (const [, id] of specification.matchAll(new RegExp(`\\b((?:${kinds.join("|")})-\\d+)\\b`, "g"))) {
    if (!rules.has(id)) faults.push(`${id}: the specification refers to it and does not define it`);
  }
  for (const [file, text] of Object.entries(files)) {
    for (const place of places(file, text, mention)) {
      const rule = rules.get(place.id);
      const where = `${file}:${place.line}`;
      if (!rule) faults.push(`${where}: ${place.id} is no rule`);
      else if (!place.inTests) rule.checks.push({ file, line: place.line });
      else if (place.test === null) faults.push(`${where}: ${place.id} does not stand above a test`);
      else rule.tests.push({ file, line: place.line, test: place.test });
    }
  }
  for (const { id, checks, tests } of rules.values()) {
    if (checks.length === 0) faults.push(`${id}: no check names it`);
    if (tests.length === 0) faults.push(`${id}: no test names it`);
  }
  return { rules: [...rules.values()], faults };
}

/** Every mention of a rule in a file, with the test that it belongs to where it lies among tests. */
function places(file, text, mention) {
  const lines = text.split("\n");
  const testsFrom = firstLineOfTests(file, lines);
  return lines.flatMap((line, index) => {
    const inTests = index >= testsFrom;
    return [...line.matchAll(mention)].map(([id]) => ({ id, line: index + 1, inTests, test: inTests ? testAt(lines, index) : null }));
  });
}

/** Tests lie in files and folders of their own, and in Rust also in the last module of a file. */
function firstLineOfTests(file, lines) {
  if (/(^|\/)tests?\/|\/tests\.rs$/.test(file)) return 0;
  const module = lines.findIndex((line, index) => line === "#[cfg(test)]" && /^mod \w+ \{/.test(lines[index + 1] ?? ""));
  return module < 0 ? lines.length : module;
}

/** The name of the test in whose comment, or in whose first line, `index` lies; null if there is none. */
function testAt(lines, index) {
  let marked = false;
  for (const line of lines.slice(index)) {
    const script = line.match(/^\s*(?:test|it)\((["'`])(.*)\1,/);
    if (script) return script[2];
    const rust = line.match(/^\s*(?:pub(?:\([\w:]+\))? )?(?:async )?fn (\w+)/);
    if (rust) return marked ? rust[1] : null;
    marked ||= RUST_TEST.test(line);
    if (!/^\s*(\/\/|#\[|\*|\/\*)/.test(line)) return null;
  }
  return null;
}
