/** The same joins by ts-mls, another implementation of MLS for browsers, over the same bytes. It does not judge our certificates and rules. */
import { decodeMlsMessage, defaultLifetime, generateKeyPackage, getCiphersuiteFromName, getCiphersuiteImpl, joinGroupExternal } from "ts-mls";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { withBareKey } from "../../interop/lib/external-pub.mjs";

const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
const CAPABILITIES = { versions: ["mls10"], ciphersuites: [SUITE], extensions: [0xf001, 0xf002], proposals: [0xf003], credentials: ["basic"] };

/** Milliseconds of an external join, decoding included; the median of so many. */
export async function join({ groupInfo, tree }, rounds) {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const credential = { credentialType: "basic", identity: crypto.getRandomValues(new Uint8Array(16)) };
    const person = await generateKeyPackage(credential, CAPABILITIES, defaultLifetime, [], suite);
    const start = performance.now();
    const [{ groupInfo: info }] = decodeMlsMessage(groupInfo, 0);
    const [decoded] = decodeRatchetTree(tree, 0);
    await joinGroupExternal(withBareKey(info), person.publicPackage, person.privatePackage, false, suite, decoded);
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}
