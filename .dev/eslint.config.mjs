// Rules for all TypeScript and JavaScript of the repository. Formatting is .editorconfig's matter.
import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/dist/", "**/target/", "**/node_modules/", "web/client/src/wasm-gen/", "tests/e2e/output/", "data/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always"],
      "no-console": "off",
      "max-lines-per-function": ["error", { max: 80, skipComments: true, skipBlankLines: true }],
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: { globals: globals.node, ecmaVersion: "latest" },
    rules: { "no-control-regex": "off" },
  },
  // What tests run inside a page.
  { files: ["tests/bundlers/apps/**/*.{js,jsx}"], languageOptions: { globals: globals.browser, parserOptions: { ecmaFeatures: { jsx: true } } }, rules: { "no-unused-vars": ["error", { varsIgnorePattern: "^[A-Z]" }] } },
  { files: ["web/demo/offline/service-worker.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["web/examples/*/public/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/**/*.mjs", "web/client/test/**/*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  {
    files: ["web/**/*.ts", "web/**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-console": "error",
      // Numbers in template strings are fine.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `onClick={() => close()}`.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `onClick={async () => …}`: the handler shows its own errors.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
    },
  },
  {
    files: ["web/demo/**/*.tsx", "web/demo/**/*.ts"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // Components read better in one piece and need no return type.
      "max-lines-per-function": ["error", { max: 120, skipComments: true, skipBlankLines: true }],
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
);
