"""Between SQLite and the disk: what it writes, cuts off, syncs and deletes is noted on its way, in order.

SQLite itself is the real one; a copy of its own file system layer (VFS) is put in front as the default, so whoever
opens a database meanwhile need not know. Works where Python's SQLite shows its functions to `ctypes`; `is_possible`
tells.
"""

import ctypes
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p, cast, memmove, sizeof
from pathlib import Path
from typing import Any

from msgspec import Struct

SQLITE_OK = 0
NAME = b"noted"


class Note(Struct, frozen=True):
    """One thing done to a file: `write` (with `data` at `offset`), `cut` (to `offset` bytes), `sync` or `delete`."""

    what: str
    file: str
    offset: int = 0
    data: bytes = b""


class _Methods(Structure):
    """sqlite3_io_methods up to what is replaced; the tail is carried along as it is."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("tail", c_void_p * 13),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


class _Vfs(Structure):
    """sqlite3_vfs; only names, open and delete are touched."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("most_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("tail", c_void_p * 14),
    )


#: Names stay pointers: SQLite keeps them, and reads on behind their end.
_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, POINTER(c_int))
_Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)
#: Methods of the second and third version; a struct of the first has none of them, and they must not be read there.
_TAIL_OF = {1: 7, 2: 11, 3: 13}


def is_possible() -> bool:
    """Tell whether this Python's SQLite can be listened to."""
    try:
        return bool(_library().sqlite3_vfs_find(None))
    except (AttributeError, OSError):
        return False


def _library() -> Any:
    import _sqlite3  # noqa: PLC0415 - only its file is wanted, and it need not be one everywhere

    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = c_void_p
    library.sqlite3_vfs_find.argtypes = (c_char_p,)
    library.sqlite3_vfs_register.argtypes = (c_void_p, c_int)
    library.sqlite3_vfs_unregister.argtypes = (c_void_p,)
    return library


class _Layer:
    """Our VFS, and what must stay alive while SQLite may call it."""

    def __init__(self, original: int, notes: list[Note]) -> None:
        self._original = original
        self._notes = notes
        self._names: dict[int, str] = {}
        self._methods: dict[int, _Methods] = {}
        self._kept: list[object] = []
        self.vfs = _Vfs()
        memmove(byref(self.vfs), original, sizeof(_Vfs))
        self._open, self._delete = _Open(self.vfs.open), _Delete(self.vfs.delete)
        self.vfs.name = NAME
        self.vfs.open = self._keep(_Open(self._on_open))
        self.vfs.delete = self._keep(_Delete(self._on_delete))

    def _keep(self, function: Any) -> int | None:
        self._kept.append(function)
        return cast(function, c_void_p).value

    def _on_open(self, _: int, name: int | None, file: Any, flags: int, out: Any) -> int:
        code = self._open(self._original, name, file, flags, out)
        if code == SQLITE_OK and name is not None and file.contents.methods:
            self._names[cast(file, c_void_p).value or 0] = _file_of(name)
            file.contents.methods = ctypes.pointer(self._noting(file.contents.methods))
        return int(code)

    def _on_delete(self, _: int, name: int, syncs: int) -> int:
        self._notes.append(Note("delete", _file_of(name)))
        return int(self._delete(self._original, name, syncs))

    def _noting(self, methods: Any) -> _Methods:
        """The methods of a file with ours in front, made once for each set of methods SQLite has."""
        address = cast(methods, c_void_p).value or 0
        if address in self._methods:
            return self._methods[address]
        theirs, ours = methods.contents, _Methods()
        size = _Methods.tail.offset + _TAIL_OF[min(theirs.version, 3)] * sizeof(c_void_p)
        memmove(byref(ours), address, size)
        ours.version = min(theirs.version, 3)
        write, truncate, sync = _Write(theirs.write), _Truncate(theirs.truncate), _Sync(theirs.sync)

        def on_write(file: int, data: int, size: int, offset: int) -> int:
            self._notes.append(Note("write", self._names[file], offset, ctypes.string_at(data, size)))
            return int(write(file, data, size, offset))

        def on_truncate(file: int, size: int) -> int:
            self._notes.append(Note("cut", self._names[file], size))
            return int(truncate(file, size))

        def on_sync(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self._notes.append(Note("sync", self._names[file]))
            return code

        ours.write = self._keep(_Write(on_write))
        ours.truncate = self._keep(_Truncate(on_truncate))
        ours.sync = self._keep(_Sync(on_sync))
        self._methods[address] = ours
        return ours


def _file_of(name: int) -> str:
    return Path(ctypes.string_at(name).decode()).name


@contextmanager
def noted() -> Iterator[list[Note]]:
    """Note what is done to the files of every database that is opened and closed meanwhile."""
    library, notes = _library(), list[Note]()
    original = library.sqlite3_vfs_find(None)
    layer = _Layer(original, notes)
    if library.sqlite3_vfs_register(byref(layer.vfs), 1) != SQLITE_OK:
        raise sqlite3.OperationalError("SQLite takes no other file system layer")
    try:
        yield notes
    finally:
        library.sqlite3_vfs_register(original, 1)
        library.sqlite3_vfs_unregister(byref(layer.vfs))
