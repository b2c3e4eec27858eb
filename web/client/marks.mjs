// The comments by which bundlers let an import be: minifying drops them.
import ts from "typescript";

const MARKS = "/* @vite-ignore *//* webpackIgnore: true *//* turbopackIgnore: true */";

/**
 * Code whose imports of URLs carry the marks.
 * @param {string} code minified
 * @param {number} expected how many such imports it has; another number is an error
 */
export function marked(code, expected) {
  const source = ts.createSourceFile("worker.js", code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const places = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && !ts.isStringLiteral(node.arguments[0])) places.push(node.arguments[0].getStart());
    ts.forEachChild(node, visit);
  };
  visit(source);
  if (places.length !== expected) throw new Error(`the worker imports ${places.length} URLs instead of ${expected}`);
  return places.sort((a, b) => b - a).reduce((text, place) => text.slice(0, place) + MARKS + text.slice(place), code);
}
