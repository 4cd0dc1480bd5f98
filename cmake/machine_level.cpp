// Exit code: the index of this machine's level among x86-64-v2, v3, v4.
#include "cpu/level.hpp"

int main() { return natgrad_machine_level(); }
