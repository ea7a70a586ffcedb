"""What husk has of config.json.example, for `husk spec`: the document without spaces, and without the profile, which is
husk's own and so in the program already.

config_example.py EXAMPLE writes it to standard output.
"""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    example = json.load(file)
del example["linux"]["seccomp"]
json.dump(example, sys.stdout, separators=(",", ":"), ensure_ascii=False)
