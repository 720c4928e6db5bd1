"""What the fields of a form on a page hold, as a browser would send them."""

from __future__ import annotations

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Reads the fields of one form; those outside of it are passed over."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.is_inside = form_id, False
        self.found: dict[str, str] = {}
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = of.get("id") == self.form_id
        elif self.is_inside and tag == "input" and "name" in of:
            is_choice = of.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in of:
                self.found[of["name"]] = of.get("value", "")
        elif self.is_inside and tag == "select":
            self.select = of["name"]
        elif self.select and tag == "option" and ("selected" in of or self.select not in self.found):
            self.found[self.select] = of["value"]
        elif self.is_inside and tag == "textarea":
            self.textarea = of["name"]
            self.found[self.textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.found[self.textarea] += data


def fields_of(page: str, form_id: str) -> dict[str, str]:
    """Names and values."""
    reader = _Fields(form_id)
    reader.feed(page)
    assert reader.found, f"there is no form {form_id} with fields"
    return reader.found
