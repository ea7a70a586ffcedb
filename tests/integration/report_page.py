"""The page of `husk seccomp report`, read as a browser reads it: report_page.py PAGE prints its text.

One line for each heading and paragraph, one for each row of a table with its cells separated by " | ". It ends with an error if
the page has an element, attribute or address that none of husk's pages has, or a style or script that its policy does not name.
"""

import base64
import hashlib
import html.parser
import re
import sys

ELEMENTS = set(
    "html head meta title style script body h1 h2 p nav ul li a label input output main section table thead tbody tr th td b code"
    " details summary".split()
)
ATTRIBUTES = set("lang charset http-equiv content name id class href scope open hidden type autocomplete aria-label aria-live".split())
LINES = set("title h1 h2 p li tr summary label".split())


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.line, self.inside, self.policy, self.ids, self.links = "", None, "", [], []

    def handle_starttag(self, tag, attributes):
        assert tag in ELEMENTS, f"element {tag}"
        for name, value in attributes:
            assert name in ATTRIBUTES, f"attribute {name} of {tag}"
            if name == "href":
                assert value.startswith("#"), f"address {value}"
                self.links.append(value[1:])
            if name == "id":
                self.ids.append(value)
        if ("http-equiv", "Content-Security-Policy") in attributes:
            self.policy = dict(attributes)["content"]
        if tag in ("style", "script"):
            self.inside = tag
        elif tag in LINES:
            self.end_line()
        elif tag in ("td", "th") and self.line:
            self.line += " | "

    def handle_endtag(self, tag):
        if tag in LINES or tag in ("table", "section"):
            self.end_line()
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
            assert f"{self.inside}-src 'sha256-{digest}'" in self.policy, f"{self.inside} is not the policy's"
        else:
            self.line += data.replace("\n", "")

    def end_line(self):
        if self.line:
            print(self.line)
        self.line = ""


with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), "a control character"
page = Page()
page.feed(text)
page.close()
page.end_line()
assert "default-src 'none'" in page.policy and "unsafe" not in page.policy, page.policy
assert len(set(page.ids)) == len(page.ids), "an id occurs twice"
assert set(page.links) <= set(page.ids), f"dead links: {set(page.links) - set(page.ids)}"
