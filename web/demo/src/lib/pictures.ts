/** The part of the Barcode Detection API that is used; some browsers have it. */
interface Detector {
  detect(image: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]>;
}

const detector = (globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }).BarcodeDetector;

export function canReadPictures(): boolean {
  return detector !== undefined;
}

/** What the first QR code in a picture says. */
export async function codeInPicture(picture: Blob): Promise<string | null> {
  if (detector === undefined) return null;
  try {
    const found = await new detector({ formats: ["qr_code"] }).detect(await createImageBitmap(picture));
    return found[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}
