"""What a file's name and declared type say about it, held against what it is.

Content alone decides. A name is refused where it could only deceive (a program's ending, letters
that turn the reading direction, a path); a claim is refused where it contradicts the content. Two
kinds of picture, or MP4 and MOV, are confused by honest programs every day and are healed.
"""

from __future__ import annotations

import re
import unicodedata

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.recognise import DOCUMENTS, IMAGES, VIDEOS, FileKind
from saleor_bespoke.media.refusals import not_allowed

#: The longest name that is taken, in characters; file systems end here too.
NAME_LENGTH_MAX = 255

#: What browsers put before a name to hide the real folder.
_FAKE_PATH = re.compile(r"^[A-Za-z]:\\fakepath\\")

#: Overrides and isolates that make a name read otherwise than it is. The marks that Arabic and
#: Hebrew names carry (200E, 200F, 061C) and the joiners of emoji are not among them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_TRICKS = re.compile(r"::\$|%00|;\.")
_ENDINGS = re.compile(r"[.;]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Endings that some program runs or a browser renders; nowhere in a name, not even before another.
#: Words that are also ends of web addresses (com, sh, pl, app) are left out: customers save
#: "ring www.example.com.jpg".
_ACTIVE = _words(
    "asp aspx bat cgi chm cmd cpl dll docm dylib exe hta htaccess htm html jar js jse jsp lnk mht "
    "mhtml mjs msi phar php php3 php4 php5 php7 phtml pif ps1 reg scr shtml svg svgz swf vb vbe "
    "vbs wasm wsf xht xhtml xsl xslt"
)

_OTHER_IMAGES = _words("apng bmp dib heics ico jp2 jxl pjp pjpeg tif tiff")
_OTHER_VIDEOS = _words("3g2 3gp 3gpp m4p mp4v")

#: Well-known endings of things that are none of our kinds.
_FOREIGN = _words(
    "7z aac avi bz2 csv dmg doc docx eml epub flac flv gz iso json key m4a mkv mp3 numbers odp ods "
    "odt ogg pages ppt pptx psd rar rtf tar tgz torrent wav webm wma wmv xls xlsx xml xz zip"
)

_IMAGE_TYPES = _words(
    "apng avif bmp gif heic heic-sequence heif heif-sequence jp2 jpeg jpg jxl pjpeg png tiff webp "
    "x-icon x-ms-bmp x-png"
)
_EXACT_TYPES = {
    "application/pdf": FileKind.PDF,
    "application/x-pdf": FileKind.PDF,
    "model/stl": FileKind.STL,
    "application/sla": FileKind.STL,
    "application/vnd.ms-pki.stl": FileKind.STL,
    "model/gltf-binary": FileKind.GLB,
    "model/obj": FileKind.OBJ,
    "model/vnd.3dm": FileKind.RHINO,
    "model/step": FileKind.STEP,
    "application/step": FileKind.STEP,
}
_FOREIGN_TYPES = _words(
    "image/svg+xml text/html application/xhtml+xml text/javascript application/javascript "
    "application/x-javascript text/xml application/xml application/zip "
    "application/x-zip-compressed application/x-rar-compressed application/vnd.rar "
    "application/x-7z-compressed application/x-msdownload application/x-msdos-program "
    "application/x-dosexec application/vnd.microsoft.portable-executable "
    "application/x-sh application/x-httpd-php application/java-archive "
    "application/msword application/json text/css text/csv text/rtf application/rtf"
)

_BY_SUFFIX = {suffix[1:]: kind for kind in FileKind for suffix in kind.suffixes}


def name_check(raw: str | None) -> None:
    """Refuse a name that is meant to deceive or cannot be one (FILE_NAME_REFUSED).

    No name at all is fine, and so is every language, emoji, the narrow space of screenshots and
    dots between words.
    """
    name = _FAKE_PATH.sub("", raw or "")
    if len(name) > NAME_LENGTH_MAX:
        raise _refused(f"A file's name may have at most {NAME_LENGTH_MAX} characters.")
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name):
        raise _refused("A file's name must not contain control characters.")
    if _TURNING & set(name):
        raise _refused("A file's name must not turn the direction in which it is read.")
    if "/" in name or "\\" in name or name.strip() in (".", ".."):
        raise _refused("A file's name must not be a path.")
    if _TRICKS.search(name) or set(_endings(name)) & _ACTIVE:
        raise _refused("A file's name must not end like a program or a web page.")


def claims_check(kind: FileKind, *, name: str | None, content_type: str | None) -> None:
    """Refuse a file whose name's ending or declared type contradicts its content.

    An unknown or missing ending or type claims nothing.
    """
    endings = _endings(_FAKE_PATH.sub("", name or ""))
    claimed = _of_ending(endings[-1]) if endings else None
    declared = _of_type((content_type or "").partition(";")[0].strip().lower())
    for found, what in ((claimed, "name"), (declared, "declared type")):
        if found is not None and kind not in found:
            raise not_allowed(f"This file is of kind {kind}, which its {what} contradicts.")


def _endings(name: str) -> list[str]:
    """What follows the dots of a name, in small letters; not the name's own first part.

    Systems that ignore dots and spaces at the end of a name do not hide an ending behind them.
    """
    folded = unicodedata.normalize("NFKC", name).strip(" .").lower()
    return [part.strip() for part in _ENDINGS.split(folded)[1:]]


def _of_ending(ending: str) -> frozenset[FileKind] | None:
    """The kinds an ending may stand for; None if it says nothing, empty if none of ours."""
    if ending in _FOREIGN:
        return frozenset()
    if ending in _OTHER_IMAGES:
        return IMAGES
    if ending in _OTHER_VIDEOS:
        return VIDEOS
    kind = _BY_SUFFIX.get(ending)
    return None if kind is None else _confused_with(kind)


def _of_type(content_type: str) -> frozenset[FileKind] | None:
    group, _, subtype = content_type.partition("/")
    if content_type in _FOREIGN_TYPES or group == "audio":
        return frozenset()
    if group == "image" and subtype in _IMAGE_TYPES:
        return IMAGES
    if group == "video":
        return VIDEOS
    kind = _EXACT_TYPES.get(content_type)
    return None if kind is None else _confused_with(kind)


def _confused_with(kind: FileKind) -> frozenset[FileKind]:
    """The kinds that honest programs write under each other's names, this one among them."""
    for family in (IMAGES, VIDEOS, DOCUMENTS):
        if kind in family:
            return family
    return frozenset({kind})


def _refused(message: str) -> BespokeError:
    return BespokeError(ErrorCode.FILE_NAME_REFUSED, message, field="file")
