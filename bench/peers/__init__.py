"""What others do in what time: every line of the table in `table.py`, ours beside each peer, in one command.

    python bench/peers                           the whole table
    python bench/peers --quick --only Gamma      some lines of it, roughly
    python bench/peers --markdown docs/speed.md  the page of the documentation

One file a peer. Each peer runs in a process of its own (`worker.py`), so that its threads, its BLAS and even its Python
are its own, and there holds points as suits it best (`forms.py`). A peer's module has `versions()`,
`prepare(family, operation, operands)`, the call to be timed or None where it has none, and `parts(answer)`, the answer
as NumPy arrays.
"""
