"""Write a file whole or not at all."""

import errno
import os
import secrets
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], data: bytes, *, replace: bool = True) -> None:
    """Put `data` into `path` so that a crash leaves either the old file or the new one.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the
    old file's place in one step. When anything fails the temporary file is removed, the old
    file is as it was, and the failure is raised (an `OSError` when it is the disk's). A device or
    a pipe is refused, for it would become a file. Without `replace` a file that is there, be it
    since a moment ago, is left as it is, and FileExistsError raised.
    """
    if is_special(path):
        raise OSError(errno.EINVAL, "a device or a pipe")
    # A link keeps pointing to the file it points to; only that file is replaced.
    target = Path(os.path.realpath(path))
    # Of the name only a part: with what is added, the longest would be too long for the disk.
    temporary = target.with_name(f".{target.name[:40]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        _write_to_disk(temporary, data)
        take_place(temporary, target, replace=replace)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(target.parent)


def take_place(temporary: Path, target: Path, *, replace: bool = True) -> None:
    """Give the file `temporary` the name `target` in one step, with the permissions of the old one.

    Without `replace` there must be no old one: FileExistsError, and nothing is changed.
    """
    if not replace:
        _take_free_place(temporary, target)
        return
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o777)
    temporary.replace(target)


def _take_free_place(temporary: Path, target: Path) -> None:
    try:
        # Unlike a renaming, a link replaces nothing: of two programs at once one fails.
        target.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        # Disks without links, such as FAT: an empty file holds the place for a moment.
        target.touch(exist_ok=False)
        try:
            temporary.replace(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    else:
        temporary.unlink()


def is_special(path: str | os.PathLike[str]) -> bool:
    """Tell whether there is something at `path` that is neither a file nor a folder."""
    place = Path(path)
    return place.exists() and not (place.is_file() or place.is_dir())


def _write_to_disk(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Make the new name survive a power cut, on systems that can flush a folder."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
