# SPDX-License-Identifier: MIT
"""Shows that check_headers.py can fail: it has to find each error that is planted in a copy of the contract."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import mingw_headers
from check_headers import CONTRACT, IDS, ROOT, Contract, check

#: Errors to plant: file, what stands there, what is put in its place, and what is to be told.
PLANTS = [
    (
        "bits_types.h",
        "BG_NOTIFY_FILE_TRANSFERRED 0x0010u",
        "BG_NOTIFY_FILE_TRANSFERRED 0x0020u",
        ["BG_NOTIFY_FILE_TRANSFERRED: value"],
    ),
    (
        "bits_types.h",
        "BG_SIZE_UNKNOWN (~(UINT64)0)",
        "BG_SIZE_UNKNOWN (~(DWORD)0)",
        ["BG_SIZE_UNKNOWN: value"],
    ),
    ("bits_types.h", "#define BG_COPY_FILE_SACL 8u\n", "", ["BG_COPY_FILE_SACL: missing"]),
    (
        "bits_types.h",
        "BG_AUTH_SCHEME_NTLM = 3",
        "BG_AUTH_SCHEME_NTLM = 6",
        ["BG_AUTH_SCHEME_NTLM: value"],
    ),
    (
        "bits_types.h",
        "LPWSTR RemoteName;\n    LPWSTR LocalName;",
        "LPWSTR LocalName;\n    LPWSTR RemoteName;",
        ["BG_FILE_INFO.RemoteName: offset", "BG_FILE_INFO.LocalName: offset"],
    ),
    (
        "bits_types.h",
        "    BOOL Completed;",
        "    DWORD Completed;",
        ["BG_FILE_PROGRESS.Completed: type"],
    ),
    ("bits_codes.h", "0x80200003", "0x80200004", ["BG_E_EMPTY: value"]),
    (
        "bits_codes.h",
        "BITSCB3_HTTP_ERROR(416)",
        "BITSCB3_HTTP_ERROR(417)",
        ["BG_E_HTTP_ERROR_416: value"],
    ),
    (
        "bits_codes.h",
        "0x80072EE7",
        "0x80072EE8",
        ["BITSCB3_WINHTTP_ERROR_NAME_NOT_RESOLVED: value"],
    ),
    ("com.h", "0x8000000A", "0x8000000B", ["E_PENDING: value"]),
    ("com.h", "DWORD dwHighDateTime", "LONG dwHighDateTime", ["FILETIME.dwHighDateTime: type"]),
    (
        "bits_file.h",
        "SLOT(SetRemoteName, (THIS_ LPCWSTR Val))",
        "SLOT(SetRemoteName, (THIS_ LPCWSTR Val)) SLOT(Another, (THIS))",
        ["IBackgroundCopyFile2: length"],
    ),
    (
        "bits_job_http.h",
        "7 */ SLOT(SetCustomHeaders, (THIS_ LPCWSTR RequestHeaders))",
        "7 */ SLOT(SetSecurityFlags, (THIS_ ULONG Flags))",
        ["IBackgroundCopyJobHttpOptions::SetCustomHeaders: slot"],
    ),
    (
        "bits_job_http.h",
        "9 */ SLOT(SetSecurityFlags, (THIS_ ULONG Flags))",
        "9 */ SLOT(SetCustomHeaders, (THIS_ LPCWSTR RequestHeaders))",
        ["IBackgroundCopyJobHttpOptions::SetSecurityFlags: slot"],
    ),
    (
        "bits_manager.h",
        "DWORD dwFlags",
        "UINT64 dwFlags",
        ["IBackgroundCopyManager::EnumJobs: signature"],
    ),
    ("iids.c", "0x443c8934", "0x443c8935", ["IID_IBackgroundCopyJob3: id"]),
    (
        "iids.c",
        "0x09, 0x9c, 0x34, 0x6e",
        "0x09, 0x9c, 0x34, 0x6f",
        ["CLSID_BackgroundCopyManager2_0: id"],
    ),
]


def main() -> int:
    """Plants the errors; each has to be told, and nothing else."""
    theirs = mingw_headers.read(ROOT / CONTRACT)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(ROOT / CONTRACT, root / CONTRACT)
        (root / IDS).parent.mkdir()
        shutil.copy(ROOT / IDS, root / IDS)
        for file, old, new, _ in PLANTS:
            path = root / IDS if file == IDS.name else root / CONTRACT / "bitscb3" / file
            text = path.read_text(encoding="utf-8")
            if old not in text:
                raise SystemExit(f"{file} has no {old!r} to replace")
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        differences, _ = check(theirs, Contract.below(root), root)
    expected = {line for *_, lines in PLANTS for line in lines}
    for line in sorted(expected.symmetric_difference(differences)):
        print("not told:" if line in expected else "told without a reason:", line, file=sys.stderr)
    if expected != set(differences):
        return 1
    print(f"each of {len(PLANTS)} planted errors is told")
    return 0


if __name__ == "__main__":
    sys.exit(main())
