"""What the specification asks for, as properties/ and requirements/ list it, and the tests tagged "proves: NAME"."""
import collections
import glob
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(TOP, "tests", "conformance")
DOCUMENTS = ["config", "config-linux", "runtime", "runtime-linux", "features", "features-linux", "bundle", "glossary", "spec"]
ELSEWHERE = "not asked of a Linux runtime: "

# mark: "!" a value that has no effect of its own, "-" a property that husk ignores, "" any other
Property = collections.namedtuple("Property", "document section name mark since text")
Requirement = collections.namedtuple("Requirement", "document section name sentence text")
Test = collections.namedtuple("Test", "file name")


def rows(directory, document):
    """(section, line) of each line of a list."""
    path = os.path.join(HERE, directory, document)
    section = None
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("[") and line.endswith("]"):
                section = line[1:-1]
            elif line and not line.startswith("#"):
                yield section, line


def properties():
    for document in DOCUMENTS:
        for section, line in rows("properties", document):
            name, since, text = line.split("\t")
            mark = name[0] if name[0] in "!-" else ""
            yield Property(document, section, name[len(mark) :], mark, since, text)


def requirements():
    for document in DOCUMENTS:
        for section, line in rows("requirements", document):
            sentence, name, text = line.split(" ", 2)
            yield Requirement(document, section, name, sentence, text)


def bats_test(lines, index):
    match = re.match(r"@test ([\"'])(.*)\1 \{", lines[index])
    return match and match.group(2)


def cmocka_test(lines, index):
    match = index + 1 < len(lines) and re.match(r"(test_\w+|\w+) \(void \*\*state\)", lines[index + 1])
    return match and match.group(1)


def tests():
    """name -> the tests that prove it. A tag is above its test, with nothing but comments between."""
    proofs = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(TOP, "tests", "**", "*"), recursive=True)):
        if not path.endswith((".bats", ".c")):
            continue
        find = bats_test if path.endswith(".bats") else cmocka_test
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        waiting = []
        for index, line in enumerate(lines):
            tag = re.match(r"(?:#|//|/\*) proves: (.*?)(?: \*/)?$", line)
            if tag:
                waiting += re.findall(r"step:\w+ \S+|\S+", tag.group(1))
            elif waiting and not line.startswith(("#", "//", "/*", " *")):
                test = find(lines, index)
                if not test:
                    raise SystemExit(f"{os.path.relpath(path, TOP)}:{index + 1}: a test should follow on its tag")
                for name in waiting:
                    proofs[name].append(Test(os.path.relpath(path, TOP), test))
                waiting = []
    return proofs
