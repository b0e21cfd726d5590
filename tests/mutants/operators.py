"""Mutants: small changes of the code that a test should notice."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
ARITHMETIC: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.FloorDiv(),
    ast.Div: ast.Mult(),
    ast.FloorDiv: ast.Mult(),
}


LAYOUT_CALLS = {"hide_gridlines", "set_column", "set_row"}
SHEET_COLUMN = "SheetColumn"
LAYOUT_OPTIONS = {"font_size", "full_width", "gap", "height", "indent", "overlap", "size", "width"}
LAYOUT_NAMES = {"_WIDTHS", *LAYOUT_OPTIONS}
"""Sizes in report.xlsx and indents of JSON, which no test judges: statements that are one of these
calls, a number given to `SheetColumn`, the options, and what is assigned to the names."""
ASSERTIONS = {"strict"}
"""An option of `zip` that only raises where the program is wrong."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one expression or statement.

    Attributes:
        path: the file, relative to the project's folder.
        line: the first line of the change, from 1.
        before: the code that is replaced.
        after: its replacement.
        source: the text of the changed file.
    """

    path: Path
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {_one_line(self.before)}  ->  {_one_line(self.after)}"


def find_mutants(path: Path, source: str) -> Iterator[Mutant]:
    """Find all mutants of a module, in the order of its lines.

    Messages, annotations, decorators, default values of parameters and fields, the sizes of
    columns, rows and charts of report.xlsx, and the indents of JSON are not changed.
    """
    lines = source.encode().splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    text = source.encode()
    for node in _executable_nodes(ast.parse(source)):
        for replacement in _replacements(node):
            start = offsets[node.lineno - 1] + node.col_offset
            end = offsets[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            after = ast.unparse(replacement)
            if isinstance(node, ast.expr):
                after = f"({after})"
            changed = (text[:start] + after.encode() + text[end:]).decode()
            yield Mutant(path, node.lineno, text[start:end].decode(), after, changed)


def _executable_nodes(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr | ast.Raise) or _is_layout(tree, node):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for statement in node.body:
                if isinstance(node, ast.ClassDef) and isinstance(statement, ast.AnnAssign):
                    continue
                yield from _executable_nodes(ast.Module([statement], []))
            continue
        if isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from _executable_nodes(ast.Expression(node.value))
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        yield from _executable_nodes(node)


def _is_layout(parent: ast.AST, node: ast.AST) -> bool:
    """Whether a node, a child of `parent`, only decides how large something is drawn."""
    match parent, node:
        case _, ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in LAYOUT_CALLS
        case ast.Call(func=ast.Name(id=name)), ast.Constant():
            return name == SHEET_COLUMN and type(node.value) is int
        case ast.keyword(arg=str(name)), ast.expr():
            return name in LAYOUT_OPTIONS | ASSERTIONS
        case _, ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name in LAYOUT_NAMES
        case ast.Dict(keys=keys, values=values), ast.expr() if node in values:
            key = keys[values.index(node)]
            return isinstance(key, ast.Constant) and key.value in LAYOUT_OPTIONS
    return False


def _replacements(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:  # noqa: C901 - a table
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                changed = copy.deepcopy(node)
                changed.ops[index] = COMPARISONS[type(operator)]
                yield changed
        case ast.BoolOp(op=ast.And()):
            yield ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp(op=ast.Or()):
            yield ast.BoolOp(ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=operator) if type(operator) in ARITHMETIC:
            yield ast.BinOp(node.left, ARITHMETIC[type(operator)], node.right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Return(value=ast.expr()) if not _is_none_or_false(node.value):
            yield ast.Return(ast.Constant(None))
        case ast.Continue():
            yield ast.Break()


def _is_none_or_false(node: ast.expr | None) -> bool:
    """Whether callers could not tell the value from None; False is also changed to True."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _one_line(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 70 else f"{line[:70]}…"
