"""Writes the stubs of what the registry makes at import: the family classes and the update rules.

    python tools/make_stubs.py SOURCE OUTPUT

SOURCE is the repository, OUTPUT the folder for `__init__.pyi` and `updates.pyi`. The build runs it; it reads files as
text and imports nothing of the package.
"""

import ast
import re
import sys
from pathlib import Path


def registered(source: Path, kind: str) -> list[str]:
    """Names on the registry's lines of one kind."""
    text = (source / "cpp" / "natgrad" / "registry.def").read_text()
    return re.findall(rf"^{kind}\((\w+)\)", text, flags=re.MULTILINE)


def family_stub(source: Path, name: str) -> str:
    """The class of one family, with its constructor's arguments from the reference's dataclass fields."""
    path = source / "python" / "natgrad_native" / "reference" / "families" / f"{name}.py"
    wanted = "".join(part.capitalize() for part in name.split("_"))
    tree = ast.parse(path.read_text())
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == wanted)
    fields = [
        (node.target.id, ast.unparse(node.annotation), node.value is not None)
        for node in found.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    arguments = "".join(f", {field}: {kind}{' = ...' if default else ''}" for field, kind, default in fields)
    properties = "".join(f"    @property\n    def {field}(self) -> {kind}: ...\n" for field, kind, _ in fields)
    return f"class {wanted}(Family):\n    def __init__(self{arguments}) -> None: ...\n{properties}"


def package_stub(source: Path) -> str:
    """`__init__.pyi`: the package's imports, and the classes it makes."""
    text = (source / "python" / "natgrad_native" / "__init__.py").read_text()
    imports = [
        ast.unparse(node) for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) and node.level == 1
    ]
    lines = [re.sub(r"\b(\w+)(?=,|$)", r"\1 as \1", line) for line in imports]
    families = [family_stub(source, name) for name in registered(source, "FAMILY")]
    head = ["from . import models as models", *lines, "", "__version__: str", ""]
    return "\n".join(head) + "\n" + "\n".join(families)


def updates_stub(source: Path) -> str:
    """`updates.pyi`: the Update class, and one name a rule."""
    text = (source / "python" / "natgrad_native" / "updates.py").read_text()
    update = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == "Update")
    for method in update.body:
        if isinstance(method, ast.FunctionDef):
            method.body = [ast.Expr(ast.Constant(...))]
    head = "from typing import Any, Literal\nfrom numpy.typing import ArrayLike\nfrom .families import Family\n\n"
    rules = "".join(f"{name}: Update\n" for name in registered(source, "UPDATE"))
    return head + ast.unparse(update) + "\n\n" + rules


def main() -> None:
    """Write both stubs."""
    source, output = Path(sys.argv[1]), Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    (output / "__init__.pyi").write_text(package_stub(source))
    (output / "updates.pyi").write_text(updates_stub(source))


if __name__ == "__main__":
    main()
