# SPDX-License-Identifier: MIT
"""Errors: the class by the code, and messages that say what to do."""

from __future__ import annotations

import errno
import inspect
import pickle

import pytest

import bitscb3
from bitscb3 import errors
from bitscb3.errors import BitsError, TransferError, from_code

CLASSES = {
    0x80200001: bitscb3.JobNotFoundError,
    0x80200002: bitscb3.InvalidStateError,
    0x80200003: bitscb3.InvalidStateError,
    0x80200013: bitscb3.RangesNotSupportedError,
    0x8020006D: bitscb3.RangesNotSupportedError,
    0x8020002B: bitscb3.TransferError,
    0x80190194: bitscb3.TransferError,
    0x801901F7: bitscb3.TransferError,
    0x80072EE7: bitscb3.TransferError,
    0x80072F8F: bitscb3.TransferError,
    0x80070020: bitscb3.JobLeasedError,
    0x80070003: bitscb3.FolderNotFoundError,
    0x8020006C: bitscb3.StoreError,
    0x80040154: bitscb3.BackendUnavailableError,
    0x80070422: bitscb3.BackendUnavailableError,
    0x80070424: bitscb3.BackendUnavailableError,
    0x800704DD: bitscb3.BackendUnavailableError,
    0x80080005: bitscb3.BackendUnavailableError,
    0x80010108: bitscb3.BackendUnavailableError,
    0x800706BA: bitscb3.BackendUnavailableError,
    0x800401FD: bitscb3.InvalidStateError,
    0x80004001: bitscb3.BitsError,
    0x80070005: bitscb3.BitsError,
}


@pytest.mark.parametrize("code", CLASSES, ids=hex)
def test_code_chooses_class(code: int) -> None:
    """The class of an error depends on its code alone."""
    assert type(from_code(code, 0, "some text")) is CLASSES[code]


@pytest.mark.parametrize(
    ("code", "name", "advice"),
    [
        (0x80070422, "ERROR_SERVICE_DISABLED", "sc config bits start= demand"),
        (0x80070424, "ERROR_SERVICE_DOES_NOT_EXIST", 'backend="engine"'),
        (0x800704DD, "ERROR_NOT_LOGGED_ON", "logged on"),
        (0x80080005, "CO_E_SERVER_EXEC_FAILURE", "Try again"),
        (0x800706BA, "RPC_S_SERVER_UNAVAILABLE", "Open a new Manager"),
        (0x80010108, "RPC_E_DISCONNECTED", "Open a new Manager"),
    ],
)
def test_unreachable_service(code: int, name: str, advice: str) -> None:
    """That the system's BITS cannot be reached is said with the cause, and what helps."""
    text = str(from_code(code, 0, ""))
    assert name in text
    assert "BITS" in text
    assert advice in text


def test_unreachable_whatever_the_code() -> None:
    """A service that could not be opened is unreachable, whatever code that failed with."""
    error = from_code(0x80070005, 0, "The system's BITS cannot be reached.", True)
    assert type(error) is bitscb3.BackendUnavailableError
    assert error.hresult == 0x80070005


def test_tree_is_drawn() -> None:
    """Every error class stands in the tree at the top of errors.py, and is public."""
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, BitsError):
            assert f"{name} " in (errors.__doc__ or "")
            assert name in bitscb3.__all__


def test_every_error_is_an_os_error() -> None:
    """`except OSError` catches every error of a call or a transfer."""
    assert issubclass(BitsError, OSError)
    assert issubclass(bitscb3.FolderNotFoundError, FileNotFoundError)


def test_attributes() -> None:
    """An error has the code, its name, and where it happened."""
    error = from_code(0x80200002, 2, "")
    assert error.hresult == 0x80200002
    assert error.name == "BG_E_INVALID_STATE"
    assert error.context is bitscb3.ErrorContext.GENERAL_QUEUE_MANAGER


def test_message_names_the_code_and_the_next_step() -> None:
    """A message tells the story, the code's name and what to do."""
    text = str(from_code(0x80200001, 0, "No such job."))
    assert text.startswith("No such job (BG_E_NOT_FOUND). ")
    assert "manager.jobs()" in text


def test_code_without_text_tells_its_own() -> None:
    """Without a story the code's own sentence is told."""
    assert "(BG_E_EMPTY)" in str(from_code(0x80200003, 0, ""))
    assert len(str(from_code(0x80200003, 0, ""))) > 40


def test_unknown_code() -> None:
    """A code nobody knows is a BitsError whose name is its number."""
    error = from_code(0xDEADBEEF, 99, "")
    assert type(error) is BitsError
    assert error.name == "0xDEADBEEF"
    assert error.context is bitscb3.ErrorContext.UNKNOWN


def test_unnamed_http_status() -> None:
    """An HTTP status that has no name of its own is still told."""
    assert from_code(0x801901AD, 5, "").name == "BG_E_HTTP_ERROR_429"


@pytest.mark.parametrize(
    ("code", "number"),
    [(0x80070070, errno.ENOSPC), (0x80070005, errno.EACCES), (0x80070003, errno.ENOENT)],
)
def test_errno(code: int, number: int) -> None:
    """An error of the local file system has the system's errno."""
    assert from_code(code, 4, "").errno == number


def test_errno_is_none_without_one() -> None:
    """An error that is not the system's has no errno."""
    assert from_code(0x80200002, 0, "").errno is None


def test_subject_is_named_once() -> None:
    """The subject begins the message, and a second one is not added."""
    error = from_code(0x80200002, 0, "No")
    error.about('job "a"')
    error.about('job "b"')
    assert str(error).startswith('job "a": No (')


def test_pickle() -> None:
    """An error survives pickling with every attribute, as multiprocessing needs it."""
    error = from_code(0x80190194, 5, "The server answered 404.")
    assert isinstance(error, TransferError)
    error.file, error.url = 3, "https://host/a"
    error.about('job "a"')
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), copy.hresult, copy.context) == (str(error), error.hresult, error.context)
    assert (copy.file, copy.url) == (3, "https://host/a")


def test_repr_names_class_and_code() -> None:
    """The repr of an error shows its class and the code's name."""
    assert repr(from_code(0x80200003, 0, "")).startswith("InvalidStateError(BG_E_EMPTY, ")


def test_table_is_of_known_codes() -> None:
    """Every code in the table has a name, is a family, or is one of Windows' own."""
    for code in errors._BY_CODE:
        family = code & 0xFF == 0
        windows = code >> 16 in (0x8007, 0x8001, 0x8008)
        assert family or windows or not errors.code_name(code).startswith("0x"), hex(code)
