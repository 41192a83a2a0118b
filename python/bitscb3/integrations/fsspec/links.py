# SPDX-License-Identifier: MIT
"""The links of a page by which a web server lists a folder."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote, unquote, urljoin, urlsplit

__all__ = ["find_children"]

_ALLOWED = "!$&'()*+,;=:@%-._~/"  # in the path of a URL, besides letters and digits


def find_children(page: str, url: str) -> list[str] | None:
    """The URLs of what lies directly in the folder `url`, folders with a slash at the end.

    Links elsewhere, with a query, or by a name that could lead out of a folder on disk are passed
    over: a page is what somebody else wrote.

    Args:
        page: HTML.
        url: Of the page; it ends in a slash.

    Returns:
        Sorted, without doubles; None: it is not the page of a folder, which links to something in
        it or to the folder above.
    """
    parser = _Links()
    parser.feed(page)
    above = urljoin(url, "..")
    children = set()
    is_folder = False
    for target in parser.targets:
        try:
            link = urljoin(url, quote(target.strip(), safe=_ALLOWED + "?#[]"))
            parts = urlsplit(link)
        except ValueError:
            continue
        if link == above != url:
            is_folder = True
        if parts.query or parts.fragment or not link.startswith(url):
            continue
        name = link[len(url) :]
        if name and _is_plain(unquote(name.removesuffix("/"))):
            children.add(link)
    return sorted(children) if children or is_folder else None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.targets += [value for name, value in attrs if name == "href" and value]


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..") and not any(c in "/\\" or c < " " for c in name)
