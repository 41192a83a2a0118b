/* SPDX-License-Identifier: MIT */
/* contract_slots.c - in C, every method of every interface stands in the slot the contract gives
 * it, and no interface has a slot more. Compiling it is the test. */

#include <bitscb3/bits.h>

#include <assert.h>
#include <stddef.h>

#define SLOT(interface, method, slot)                                                              \
    static_assert(offsetof(interface##Vtbl, method) == (slot) * sizeof(void*),                     \
                  #interface "::" #method " is slot " #slot);
#define END(interface, slots)                                                                      \
    static_assert(sizeof(interface##Vtbl) == (slots) * sizeof(void*), #interface " ends there");
#include "contract_slots.inc"
