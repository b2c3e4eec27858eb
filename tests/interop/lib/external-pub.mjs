/**
 * A decoded group info as ts-mls wants it for an external commit. Version 1.6.4 takes the data of the extension external_pub for the bare key, and not for the vector
 * that RFC 9420 §12.4.3.2 says it is; so the first to ask, who wants the key, gets that, and who verifies the signature gets what was signed.
 */
export function withBareKey(groupInfo) {
  const extensions = groupInfo.extensions.map((extension) => {
    if (extension.extensionType !== "external_pub") return extension;
    const answers = [extension.extensionData.subarray(1)];
    return { extensionType: extension.extensionType, get extensionData() { return answers.pop() ?? extension.extensionData; } };
  });
  return { ...groupInfo, extensions };
}
