// What the documentation shows compiles, against the types as they are published.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../../../.dev/lib/paths.mjs";
import { temporaryFolder } from "../../../tests/e2e/lib/folder.mjs";

const PAGES = ["README.md", "web/client/README.md", "docs/forums.md"];

/** What the pages speak of without having made it in the same piece. */
const GIVEN = `
  import type { Contact, Conversation, Forum, Post, Sealpost as Client, Topic } from "sealpost";
  declare const sealpost: Client;
  declare const [bob, carol, dave]: Contact[];
  declare const conversation: Conversation;
  declare const forum: Forum;
  declare const topic: Topic;
  declare const post: Post;
  declare const topicId: string;
  declare const link: string;
  declare const passphrase: string;
  declare const session: { userId: string };
  declare const input: { files: File[] };
  declare const bar: (share: number) => void;
  declare const image: HTMLImageElement;
  declare const signal: AbortSignal;
`;

/** The pieces of TypeScript and JavaScript in a page; those with JSX are whole modules. */
function pieces(page) {
  const text = readFileSync(inRoot(page), "utf8");
  return [...text.matchAll(/^```(ts|js|tsx)\n([^]*?)^```/gm)].map(([, language, code], index) => {
    const isWhole = language === "tsx";
    return { file: `${page.replace(/\W/g, "-")}-${index + 1}.${isWhole ? "tsx" : "ts"}`, code: isWhole ? code : wrapped(code) };
  });
}

/** A module with the piece in a function, where it may await and name things anew. */
function wrapped(code) {
  const imports = code.match(/^import .*;$/gm) ?? ['import { Sealpost } from "sealpost";'];
  return `${GIVEN}${imports.join("\n")}\nexport async function example() {\n${code.replace(/^import .*;$/gm, "")}\n}\n`;
}

test("every example compiles", () => {
  const folder = temporaryFolder("examples", inRoot("target"));
  const examples = PAGES.flatMap(pieces);
  assert.ok(examples.length >= 6, `found only ${examples.length}`);
  for (const { file, code } of examples) writeFileSync(join(folder, file), code);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2023",
    lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
    types: [],
    skipLibCheck: true,
    jsx: "react-jsx",
    paths: { sealpost: [inRoot("web/client/dist/index.d.ts")], "sealpost/crypto": [inRoot("web/client/dist/crypto.d.ts")], "sealpost/react": [inRoot("web/client/dist/react.d.ts")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }));
  try {
    execFileSync(inRoot("node_modules/.bin/tsc"), ["--project", folder], { encoding: "utf8", stdio: "pipe" });
  } catch ({ stdout }) {
    assert.fail(stdout);
  }
});
