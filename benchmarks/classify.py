"""How fast texts are classified and how much memory it takes: `python -m benchmarks.classify [--pages N]`.

Measured in one process on one core: passages a second on the real documents where they are present, else on a text made
of sentences of the ontology; and a PDF of N pages from bytes to labels.
"""

from __future__ import annotations

import argparse
import resource
import textwrap
import time
from pathlib import Path

from service.classify.classifier import load_classifier
from service.classify.concepts import load_concepts
from service.classify.documents import read_document

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "climate-city-contracts"
LINES, WIDTH = 55, 95


def sentences() -> str:
    return "\n\n".join(concept.definitions["en"] for concept in load_concepts().by_code.values())


def pdf(text: str, pages: int) -> bytes:
    lines = [line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, WIDTH) or [""]]
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    for page in range(pages):
        first = page * LINES % max(1, len(lines) - LINES)
        shown = [line.encode("latin-1", "ignore") for line in lines[first : first + LINES]]
        body = b"".join(b"(%s) Tj T* " % line.translate(None, b"\\()") for line in [*shown, b"Page %d" % page])
        stream = b"BT /F 9 Tf 11 TL 40 780 Td %sET" % body
        fonts = b"/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
        objects.append(b"<</Type/Page/Parent 2 0 R%s/Contents %d 0 R>>" % (fonts, len(objects) + 2))
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    kids = b" ".join(b"%d 0 R" % number for number in range(4, len(objects) + 1, 2))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages)
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return bytes(out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + tail)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    chosen = parser.parse_args()
    started = time.perf_counter()
    classifier = load_classifier()
    classifier.classify(sentences())
    print(f"loading, first text       {time.perf_counter() - started:8.2f} s")
    texts = [path.read_text(encoding="utf-8") for path in sorted(SHARED.glob("*.md"))] or [sentences() * 10]
    for text in texts:
        classifier.classify(text)  # Loads what foreign passages need.
    started, passages = time.process_time(), 0
    for text in texts:
        passages += classifier.classify(text).passages
    print(f"passages a second         {passages / (time.process_time() - started):8,.0f}   ({passages:,} passages)")
    data = pdf(texts[0], chosen.pages)
    started = time.perf_counter()
    result = classifier.classify(read_document(data, "benchmark.pdf"))
    seconds = time.perf_counter() - started
    print(f"PDF of {chosen.pages} pages          {seconds:8.2f} s  ({result.passages:,} passages)")
    print(f"peak memory               {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main()
