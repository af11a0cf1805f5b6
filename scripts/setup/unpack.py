"""Takes files out of a .zip, .whl or .tgz with nothing but Python's own library.

unpack.py ARCHIVE FOLDER PATTERN...   patterns as of fnmatch; keeps modes and symbolic links; refuses to write
outside FOLDER.
"""

import fnmatch
import os
import stat
import sys
import tarfile
import zipfile


def target(folder: str, name: str) -> str:
    path = os.path.realpath(os.path.join(folder, name))
    if not path.startswith(os.path.realpath(folder) + os.sep):
        sys.exit(f"{name} would be written outside its folder.")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def copy(source, path: str, mode: int) -> None:
    with open(path, "wb") as out:
        while chunk := source.read(1 << 20):
            out.write(chunk)
    os.chmod(path, mode or 0o644)


def main() -> None:
    archive, folder, patterns = sys.argv[1], sys.argv[2], sys.argv[3:]
    wanted = lambda name: any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    count = 0
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as z:
            for entry in z.infolist():
                if entry.is_dir() or not wanted(entry.filename):
                    continue
                count += 1
                mode = entry.external_attr >> 16
                path = target(folder, entry.filename)
                if stat.S_ISLNK(mode):
                    os.symlink(z.read(entry).decode(), path)
                    target(folder, os.path.relpath(os.path.realpath(path), folder))
                else:
                    with z.open(entry) as source:
                        copy(source, path, mode & 0o777)
    else:
        with tarfile.open(archive, "r:*") as t:
            for entry in t:
                if entry.isfile() and wanted(entry.name):
                    count += 1
                    copy(t.extractfile(entry), target(folder, entry.name), entry.mode & 0o777)
    if count == 0:
        sys.exit(f"Nothing in {os.path.basename(archive)} is named like {' or '.join(patterns)}.")


main()
