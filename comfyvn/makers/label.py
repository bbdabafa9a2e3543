"""Pictures that say where they come from: IPTC's Digital Source Type as XMP, put into a PNG without decoding it.

IPTC Photo Metadata Standard 2025.1, `Iptc4xmpExt:DigitalSourceType`; its values are NewsCodes
(http://cv.iptc.org/newscodes/digitalsourcetype/). In a PNG, XMP is an uncompressed iTXt chunk with the keyword
`XML:com.adobe.xmp` (XMP Specification Part 3). A chunk changes no pixel, so content digests stay.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator
from typing import Literal

SourceType = Literal[
    "", "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "compositeSynthetic"
]
UNKNOWN: SourceType = ""  # made elsewhere: its author knows, we do not, and nothing is claimed
TRAINED: SourceType = "trainedAlgorithmicMedia"
WITH_TRAINED: SourceType = "compositeWithTrainedAlgorithmicMedia"
ALGORITHMIC: SourceType = "algorithmicMedia"  # drawn by a program that was trained on nothing: our drafts
WITH_SYNTHETIC: SourceType = "compositeSynthetic"

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"XML:com.adobe.xmp"
# Another packet is another targets.exports.LABELS: exports with labels of the old kind are stale then.
PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{namespace}">\
<Iptc4xmpExt:DigitalSourceType>{vocabulary}{source}</Iptc4xmpExt:DigitalSourceType>\
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def joined(parts: Collection[SourceType]) -> SourceType:
    """What a picture is that was put together of such parts."""
    kinds = set(parts)
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds & {TRAINED, WITH_TRAINED}:
        return WITH_TRAINED
    return WITH_SYNTHETIC if kinds else UNKNOWN


def retouched(source: SourceType) -> SourceType:
    """What a picture is that somebody has worked on by hand."""
    return joined((source, UNKNOWN)) if source else UNKNOWN


def labelled(data: bytes, source: SourceType) -> bytes:
    """A PNG that says what it is; one that says so already, and what is no PNG, as it was."""
    if not source or not data.startswith(SIGNATURE):
        return data
    chunks = list(_chunks(data))
    says = any(_is_xmp(*chunk) and b"DigitalSourceType" in chunk[1] for chunk in chunks)
    if says or not chunks or chunks[0][0] != b"IHDR":
        return data
    packet = PACKET.format(namespace=NAMESPACE, vocabulary=VOCABULARY, source=source).encode()
    head, *rest = chunks
    # A second packet would make a reader choose: another program's, which says nothing of the source, gives way.
    kept = [chunk for chunk in rest if not _is_xmp(*chunk)]
    return SIGNATURE + b"".join(_chunk(*each) for each in (head, (b"iTXt", KEYWORD + bytes(5) + packet), *kept))


def _is_xmp(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(KEYWORD + b"\0")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of every whole chunk. What is cut off ends the list, as it ends the picture."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
