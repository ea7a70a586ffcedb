"""The head of the page of `husk seccomp report`: style and script in it, and a policy that allows nothing else.

head.py STYLE SCRIPT writes it to standard output. The policy has the hashes of both, so that no other style or script of the
page is used, whatever has got into it.
"""

import base64
import hashlib
import re
import sys


def squeeze(path):
    """The file without its comment and indentation; a style also without the spaces beside its signs."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/\s*", "", file.read(), count=1, flags=re.DOTALL)
    text = "\n".join(line.strip() for line in text.splitlines())
    return re.sub(r"\s*([{};,]|:(?= ))\s*", r"\1", text) if path.endswith(".css") else text


def source(text):
    """The text as a policy names it."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


style, script = squeeze(sys.argv[1]), squeeze(sys.argv[2])
sys.stdout.write(
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    f"style-src {source(style)}; script-src {source(script)}; base-uri 'none'; form-action 'none'\">\n"
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    f"<style>{style}</style>\n<script>{script}</script>\n"
)
