"""A job's folder on storage: a folder that every node sees, or a bucket (s3://, gs://), by Arrow's file systems, as Ray Train's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath

from pyarrow import fs

from .faults import InputInvalid


def refuse_outside(name: str) -> None:
    """Whoever may write to a bucket names its files: none leads out of the folder that it is fetched into."""
    if "\\" in name or ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
        raise InputInvalid(f"the storage has a file named {name!r}, which leads out of its folder")


class Storage:
    def __init__(self, url: str) -> None:
        self.url = url
        self.is_folder = "://" not in url
        self._files, root = (fs.LocalFileSystem(), url) if self.is_folder else fs.FileSystem.from_uri(url)
        self._root = root.rstrip("/")

    def place(self, name: str) -> str:
        """As the file system names it; `..` goes up."""
        return os.path.normpath(f"{self._root}/{name}")

    def names(self, folder: str = "", deep: bool = True) -> list[str]:
        """Of the files in a folder, and below it, as seen from it."""
        return sorted(self.sizes(folder, deep))

    def sizes(self, folder: str = "", deep: bool = True) -> dict[str, int]:
        """The same with their bytes."""
        place = self.place(folder)
        found = self._files.get_file_info(fs.FileSelector(place, allow_not_found=True, recursive=deep))
        files = [one for one in found if one.type == fs.FileType.File]
        sizes = {str(PurePosixPath(one.path).relative_to(place)): one.size for one in files}
        for name in sizes:
            refuse_outside(name)
        return sizes

    def has(self, name: str) -> bool:
        return self._files.get_file_info(self.place(name)).type == fs.FileType.File

    def read(self, name: str) -> bytes:
        with self._files.open_input_stream(self.place(name)) as stream:
            return stream.read()

    def fetch(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._files.open_input_stream(self.place(name)) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 22)

    def send(self, source: Path, name: str) -> None:
        """Whole or not at all: a bucket has an object when it is complete, a folder by its renaming."""
        place = self.place(name)
        if self.is_folder:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(f"{place}.tmp")
            shutil.copyfile(source, temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(place)
            return
        with source.open("rb") as file, self._files.open_output_stream(place) as sink:
            shutil.copyfileobj(file, sink, 1 << 22)

    def remove_folder(self, name: str) -> None:
        place = self.place(name)
        if self._files.get_file_info(place).type == fs.FileType.Directory:
            self._files.delete_dir(place)
