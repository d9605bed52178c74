#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: check_schema.py SCHEMA FILE: FILE holds a JSON array of documents. For each, a line: "valid", or where and
why the schema refuses it. Exit code 3 where python3-jsonschema is missing."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)


def verdict(validator, document):
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is None:
        return "valid"
    place = "".join(f"/{step}" for step in error.absolute_path)
    return f"{place} {error.message}"[:200].replace("\n", " ")


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
with open(sys.argv[2], encoding="utf-8") as file:
    documents = json.load(file)
validator = jsonschema.Draft7Validator(schema)
for document in documents:
    print(verdict(validator, document))
