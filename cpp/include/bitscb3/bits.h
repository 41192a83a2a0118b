/* SPDX-License-Identifier: MIT */
/* bits.h - the contract: every interface, structure and code of BITS, for C and C++.
 * A program written against the Windows SDK's headers compiles against this one, with u"" for L""
 * and bitscb3_create_manager() (engine.h) for CoCreateInstance.
 */

#ifndef BITSCB3_BITS_H
#define BITSCB3_BITS_H

#include <bitscb3/bits_callback.h>
#include <bitscb3/bits_codes.h>
#include <bitscb3/bits_file.h>
#include <bitscb3/bits_job.h>
#include <bitscb3/bits_job_http.h>
#include <bitscb3/bits_manager.h>
#include <bitscb3/bits_peers.h>
#include <bitscb3/bits_types.h>
#include <bitscb3/com.h>

#endif
