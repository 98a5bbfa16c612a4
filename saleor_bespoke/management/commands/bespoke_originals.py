"""`bespoke_originals rotate | export FILE TARGET | key`: what a shop keeps of what really came."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.management.writing import private_file
from saleor_bespoke.media import originals
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.scratch import scratch_folder
from saleor_bespoke.media.store import bytes_delete, bytes_open, bytes_store


class Command(BaseCommand):
    """Encrypts kept originals with the first key, or writes one of them out."""

    help = "Rotate the key of kept originals, export one of them, or make a key."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("rotate", help="encrypt all of them with the first of FILES_KEYS")
        actions.add_parser("key", help="print a fresh key for FILES_KEYS")
        export = actions.add_parser("export", help="write one original as it came")
        export.add_argument("file", help="the file's id, a UUID")
        export.add_argument("target", help="where to write it; it must not exist")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        if action == "key":
            self.stdout.write(originals.key_new())
        elif action == "export":
            self._export(options["file"], Path(options["target"]))
        else:
            live = BespokeFile.objects.filter(erased_at=None).exclude(original_name="")
            done = sum(self._rotated(file) for file in live.iterator())
            what = "original was" if done == 1 else "originals were"
            self.stdout.write(f"{done} {what} encrypted anew.")

    def _export(self, pk: str, target: Path) -> None:
        try:
            file = BespokeFile.objects.get(pk=UUID(pk), erased_at=None)
        except (ValueError, BespokeFile.DoesNotExist):
            raise CommandError(f"There is no file {pk}.") from None
        if not file.original_name:
            raise CommandError("What came of this file was not kept.")
        self._decrypted(file, target)

    def _rotated(self, file: BespokeFile) -> bool:
        """Encrypt one anew: stored beside the old one, then named, then the old one removed."""
        with scratch_folder() as folder:
            sealed = bytes_open(file.original_name)
            try:
                if originals.of_first_key(sealed):
                    return False
            finally:
                sealed.close()
            plain, anew = folder / "plain", folder / "sealed"
            self._decrypted(file, plain)
            originals.encrypt(plain, anew, of=file.pk)
            old, new = file.original_name, bytes_store(anew)
        row = BespokeFile.objects.filter(pk=file.pk, original_name=old, erased_at=None)
        kept = row.update(original_name=new)
        bytes_delete(old if kept else new)
        return bool(kept)

    def _decrypted(self, file: BespokeFile, target: Path) -> None:
        sealed = bytes_open(file.original_name)
        try:
            with private_file(target) as plain:
                plain.writelines(originals.decrypt(sealed, of=file.pk))
        except originals.OriginalUnreadable as fault:
            raise CommandError(f"The original of file {file.pk} cannot be read. {fault}") from fault
        finally:
            sealed.close()
