// Keeps the app itself, so that it opens without a network, too. It never sees a message: calls to the relay pass it by.
// `FILES` and `VERSION` are put before this by plugin.mjs.
/* global FILES, VERSION */
const CACHE = `sealpost-app-${VERSION}`;
const KEPT = new Set(FILES);

// All files of a version or none. A new version waits until no tab shows the old one.
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((path) => new Request(path, { cache: "reload" })))));
});

self.addEventListener("activate", (event) => {
  const removeOthers = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("sealpost-app-") && name !== CACHE).map((name) => caches.delete(name)));
  };
  event.waitUntil(removeOthers());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || !KEPT.has(pathname)) return;
  event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(pathname)) ?? fetch(request)));
});
