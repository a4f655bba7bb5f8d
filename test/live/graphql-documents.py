"""Prints the GraphQL documents of an unpacked dbt-mcp as JSON, each under the name that it has there.

Those in files end in .gql; those in client.py are texts, some of them put together from several.
"""
import ast
import json
import pathlib
import sys


def text_of(node, known):
    """The text that an expression comes to, or None where that takes more than joining texts."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [text_of(left, known), text_of(right, known)]
            return None if None in parts else "".join(parts)
        # textwrap.dedent: white space means nothing in GraphQL.
        case ast.Call(func=ast.Attribute(attr="dedent"), args=[argument]):
            return text_of(argument, known)
    return None


folder = pathlib.Path(sys.argv[1]) / "dbt_mcp" / "discovery"
documents = {file.name: file.read_text() for file in sorted(folder.rglob("*.gql"))}
for scope in ast.walk(ast.parse((folder / "client.py").read_text())):
    if not isinstance(scope, ast.ClassDef):
        continue
    known = {}
    for statement in scope.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name] = text_of(value, known)
    documents |= {name: text for name, text in known.items() if text and text.strip().startswith("query")}
json.dump(documents, sys.stdout)
