"""Makes attachments.json: pip install tink cryptography && python make.py

The ciphertexts are Google Tink's (its C++ core, through its Python package); commitment, digest and message bodies are computed here from
docs/protocol.md alone, with the package `cryptography`.
"""
import hashlib
import io
import json
import os
import random
import struct

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import secret_key_access, streaming_aead, proto_keyset_format
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

SEGMENT = 1 << 20
LABEL = b"sealpost v1 file"
streaming_aead.register()
draw = random.Random("sealpost attachments 1").randbytes


def plaintext(size):
    return bytes((i * 31 + (i >> 8) * 17) & 0xFF for i in range(size))


def primitive(key):
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256)
    value = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, params=params, key_value=key)
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=value.SerializeToString(), key_material_type=tink_pb2.KeyData.SYMMETRIC)
    entry = tink_pb2.Keyset.Key(key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry])
    return proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN).primitive(streaming_aead.StreamingAead)


def encrypt(key, text):
    class Kept(io.BytesIO):
        def close(self):
            self.kept = self.getvalue()
            super().close()

    to = Kept()
    with primitive(key).new_encrypting_stream(to, LABEL) as stream:
        stream.write(text)
    return to.kept


def vector(bytes_):
    n = len(bytes_)
    head = struct.pack(">B", n) if n < 64 else struct.pack(">H", n | 0x4000) if n < 1 << 14 else struct.pack(">I", n | 0x8000_0000)
    return head + bytes_


def blob(size):
    key = draw(32)
    stream = encrypt(key, plaintext(size))
    commitment = HKDF(SHA256(), 32, bytes(32), b"Sealpost_FileCommitment").derive(key)
    hashes = b"".join(hashlib.sha256(stream[at:at + SEGMENT]).digest() for at in range(0, len(stream), SEGMENT))
    digest = hashlib.sha256(b"sealpost v1 file\0" + commitment + hashes).digest()
    whole = commitment + stream
    case = {"size": size, "key": key.hex(), "salt": stream[1:33].hex(), "nonce_prefix": stream[33:40].hex(),
            "commitment": commitment.hex(), "length": len(whole), "sha256": hashlib.sha256(whole).hexdigest(), "digest": digest.hex()}
    if size < 100:
        case["blob"] = whole.hex()
    return case


def body(**changes):
    fields = {"blob_id": draw(16), "key": draw(32), "digest": draw(32), "size": 1234567, "name": "Grüße 🔒.jpg", "media_type": "image/jpeg",
              "preview": None} | changes
    if isinstance(fields["name"], str):
        fields["name"] = fields["name"].encode()
    preview = fields["preview"]
    encoded = fields["blob_id"] + fields["key"] + fields["digest"] + struct.pack(">Q", fields["size"]) + vector(fields["name"])
    encoded += vector(fields["media_type"].encode())
    encoded += b"\0" if preview is None else b"\1" + struct.pack(">HH", *preview[:2]) + vector(preview[2])
    return fields, encoded


def valid(**changes):
    fields, encoded = body(**changes)
    preview = fields["preview"]
    return {"fields": {"blob_id": fields["blob_id"].hex(), "key": fields["key"].hex(), "digest": fields["digest"].hex(), "size": fields["size"],
                       "name": fields["name"].decode(), "media_type": fields["media_type"],
                       "preview": preview and {"width": preview[0], "height": preview[1], "jpeg": preview[2].hex()}},
            "body": encoded.hex()}


def invalid(what, encoded=None, **changes):
    return {"name": what, "body": (body(**changes)[1] if encoded is None else encoded).hex(), "code": "decode"}


JPEG = b"\xff\xd8\xff\xe0" + draw(60)
LONGEST = "n" * 255
FIRST, NEXT = SEGMENT - 40 - 16, SEGMENT - 16
whole = body(preview=(4000, 3000, JPEG))[1]
result = {
    "protocol": "sealpost v1",
    "made_by": "tests/vectors/files/make.py with Tink",
    "bodies": [
        valid(), valid(size=0, name="a", media_type="a/b"), valid(size=1 << 40, name=LONGEST, media_type="x" * 63 + "/" + "y" * 63),
        valid(preview=(4000, 3000, JPEG)), valid(preview=(1, 65535, JPEG[:3])), valid(preview=(1, 1, JPEG[:3] + bytes(32 * 1024 - 3))),
        valid(media_type="application/vnd.a-b.c+d_e^f!g#h$i&j"),
    ],
    "bodies_refused": [
        invalid("empty", b""), invalid("cut short", whole[:-1]), invalid("a byte more", whole + b"\0"),
        invalid("preview neither there nor absent", body()[1][:-1] + b"\2"),
        invalid("too large", size=(1 << 40) + 1), invalid("size of 64 bits", size=(1 << 64) - 1),
        invalid("no name", name=""), invalid("long name", name=LONGEST + "n"), invalid("name with a slash", name="a/b"),
        invalid("name with a backslash", name="a\\b"), invalid("name of the folder", name="."), invalid("name of the folder above", name=".."),
        invalid("name with a zero", name="a\0b"), invalid("name with a line break", name="a\nb"), invalid("name with a C1 control", name="a\u0085b"),
        invalid("name that is not UTF-8", name=b"\xff"),
        invalid("no media type", media_type=""), invalid("media type without subtype", media_type="image"), invalid("media type with a space", media_type="image/ jpeg"),
        invalid("media type with parameters", media_type="text/plain;charset=utf-8"), invalid("media type in capitals", media_type="Image/jpeg"),
        invalid("media type of three parts", media_type="a/b/c"), invalid("empty subtype", media_type="image/"), invalid("empty type", media_type="/jpeg"),
        invalid("media type that begins with a mark", media_type=".a/b"), invalid("long media type", media_type="x" * 64 + "/" + "y" * 63),
        invalid("preview without width", preview=(0, 1, JPEG)), invalid("preview without height", preview=(1, 0, JPEG)),
        invalid("preview of another format", preview=(1, 1, b"\x89PNG")), invalid("empty preview", preview=(1, 1, b"")),
        invalid("large preview", preview=(1, 1, JPEG[:3] + bytes(32 * 1024 - 2))),
    ],
    "blobs": [blob(size) for size in (0, 1, 64, FIRST - 1, FIRST, FIRST + 1, FIRST + NEXT, FIRST + NEXT + 1, FIRST + 2 * NEXT + 5)],
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "attachments.json"), "w") as to:
    json.dump(result, to, indent=1, ensure_ascii=False)
    to.write("\n")
