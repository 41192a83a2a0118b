// SPDX-License-Identifier: MIT
// com_traits.hpp - each interface's IID and parent, as the compiler needs them.

#pragma once

#include <bitscb3/bits.h>

#include <cstring>
#include <type_traits>

namespace bitscb3 {

template<class Interface>
struct ComTraits;

#define BITSCB3_COM_TRAITS(Interface, Parent)                                                      \
    template<>                                                                                     \
    struct ComTraits<Interface> {                                                                  \
        using parent = Parent;                                                                     \
        static const IID& iid() noexcept { return IID_##Interface; }                               \
    }

BITSCB3_COM_TRAITS(IUnknown, void);
BITSCB3_COM_TRAITS(IBackgroundCopyManager, IUnknown);
BITSCB3_COM_TRAITS(IEnumBackgroundCopyJobs, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyError, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyJob, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyJob2, IBackgroundCopyJob);
BITSCB3_COM_TRAITS(IBackgroundCopyJob3, IBackgroundCopyJob2);
BITSCB3_COM_TRAITS(IBackgroundCopyJob4, IBackgroundCopyJob3);
BITSCB3_COM_TRAITS(IBackgroundCopyJob5, IBackgroundCopyJob4);
BITSCB3_COM_TRAITS(IBackgroundCopyJobHttpOptions, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyJobHttpOptions2, IBackgroundCopyJobHttpOptions);
BITSCB3_COM_TRAITS(IBackgroundCopyJobHttpOptions3, IBackgroundCopyJobHttpOptions2);
BITSCB3_COM_TRAITS(IBackgroundCopyServerCertificateValidationCallback, IUnknown);
BITSCB3_COM_TRAITS(IBitsTokenOptions, IUnknown);
BITSCB3_COM_TRAITS(IBitsPeerCacheAdministration, IUnknown);
BITSCB3_COM_TRAITS(IEnumBitsPeerCacheRecords, IUnknown);
BITSCB3_COM_TRAITS(IEnumBitsPeers, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyFile, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyFile2, IBackgroundCopyFile);
BITSCB3_COM_TRAITS(IBackgroundCopyFile3, IBackgroundCopyFile2);
BITSCB3_COM_TRAITS(IBackgroundCopyFile4, IBackgroundCopyFile3);
BITSCB3_COM_TRAITS(IBackgroundCopyFile5, IBackgroundCopyFile4);
BITSCB3_COM_TRAITS(IBackgroundCopyFile6, IBackgroundCopyFile5);
BITSCB3_COM_TRAITS(IEnumBackgroundCopyFiles, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyCallback, IUnknown);
BITSCB3_COM_TRAITS(IBackgroundCopyCallback2, IBackgroundCopyCallback);
BITSCB3_COM_TRAITS(IBackgroundCopyCallback3, IBackgroundCopyCallback2);

#undef BITSCB3_COM_TRAITS

template<class Interface>
inline const IID& iid_of = ComTraits<Interface>::iid();

template<class Interface>
using parent_of = typename ComTraits<Interface>::parent;

[[nodiscard]] inline bool same_iid(REFIID a, REFIID b) noexcept {
    return std::memcmp(&a, &b, sizeof(IID)) == 0;
}

} // namespace bitscb3
