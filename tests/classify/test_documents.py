import contextlib
import gzip
import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.documents import ContentType, ReadLimits, detect_format, read_document
from service.classify.errors import (
    BrokenDocument,
    DocumentError,
    EncryptedDocument,
    NoText,
    TooLarge,
    UnsupportedFormat,
)

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODT = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def docx(body: str, prolog: str = "") -> bytes:
    return archive(
        **{"word__document.xml": f"{prolog}<w:document {WORD}><w:body>{body}</w:body></w:document>".encode()}
    )


SOFT_AND_TRUE_HYPHEN = b"<</Differences[1/uni00AD/uni2010/uni030C]>>"


def pdf(stream: bytes, encoding: bytes = b"/StandardEncoding") -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding%s>>" % encoding,
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)


def test_docx_paragraphs_are_read() -> None:
    data = docx(
        "<w:p><w:r><w:t>Electric </w:t></w:r><w:r><w:t>buses</w:t></w:r></w:p><w:p><w:r><w:t>Two</w:t></w:r></w:p>"
    )
    assert read_document(data, "plan.docx") == "Electric buses\n\nTwo"


def test_odt_paragraphs_are_read() -> None:
    body = "<text:h>Plan</text:h><text:p>tiszta<text:s/>levegő <text:span>ma</text:span></text:p>"
    content = f"<office:document-content {ODT}>{body}</office:document-content>".encode()
    data = archive(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": content})
    assert read_document(data, "plan.odt") == "Plan\n\ntiszta levegő ma"


def odt(body: str) -> bytes:
    content = f"<office:document-content {ODT}>{body}</office:document-content>".encode()
    return archive(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": content})


BOX = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
RUN = "<w:r><w:t>{}</w:t></w:r>"


def test_a_text_box_is_read_once_and_after_its_paragraph() -> None:
    new, old = f"<mc:Choice>{BOX}</mc:Choice>", f"<mc:Fallback>{BOX}</mc:Fallback>"
    both, only = (f"<mc:AlternateContent {MC}>{way}</mc:AlternateContent>" for way in (new + old, old))
    for box in (both, only, f"<w:pict>{BOX}</w:pict>"):
        data = docx(f"<w:p>{RUN.format('Clean air')}<w:r>{box}</w:r>{RUN.format(' for all')}</w:p><w:p/>")
        assert read_document(data, "plan.docx") == "Clean air for all\n\nIn the box"


def test_notes_of_a_docx_come_after_its_text() -> None:
    with zipfile.ZipFile(buffer := io.BytesIO(docx(f"<w:p>{RUN.format('Clean air')}</w:p>")), "a") as archived:
        notes = f"<w:footnotes {WORD}><w:footnote><w:p>{RUN.format('By 2030')}</w:p></w:footnote></w:footnotes>"
        archived.writestr("word/footnotes.xml", notes)
    assert read_document(buffer.getvalue(), "plan.docx") == "Clean air\n\nBy 2030"


def test_what_was_deleted_or_moved_from_a_docx_is_not_read() -> None:
    run = RUN.format("coal ")
    gone = f"<w:del><w:r><w:delText>oil</w:delText></w:r>{run}</w:del><w:moveFrom>{run}</w:moveFrom>"
    kept = f"<w:ins>{RUN.format('solar ')}</w:ins><w:moveTo>{RUN.format('power')}</w:moveTo>"
    assert read_document(docx(f"<w:p>{gone}{kept}</w:p><w:del><w:p>{run}</w:p></w:del>"), "plan.docx") == "solar power"


def test_what_was_deleted_from_an_odt_or_remarked_on_it_is_not_read() -> None:
    gone = "<text:tracked-changes><text:deletion><text:p>coal</text:p></text:deletion></text:tracked-changes>"
    remark = "<office:annotation><dc:creator>Ola</dc:creator><text:p>really?</text:p></office:annotation>"
    note = "<text:note><text:note-citation>1</text:note-citation><text:p>A note</text:p></text:note>"
    body = f"<office:text>{gone}<text:p>Solar{remark} power{note} <text:change/>for all</text:p></office:text>"
    assert read_document(odt(body), "plan.odt") == "Solar power for all\n\nA note"


def test_a_heading_in_a_frame_of_an_odt_is_read_once() -> None:
    frame = "<draw:frame><svg:title>Photo</svg:title><draw:text-box><text:h>Plan</text:h></draw:text-box></draw:frame>"
    assert read_document(odt(f"<text:p>Solar{frame} power</text:p>"), "plan.odt") == "Solar power\n\nPlan"


def test_a_protected_odt_is_told() -> None:
    manifest = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    with pytest.raises(EncryptedDocument):
        read_document(archive(**{"content.xml": b"x", "META-INF__manifest.xml": manifest}), "plan.odt")


def test_html_is_read_as_seen() -> None:
    head = b"<!DOCTYPE html><html><head><title>x</title><style>a{}</style></head>"
    page = head + b"<body><p>Clean <b>air</b></p><script>1</script><li>bus</body>"
    assert read_document(page) == "Clean air\n\nbus"


def test_pdf_text_is_read() -> None:
    assert read_document(pdf(b"BT /F 12 Tf 50 700 Td (Electric buses and cleaner air) Tj ET")).startswith(
        "Electric buses"
    )


@pytest.mark.parametrize("hyphen", [b"-", b"\\001", b"\\002"])
def test_a_word_cut_at_the_end_of_a_line_of_a_pdf_is_joined(hyphen: bytes) -> None:
    lines = b"BT /F 12 Tf 50 700 Td (Electric buses and clean%s) Tj 0 -14 Td (er air) Tj ET" % hyphen
    assert read_document(pdf(lines, SOFT_AND_TRUE_HYPHEN)) == "Electric buses and cleaner air"


def test_a_word_of_a_pdf_is_joined_after_an_accent_that_stands_by_itself() -> None:
    lines = b"BT /F 12 Tf 50 700 Td (Electric buses for the me\\003-) Tj 0 -14 Td (sto) Tj ET"
    assert read_document(pdf(lines, SOFT_AND_TRUE_HYPHEN)) == "Electric buses for the me\u030csto"


def test_soft_hyphens_within_a_line_of_a_pdf_are_dropped() -> None:
    line = b"BT /F 12 Tf 50 700 Td (Elec\\001tric buses and long\\002term plans) Tj ET"
    assert read_document(pdf(line, SOFT_AND_TRUE_HYPHEN)) == "Electric buses and long\u2010term plans"


def test_a_scan_is_told() -> None:
    with pytest.raises(NoText, match="OCR"):
        read_document(pdf(b"0 0 100 100 re f"))


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (b"%PDF-1.7 nothing", "x.pdf", BrokenDocument),
        (b"PK\x03\x04 nothing", "x.docx", BrokenDocument),
        (b"hello", "x.pdf", BrokenDocument),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.docx", UnsupportedFormat),
        (b"\0\1\2\3" * 100, "x.bin", UnsupportedFormat),
        (archive(a=b"b"), "x.zip", UnsupportedFormat),
        (docx("<w:p>"), "x.docx", BrokenDocument),
        (docx("<w:p/>", '<!DOCTYPE x [<!ENTITY a "b">]>'), "x.docx", BrokenDocument),
        (docx("<w:p>" * 100_000), "x.docx", BrokenDocument),
        (archive(**{"word__other.xml": b""}), "x.docx", BrokenDocument),
        (b"  \n", "x.txt", NoText),
        (b"1 2 3", "x.txt", NoText),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(data: bytes, name: str, error: type[DocumentError]) -> None:
    with pytest.raises(error) as raised:
        read_document(data, name)
    assert "\n" not in str(raised.value)


def test_a_zip_bomb_is_not_unpacked() -> None:
    with pytest.raises(TooLarge):
        read_document(docx("<w:p><w:r><w:t>" + "a" * 40_000_000 + "</w:t></w:r></w:p>"), "x.docx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_every_encoding(encoding: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><x>&e8;</x>'
    if encoding != "utf-8":
        xml = f'<?xml version="1.0" encoding="{encoding}"?>' + xml
    with pytest.raises(BrokenDocument, match="own type"):
        read_document(archive(**{"word__document.xml": xml.encode(encoding)}), "x.docx")


def test_an_odt_nested_without_end_is_refused() -> None:
    spans = "<text:span>" * 50_000 + "</text:span>" * 50_000
    content = f"<office:document-content {ODT}><text:p>{spans}</text:p></office:document-content>".encode()
    with pytest.raises(BrokenDocument, match="nested"):
        read_document(archive(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": content}), "x.odt")


def test_limits_hold() -> None:
    with pytest.raises(TooLarge, match="bytes"):
        read_document(b"a" * 11, limits=ReadLimits(bytes=10))
    with pytest.raises(TooLarge, match="characters"):
        read_document(b"a" * 11, limits=ReadLimits(characters=10))


def test_legacy_and_marked_encodings_are_read() -> None:
    assert read_document("město šťastné".encode("cp1250")) == "město šťastné"
    assert read_document("víz".encode("utf-16")) == "víz"
    assert detect_format(b"# Plan\n") == "text"


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>"]),
    st.sampled_from(["", "x.docx", "x.odt"]),
)
def test_no_bytes_crash_a_reader(data: bytes, head: bytes, name: str) -> None:
    with contextlib.suppress(DocumentError):
        read_document(head + data, name)


@given(st.integers(min_value=0, max_value=2**32), st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"Plan "]))
def test_random_bytes_are_no_text(seed: int, head: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        read_document(head + random.Random(seed).randbytes(5000))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (gzip.compress(b"Electric buses"), "gzip"),
        (b"\x89PNG\r\n\x1a\n" + b"Electric buses", "PNG"),
        (b"\xff\xd8\xff\xe0" + b"Electric buses", "JPEG"),
        (b"{\\rtf1\\ansi Electric buses}", "RTF"),
        (b"PK\x05\x06" + bytes(18), "ZIP"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"%!PS-Adobe-3.0\n(Electric buses) show", "PostScript"),
        (b'<?xml version="1.0"?><kml>Electric buses</kml>', "XML"),
    ],
)
@pytest.mark.parametrize("name", ["", "plan.txt"])
def test_foreign_formats_are_refused_by_name(data: bytes, kind: str, name: str) -> None:
    with pytest.raises(UnsupportedFormat, match=f"the file is .*{kind}") as raised:
        read_document(data, name)
    assert "\n" not in str(raised.value)


CZECH = "Město Šternberk šetří energii, plánuje šťastnější život občanů a ťažké úlohy žen."
POLISH = "Miasto zwiększa udział źródeł odnawialnych: ŚRODOWISKO, PODRÓŻE, gęślą jaźń."
CHARSETS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "iso-8859-2", "utf-32"]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("text", [CZECH, POLISH, "Árvíztűrő tükörfúrógép a zöld városért"])
def test_text_is_read_in_every_usual_charset_named_or_not(text: str, charset: str) -> None:
    data = text.encode(charset)
    assert read_document(data, sent_as=ContentType("text/plain", charset)) == text
    if not (charset == "iso-8859-2" and text.startswith("Á")):  # It has the same letters in Windows-1250.
        assert read_document(data) == text


def test_the_charset_that_is_named_goes_before_every_other_sign() -> None:
    page = '<html><head><meta charset="utf-8"></head><body><p>mąż</p></body></html>'.encode("iso-8859-2")
    assert read_document(page, sent_as=ContentType("text/html", "iso-8859-2")) == "mąż"
    with pytest.raises(BrokenDocument, match="charset utf-8: byte 52"):
        read_document(page)


@pytest.mark.parametrize(
    "head",
    [
        '<html><head><meta charset="iso-8859-2"></head>',
        '<!doctype html><head><meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-2"></head>',
        '<?xml version="1.0" encoding="iso-8859-2"?><html><head></head>',
    ],
)
def test_a_page_names_its_charset(head: str) -> None:
    page = head + "<body><p>mąż i żona</p></body></html>"
    assert read_document(page.encode("iso-8859-2")) == "mąż i żona"
    assert read_document(b"\xef\xbb\xbf" + page.encode()) == "mąż i żona"
    assert read_document(page.replace("iso-8859-2", "utf-16").replace("ISO", "utf").encode("utf-16")) == "mąż i żona"


@pytest.mark.parametrize("charset", ["nonsense", "rot13", "utf-7", "unicode_escape", "base64", "a\0b", "ů", "x" * 999])
def test_an_unknown_charset_is_told(charset: str) -> None:
    with pytest.raises(UnsupportedFormat, match=r"charset .* is not known"):
        read_document(b"Electric buses", sent_as=ContentType("text/plain", charset))


def test_damage_is_told_rather_than_replaced() -> None:
    with pytest.raises(BrokenDocument, match="UTF-8 but damaged: byte 1,081"):
        read_document("město".encode() * 180 + b"\xc4 a")
    with pytest.raises(UnsupportedFormat, match="charset of the text cannot be told"):
        read_document(b"Electric \x83 buses")


@pytest.mark.parametrize(
    ("media_type", "name", "text"),
    [
        ("text/html", "", "Buses"),
        ("text/html", "plan", "Buses"),
        ("application/xhtml+xml", "plan.txt", "Buses"),
        ("", "plan.html", "Buses"),
        ("application/octet-stream", "plan.htm", "Buses"),
        ("text/plain", "", "<p>Buses</p><script>cars</script>"),
        ("text/markdown", "plan.html", "<p>Buses</p><script>cars</script>"),
        ("application/octet-stream", "", "<p>Buses</p><script>cars</script>"),
    ],
)
def test_the_media_type_goes_before_the_name(media_type: str, name: str, text: str) -> None:
    assert read_document(b"<p>Buses</p><script>cars</script>", name, sent_as=ContentType(media_type)) == text


def test_the_content_goes_before_the_media_type() -> None:
    data = docx("<w:p><w:r><w:t>Buses</w:t></w:r></w:p>")
    assert read_document(data, "plan.txt", sent_as=ContentType("text/plain")) == "Buses"
    with pytest.raises(BrokenDocument, match="sent as PDF but is none"):
        read_document(b"Buses", sent_as=ContentType("application/pdf"))


def test_the_header_is_read_as_it_is_written() -> None:
    assert ContentType.of(' Text/HTML; boundary=x; Charset="ISO-8859-2"') == ContentType("text/html", "ISO-8859-2")
    assert ContentType.of(None) == ContentType()
