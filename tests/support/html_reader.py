"""What a browser would make of HTML: its tags, their attributes, and the text."""

from html.parser import HTMLParser


class Reader(HTMLParser):
    """Reads a page at once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str | None]] = {}
        self.words = ""
        self.feed(page)

    @property
    def links(self) -> list[str | None]:
        """Whatever the page leads to or loads."""
        return self.attributes.get("href", []) + self.attributes.get("src", [])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        self.words += f"{data} "
