// SPDX-License-Identifier: MIT
// main.cpp - the test runner of every test program.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
