// The extension module `_cpu`: the processor's level, asked before any module built for a level is loaded.
#include <Python.h>

#include "cpu/level.hpp"

namespace {

PyObject* machine_level(PyObject*, PyObject*) { return PyLong_FromLong(natgrad_machine_level()); }

PyMethodDef methods[] = {
    {"machine_level", machine_level, METH_NOARGS, "0, 1 or 2: the processor runs x86-64-v2, v3 or v4."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_cpu", "What the processor can run.", -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__cpu() { return PyModule_Create(&definition); }
