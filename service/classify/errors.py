"""Everything that can go wrong when a text is classified, told in one line.

ClassificationError
├── DocumentError            the file cannot be read as text
│   ├── UnsupportedFormat    not one of the formats we read
│   ├── BrokenDocument       damaged, truncated, or not what its name says
│   ├── EncryptedDocument    needs a password
│   ├── NoText               scanned pages, or nothing at all
│   └── TooLarge             beyond a limit: bytes, unpacked bytes, pages or characters
├── AddressRefused           an address that is not on the allow-list
├── AddressFailed            an address that does not answer as it should
├── TooBusy                  more texts wait than can be classified soon
├── TookTooLong              the time limit has passed
├── WorkerDied               out of memory, or a crash
├── UnknownLanguage          no passage is in a language that has a lexicon
├── InvalidRecord            a line of the bulk interface is not what it must be
├── LexiconError             a lexicon file is wrong
├── LabelsError              a file of labelled passages is wrong
├── SemanticMissing          ranking by meaning is asked for and not installed
└── ModelError               the weights are missing, or belong to another version
"""

from __future__ import annotations


class ClassificationError(Exception):
    """The root; `str()` is one line for a person."""

    status = 422


class DocumentError(ClassificationError):
    """The file cannot be read as text."""


class UnsupportedFormat(DocumentError):
    """Not one of the formats we read."""

    status = 415


class BrokenDocument(DocumentError):
    """Damaged, truncated, or not what its name says."""


class EncryptedDocument(DocumentError):
    """Needs a password that we do not have."""


class NoText(DocumentError):
    """Holds pictures of pages, or nothing."""


class TooLarge(DocumentError):
    """Beyond a limit of size, pages or unpacked bytes."""

    status = 413


class AddressRefused(ClassificationError):
    """An address that is not on the allow-list."""

    status = 403


class AddressFailed(ClassificationError):
    """An address that does not answer as it should."""

    status = 502


class TooBusy(ClassificationError):
    """More requests wait than can be served soon."""

    status = 429


class TookTooLong(ClassificationError):
    """The time limit has passed."""

    status = 503


class WorkerDied(ClassificationError):
    """The worker ran out of memory or crashed."""

    status = 507


class UnknownLanguage(ClassificationError):
    """No passage is in a language that has a lexicon."""


class InvalidRecord(ClassificationError):
    """A record of the bulk interface that is not what it must be."""

    status = 400


class LexiconError(ClassificationError):
    """A lexicon file is wrong."""

    status = 500


class LabelsError(ClassificationError):
    """A file of labelled passages is wrong."""

    status = 500


class SemanticMissing(ClassificationError):
    """Ranking by meaning is asked for, and the extra for it is not installed."""

    status = 501


class ModelError(ClassificationError):
    """The weights are missing or belong to another version."""

    status = 500
