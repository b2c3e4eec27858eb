import { NextResponse } from "next/server";

/** Next puts the nonce of this header into the inline scripts that it writes. */
export function proxy(request) {
  const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-${btoa(crypto.randomUUID())}'`;
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}
