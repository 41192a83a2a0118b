/* SPDX-License-Identifier: MIT */
/* contract_c.c - the contract is clean C11, and C programs can call every method: each one through
 * the macro of its interface, the inherited ones through the youngest interface of the family.
 * Compiling it, warnings being errors, is the test; nothing calls these functions. */

#include <bitscb3/bits.h>

#define CHECKED(call) (result = FAILED(result) ? result : (call))

HRESULT call_IBackgroundCopyManager(IBackgroundCopyManager* it, void** out);
HRESULT call_IEnumBackgroundCopyJobs(IEnumBackgroundCopyJobs* it, void** out);
HRESULT call_IBackgroundCopyError(IBackgroundCopyError* it, void** out);
HRESULT call_IBackgroundCopyJob(IBackgroundCopyJob* it, void** out);
HRESULT call_IBackgroundCopyJob2(IBackgroundCopyJob2* it, void** out);
HRESULT call_IBackgroundCopyJob3(IBackgroundCopyJob3* it, void** out);
HRESULT call_IBackgroundCopyJob4(IBackgroundCopyJob4* it, void** out);
HRESULT call_IBackgroundCopyJob5(IBackgroundCopyJob5* it, void** out);
HRESULT call_IBackgroundCopyJobHttpOptions(IBackgroundCopyJobHttpOptions* it, void** out);
HRESULT call_IBackgroundCopyJobHttpOptions2(IBackgroundCopyJobHttpOptions2* it, void** out);
HRESULT call_IBackgroundCopyJobHttpOptions3(IBackgroundCopyJobHttpOptions3* it, void** out);
HRESULT call_IBackgroundCopyServerCertificateValidationCallback(
    IBackgroundCopyServerCertificateValidationCallback* it, void** out);
HRESULT call_IBitsTokenOptions(IBitsTokenOptions* it, void** out);
HRESULT call_IBackgroundCopyFile(IBackgroundCopyFile* it, void** out);
HRESULT call_IBackgroundCopyFile2(IBackgroundCopyFile2* it, void** out);
HRESULT call_IBackgroundCopyFile3(IBackgroundCopyFile3* it, void** out);
HRESULT call_IBackgroundCopyFile4(IBackgroundCopyFile4* it, void** out);
HRESULT call_IBackgroundCopyFile5(IBackgroundCopyFile5* it, void** out);
HRESULT call_IBackgroundCopyFile6(IBackgroundCopyFile6* it, void** out);
HRESULT call_IEnumBackgroundCopyFiles(IEnumBackgroundCopyFiles* it, void** out);
HRESULT call_IBackgroundCopyCallback(IBackgroundCopyCallback* it, void** out);
HRESULT call_IBackgroundCopyCallback2(IBackgroundCopyCallback2* it, void** out);
HRESULT call_IBackgroundCopyCallback3(IBackgroundCopyCallback3* it, void** out);
HRESULT call_IBitsPeerCacheAdministration(IBitsPeerCacheAdministration* it, void** out);
HRESULT call_IBitsPeerCacheRecord(IBitsPeerCacheRecord* it, void** out);
HRESULT call_IEnumBitsPeerCacheRecords(IEnumBitsPeerCacheRecords* it, void** out);
HRESULT call_IBitsPeer(IBitsPeer* it, void** out);
HRESULT call_IEnumBitsPeers(IEnumBitsPeers* it, void** out);

HRESULT call_IBackgroundCopyManager(IBackgroundCopyManager* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyManager_QueryInterface(it, &IID_IBackgroundCopyManager, out);
    IBackgroundCopyManager_AddRef(it);
    CHECKED(IBackgroundCopyManager_CreateJob(it, u"", 0, NULL, NULL));
    CHECKED(IBackgroundCopyManager_GetJob(it, &IID_IUnknown, NULL));
    CHECKED(IBackgroundCopyManager_EnumJobs(it, 0, NULL));
    CHECKED(IBackgroundCopyManager_GetErrorDescription(it, 0, 0, NULL));
    IBackgroundCopyManager_Release(it);
    return result;
}

HRESULT call_IEnumBackgroundCopyJobs(IEnumBackgroundCopyJobs* it, void** out) {
    HRESULT result;
    result = IEnumBackgroundCopyJobs_QueryInterface(it, &IID_IEnumBackgroundCopyJobs, out);
    IEnumBackgroundCopyJobs_AddRef(it);
    CHECKED(IEnumBackgroundCopyJobs_Next(it, 0, NULL, NULL));
    CHECKED(IEnumBackgroundCopyJobs_Skip(it, 0));
    CHECKED(IEnumBackgroundCopyJobs_Reset(it));
    CHECKED(IEnumBackgroundCopyJobs_Clone(it, NULL));
    CHECKED(IEnumBackgroundCopyJobs_GetCount(it, NULL));
    IEnumBackgroundCopyJobs_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyError(IBackgroundCopyError* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyError_QueryInterface(it, &IID_IBackgroundCopyError, out);
    IBackgroundCopyError_AddRef(it);
    CHECKED(IBackgroundCopyError_GetError(it, NULL, NULL));
    CHECKED(IBackgroundCopyError_GetFile(it, NULL));
    CHECKED(IBackgroundCopyError_GetErrorDescription(it, 0, NULL));
    CHECKED(IBackgroundCopyError_GetErrorContextDescription(it, 0, NULL));
    CHECKED(IBackgroundCopyError_GetProtocol(it, NULL));
    IBackgroundCopyError_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJob(IBackgroundCopyJob* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyJob_QueryInterface(it, &IID_IBackgroundCopyJob, out);
    IBackgroundCopyJob_AddRef(it);
    CHECKED(IBackgroundCopyJob_AddFileSet(it, 0, NULL));
    CHECKED(IBackgroundCopyJob_AddFile(it, u"", u""));
    CHECKED(IBackgroundCopyJob_EnumFiles(it, NULL));
    CHECKED(IBackgroundCopyJob_Suspend(it));
    CHECKED(IBackgroundCopyJob_Resume(it));
    CHECKED(IBackgroundCopyJob_Cancel(it));
    CHECKED(IBackgroundCopyJob_Complete(it));
    CHECKED(IBackgroundCopyJob_GetId(it, NULL));
    CHECKED(IBackgroundCopyJob_GetType(it, NULL));
    CHECKED(IBackgroundCopyJob_GetProgress(it, NULL));
    CHECKED(IBackgroundCopyJob_GetTimes(it, NULL));
    CHECKED(IBackgroundCopyJob_GetState(it, NULL));
    CHECKED(IBackgroundCopyJob_GetError(it, NULL));
    CHECKED(IBackgroundCopyJob_GetOwner(it, NULL));
    CHECKED(IBackgroundCopyJob_SetDisplayName(it, u""));
    CHECKED(IBackgroundCopyJob_GetDisplayName(it, NULL));
    CHECKED(IBackgroundCopyJob_SetDescription(it, u""));
    CHECKED(IBackgroundCopyJob_GetDescription(it, NULL));
    CHECKED(IBackgroundCopyJob_SetPriority(it, 0));
    CHECKED(IBackgroundCopyJob_GetPriority(it, NULL));
    CHECKED(IBackgroundCopyJob_SetNotifyFlags(it, 0));
    CHECKED(IBackgroundCopyJob_GetNotifyFlags(it, NULL));
    CHECKED(IBackgroundCopyJob_SetNotifyInterface(it, NULL));
    CHECKED(IBackgroundCopyJob_GetNotifyInterface(it, NULL));
    CHECKED(IBackgroundCopyJob_SetMinimumRetryDelay(it, 0));
    CHECKED(IBackgroundCopyJob_GetMinimumRetryDelay(it, NULL));
    CHECKED(IBackgroundCopyJob_SetNoProgressTimeout(it, 0));
    CHECKED(IBackgroundCopyJob_GetNoProgressTimeout(it, NULL));
    CHECKED(IBackgroundCopyJob_GetErrorCount(it, NULL));
    CHECKED(IBackgroundCopyJob_SetProxySettings(it, 0, u"", u""));
    CHECKED(IBackgroundCopyJob_GetProxySettings(it, NULL, NULL, NULL));
    CHECKED(IBackgroundCopyJob_TakeOwnership(it));
    IBackgroundCopyJob_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJob2(IBackgroundCopyJob2* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyJob2_QueryInterface(it, &IID_IBackgroundCopyJob2, out);
    IBackgroundCopyJob2_AddRef(it);
    CHECKED(IBackgroundCopyJob2_SetNotifyCmdLine(it, u"", u""));
    CHECKED(IBackgroundCopyJob2_GetNotifyCmdLine(it, NULL, NULL));
    CHECKED(IBackgroundCopyJob2_GetReplyProgress(it, NULL));
    CHECKED(IBackgroundCopyJob2_GetReplyData(it, NULL, NULL));
    CHECKED(IBackgroundCopyJob2_SetReplyFileName(it, u""));
    CHECKED(IBackgroundCopyJob2_GetReplyFileName(it, NULL));
    CHECKED(IBackgroundCopyJob2_SetCredentials(it, NULL));
    CHECKED(IBackgroundCopyJob2_RemoveCredentials(it, 0, 0));
    IBackgroundCopyJob2_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJob3(IBackgroundCopyJob3* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyJob3_QueryInterface(it, &IID_IBackgroundCopyJob3, out);
    IBackgroundCopyJob3_AddRef(it);
    CHECKED(IBackgroundCopyJob3_ReplaceRemotePrefix(it, u"", u""));
    CHECKED(IBackgroundCopyJob3_AddFileWithRanges(it, u"", u"", 0, NULL));
    CHECKED(IBackgroundCopyJob3_SetFileACLFlags(it, 0));
    CHECKED(IBackgroundCopyJob3_GetFileACLFlags(it, NULL));
    IBackgroundCopyJob3_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJob4(IBackgroundCopyJob4* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyJob4_QueryInterface(it, &IID_IBackgroundCopyJob4, out);
    IBackgroundCopyJob4_AddRef(it);
    CHECKED(IBackgroundCopyJob4_SetPeerCachingFlags(it, 0));
    CHECKED(IBackgroundCopyJob4_GetPeerCachingFlags(it, NULL));
    CHECKED(IBackgroundCopyJob4_GetOwnerIntegrityLevel(it, NULL));
    CHECKED(IBackgroundCopyJob4_GetOwnerElevationState(it, NULL));
    CHECKED(IBackgroundCopyJob4_SetMaximumDownloadTime(it, 0));
    CHECKED(IBackgroundCopyJob4_GetMaximumDownloadTime(it, NULL));
    IBackgroundCopyJob4_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJob5(IBackgroundCopyJob5* it, void** out) {
    HRESULT result;
    BITS_JOB_PROPERTY_VALUE job_value = {0};
    result = IBackgroundCopyJob5_QueryInterface(it, &IID_IBackgroundCopyJob5, out);
    IBackgroundCopyJob5_AddRef(it);
    CHECKED(IBackgroundCopyJob5_AddFileSet(it, 0, NULL));
    CHECKED(IBackgroundCopyJob5_AddFile(it, u"", u""));
    CHECKED(IBackgroundCopyJob5_EnumFiles(it, NULL));
    CHECKED(IBackgroundCopyJob5_Suspend(it));
    CHECKED(IBackgroundCopyJob5_Resume(it));
    CHECKED(IBackgroundCopyJob5_Cancel(it));
    CHECKED(IBackgroundCopyJob5_Complete(it));
    CHECKED(IBackgroundCopyJob5_GetId(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetType(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetProgress(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetTimes(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetState(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetError(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetOwner(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetDisplayName(it, u""));
    CHECKED(IBackgroundCopyJob5_GetDisplayName(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetDescription(it, u""));
    CHECKED(IBackgroundCopyJob5_GetDescription(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetPriority(it, 0));
    CHECKED(IBackgroundCopyJob5_GetPriority(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetNotifyFlags(it, 0));
    CHECKED(IBackgroundCopyJob5_GetNotifyFlags(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetNotifyInterface(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetNotifyInterface(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetMinimumRetryDelay(it, 0));
    CHECKED(IBackgroundCopyJob5_GetMinimumRetryDelay(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetNoProgressTimeout(it, 0));
    CHECKED(IBackgroundCopyJob5_GetNoProgressTimeout(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetErrorCount(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetProxySettings(it, 0, u"", u""));
    CHECKED(IBackgroundCopyJob5_GetProxySettings(it, NULL, NULL, NULL));
    CHECKED(IBackgroundCopyJob5_TakeOwnership(it));
    CHECKED(IBackgroundCopyJob5_SetNotifyCmdLine(it, u"", u""));
    CHECKED(IBackgroundCopyJob5_GetNotifyCmdLine(it, NULL, NULL));
    CHECKED(IBackgroundCopyJob5_GetReplyProgress(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetReplyData(it, NULL, NULL));
    CHECKED(IBackgroundCopyJob5_SetReplyFileName(it, u""));
    CHECKED(IBackgroundCopyJob5_GetReplyFileName(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetCredentials(it, NULL));
    CHECKED(IBackgroundCopyJob5_RemoveCredentials(it, 0, 0));
    CHECKED(IBackgroundCopyJob5_ReplaceRemotePrefix(it, u"", u""));
    CHECKED(IBackgroundCopyJob5_AddFileWithRanges(it, u"", u"", 0, NULL));
    CHECKED(IBackgroundCopyJob5_SetFileACLFlags(it, 0));
    CHECKED(IBackgroundCopyJob5_GetFileACLFlags(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetPeerCachingFlags(it, 0));
    CHECKED(IBackgroundCopyJob5_GetPeerCachingFlags(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetOwnerIntegrityLevel(it, NULL));
    CHECKED(IBackgroundCopyJob5_GetOwnerElevationState(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetMaximumDownloadTime(it, 0));
    CHECKED(IBackgroundCopyJob5_GetMaximumDownloadTime(it, NULL));
    CHECKED(IBackgroundCopyJob5_SetProperty(it, 0, job_value));
    CHECKED(IBackgroundCopyJob5_GetProperty(it, 0, NULL));
    IBackgroundCopyJob5_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJobHttpOptions(IBackgroundCopyJobHttpOptions* it, void** out) {
    HRESULT result;
    result =
        IBackgroundCopyJobHttpOptions_QueryInterface(it, &IID_IBackgroundCopyJobHttpOptions, out);
    IBackgroundCopyJobHttpOptions_AddRef(it);
    CHECKED(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(it, 0, u"", NULL));
    CHECKED(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(it, 0, u"", u""));
    CHECKED(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(it));
    CHECKED(IBackgroundCopyJobHttpOptions_GetClientCertificate(it, NULL, NULL, NULL, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions_SetCustomHeaders(it, u""));
    CHECKED(IBackgroundCopyJobHttpOptions_GetCustomHeaders(it, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions_SetSecurityFlags(it, 0));
    CHECKED(IBackgroundCopyJobHttpOptions_GetSecurityFlags(it, NULL));
    IBackgroundCopyJobHttpOptions_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJobHttpOptions2(IBackgroundCopyJobHttpOptions2* it, void** out) {
    HRESULT result;
    result =
        IBackgroundCopyJobHttpOptions2_QueryInterface(it, &IID_IBackgroundCopyJobHttpOptions2, out);
    IBackgroundCopyJobHttpOptions2_AddRef(it);
    CHECKED(IBackgroundCopyJobHttpOptions2_SetHttpMethod(it, u""));
    CHECKED(IBackgroundCopyJobHttpOptions2_GetHttpMethod(it, NULL));
    IBackgroundCopyJobHttpOptions2_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyJobHttpOptions3(IBackgroundCopyJobHttpOptions3* it, void** out) {
    HRESULT result;
    result =
        IBackgroundCopyJobHttpOptions3_QueryInterface(it, &IID_IBackgroundCopyJobHttpOptions3, out);
    IBackgroundCopyJobHttpOptions3_AddRef(it);
    CHECKED(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(it, 0, u"", NULL));
    CHECKED(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(it, 0, u"", u""));
    CHECKED(IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(it));
    CHECKED(IBackgroundCopyJobHttpOptions3_GetClientCertificate(it, NULL, NULL, NULL, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(it, u""));
    CHECKED(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(it, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(it, 0));
    CHECKED(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(it, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions3_SetHttpMethod(it, u""));
    CHECKED(IBackgroundCopyJobHttpOptions3_GetHttpMethod(it, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(it, NULL));
    CHECKED(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(it));
    IBackgroundCopyJobHttpOptions3_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyServerCertificateValidationCallback(
    IBackgroundCopyServerCertificateValidationCallback* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyServerCertificateValidationCallback_QueryInterface(
        it, &IID_IBackgroundCopyServerCertificateValidationCallback, out);
    IBackgroundCopyServerCertificateValidationCallback_AddRef(it);
    CHECKED(IBackgroundCopyServerCertificateValidationCallback_ValidateServerCertificate(
        it, NULL, NULL, 0, NULL, 0, 0, NULL));
    IBackgroundCopyServerCertificateValidationCallback_Release(it);
    return result;
}

HRESULT call_IBitsTokenOptions(IBitsTokenOptions* it, void** out) {
    HRESULT result;
    result = IBitsTokenOptions_QueryInterface(it, &IID_IBitsTokenOptions, out);
    IBitsTokenOptions_AddRef(it);
    CHECKED(IBitsTokenOptions_SetHelperTokenFlags(it, 0));
    CHECKED(IBitsTokenOptions_GetHelperTokenFlags(it, NULL));
    CHECKED(IBitsTokenOptions_SetHelperToken(it));
    CHECKED(IBitsTokenOptions_ClearHelperToken(it));
    CHECKED(IBitsTokenOptions_GetHelperTokenSid(it, NULL));
    IBitsTokenOptions_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyFile(IBackgroundCopyFile* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyFile_QueryInterface(it, &IID_IBackgroundCopyFile, out);
    IBackgroundCopyFile_AddRef(it);
    CHECKED(IBackgroundCopyFile_GetRemoteName(it, NULL));
    CHECKED(IBackgroundCopyFile_GetLocalName(it, NULL));
    CHECKED(IBackgroundCopyFile_GetProgress(it, NULL));
    IBackgroundCopyFile_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyFile2(IBackgroundCopyFile2* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyFile2_QueryInterface(it, &IID_IBackgroundCopyFile2, out);
    IBackgroundCopyFile2_AddRef(it);
    CHECKED(IBackgroundCopyFile2_GetFileRanges(it, NULL, NULL));
    CHECKED(IBackgroundCopyFile2_SetRemoteName(it, u""));
    IBackgroundCopyFile2_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyFile3(IBackgroundCopyFile3* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyFile3_QueryInterface(it, &IID_IBackgroundCopyFile3, out);
    IBackgroundCopyFile3_AddRef(it);
    CHECKED(IBackgroundCopyFile3_GetTemporaryName(it, NULL));
    CHECKED(IBackgroundCopyFile3_SetValidationState(it, 0));
    CHECKED(IBackgroundCopyFile3_GetValidationState(it, NULL));
    CHECKED(IBackgroundCopyFile3_IsDownloadedFromPeer(it, NULL));
    IBackgroundCopyFile3_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyFile4(IBackgroundCopyFile4* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyFile4_QueryInterface(it, &IID_IBackgroundCopyFile4, out);
    IBackgroundCopyFile4_AddRef(it);
    CHECKED(IBackgroundCopyFile4_GetPeerDownloadStats(it, NULL, NULL));
    IBackgroundCopyFile4_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyFile5(IBackgroundCopyFile5* it, void** out) {
    HRESULT result;
    BITS_FILE_PROPERTY_VALUE file_value = {0};
    result = IBackgroundCopyFile5_QueryInterface(it, &IID_IBackgroundCopyFile5, out);
    IBackgroundCopyFile5_AddRef(it);
    CHECKED(IBackgroundCopyFile5_SetProperty(it, 0, file_value));
    CHECKED(IBackgroundCopyFile5_GetProperty(it, 0, NULL));
    IBackgroundCopyFile5_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyFile6(IBackgroundCopyFile6* it, void** out) {
    HRESULT result;
    BITS_FILE_PROPERTY_VALUE file_value = {0};
    result = IBackgroundCopyFile6_QueryInterface(it, &IID_IBackgroundCopyFile6, out);
    IBackgroundCopyFile6_AddRef(it);
    CHECKED(IBackgroundCopyFile6_GetRemoteName(it, NULL));
    CHECKED(IBackgroundCopyFile6_GetLocalName(it, NULL));
    CHECKED(IBackgroundCopyFile6_GetProgress(it, NULL));
    CHECKED(IBackgroundCopyFile6_GetFileRanges(it, NULL, NULL));
    CHECKED(IBackgroundCopyFile6_SetRemoteName(it, u""));
    CHECKED(IBackgroundCopyFile6_GetTemporaryName(it, NULL));
    CHECKED(IBackgroundCopyFile6_SetValidationState(it, 0));
    CHECKED(IBackgroundCopyFile6_GetValidationState(it, NULL));
    CHECKED(IBackgroundCopyFile6_IsDownloadedFromPeer(it, NULL));
    CHECKED(IBackgroundCopyFile6_GetPeerDownloadStats(it, NULL, NULL));
    CHECKED(IBackgroundCopyFile6_SetProperty(it, 0, file_value));
    CHECKED(IBackgroundCopyFile6_GetProperty(it, 0, NULL));
    CHECKED(IBackgroundCopyFile6_UpdateDownloadPosition(it, 0));
    CHECKED(IBackgroundCopyFile6_RequestFileRanges(it, 0, NULL));
    CHECKED(IBackgroundCopyFile6_GetFilledFileRanges(it, NULL, NULL));
    IBackgroundCopyFile6_Release(it);
    return result;
}

HRESULT call_IEnumBackgroundCopyFiles(IEnumBackgroundCopyFiles* it, void** out) {
    HRESULT result;
    result = IEnumBackgroundCopyFiles_QueryInterface(it, &IID_IEnumBackgroundCopyFiles, out);
    IEnumBackgroundCopyFiles_AddRef(it);
    CHECKED(IEnumBackgroundCopyFiles_Next(it, 0, NULL, NULL));
    CHECKED(IEnumBackgroundCopyFiles_Skip(it, 0));
    CHECKED(IEnumBackgroundCopyFiles_Reset(it));
    CHECKED(IEnumBackgroundCopyFiles_Clone(it, NULL));
    CHECKED(IEnumBackgroundCopyFiles_GetCount(it, NULL));
    IEnumBackgroundCopyFiles_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyCallback(IBackgroundCopyCallback* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyCallback_QueryInterface(it, &IID_IBackgroundCopyCallback, out);
    IBackgroundCopyCallback_AddRef(it);
    CHECKED(IBackgroundCopyCallback_JobTransferred(it, NULL));
    CHECKED(IBackgroundCopyCallback_JobError(it, NULL, NULL));
    CHECKED(IBackgroundCopyCallback_JobModification(it, NULL, 0));
    IBackgroundCopyCallback_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyCallback2(IBackgroundCopyCallback2* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyCallback2_QueryInterface(it, &IID_IBackgroundCopyCallback2, out);
    IBackgroundCopyCallback2_AddRef(it);
    CHECKED(IBackgroundCopyCallback2_FileTransferred(it, NULL, NULL));
    IBackgroundCopyCallback2_Release(it);
    return result;
}

HRESULT call_IBackgroundCopyCallback3(IBackgroundCopyCallback3* it, void** out) {
    HRESULT result;
    result = IBackgroundCopyCallback3_QueryInterface(it, &IID_IBackgroundCopyCallback3, out);
    IBackgroundCopyCallback3_AddRef(it);
    CHECKED(IBackgroundCopyCallback3_JobTransferred(it, NULL));
    CHECKED(IBackgroundCopyCallback3_JobError(it, NULL, NULL));
    CHECKED(IBackgroundCopyCallback3_JobModification(it, NULL, 0));
    CHECKED(IBackgroundCopyCallback3_FileTransferred(it, NULL, NULL));
    CHECKED(IBackgroundCopyCallback3_FileRangesTransferred(it, NULL, NULL, 0, NULL));
    IBackgroundCopyCallback3_Release(it);
    return result;
}

HRESULT call_IBitsPeerCacheAdministration(IBitsPeerCacheAdministration* it, void** out) {
    HRESULT result;
    result =
        IBitsPeerCacheAdministration_QueryInterface(it, &IID_IBitsPeerCacheAdministration, out);
    IBitsPeerCacheAdministration_AddRef(it);
    CHECKED(IBitsPeerCacheAdministration_GetMaximumCacheSize(it, NULL));
    CHECKED(IBitsPeerCacheAdministration_SetMaximumCacheSize(it, 0));
    CHECKED(IBitsPeerCacheAdministration_GetMaximumContentAge(it, NULL));
    CHECKED(IBitsPeerCacheAdministration_SetMaximumContentAge(it, 0));
    CHECKED(IBitsPeerCacheAdministration_GetConfigurationFlags(it, NULL));
    CHECKED(IBitsPeerCacheAdministration_SetConfigurationFlags(it, 0));
    CHECKED(IBitsPeerCacheAdministration_EnumRecords(it, NULL));
    CHECKED(IBitsPeerCacheAdministration_GetRecord(it, &IID_IUnknown, NULL));
    CHECKED(IBitsPeerCacheAdministration_ClearRecords(it));
    CHECKED(IBitsPeerCacheAdministration_DeleteRecord(it, &IID_IUnknown));
    CHECKED(IBitsPeerCacheAdministration_DeleteUrl(it, u""));
    CHECKED(IBitsPeerCacheAdministration_EnumPeers(it, NULL));
    CHECKED(IBitsPeerCacheAdministration_ClearPeers(it));
    CHECKED(IBitsPeerCacheAdministration_DiscoverPeers(it));
    IBitsPeerCacheAdministration_Release(it);
    return result;
}

HRESULT call_IBitsPeerCacheRecord(IBitsPeerCacheRecord* it, void** out) {
    HRESULT result;
    result = IBitsPeerCacheRecord_QueryInterface(it, &IID_IBitsPeerCacheRecord, out);
    IBitsPeerCacheRecord_AddRef(it);
    CHECKED(IBitsPeerCacheRecord_GetId(it, NULL));
    CHECKED(IBitsPeerCacheRecord_GetOriginUrl(it, NULL));
    CHECKED(IBitsPeerCacheRecord_GetFileSize(it, NULL));
    CHECKED(IBitsPeerCacheRecord_GetFileModificationTime(it, NULL));
    CHECKED(IBitsPeerCacheRecord_GetLastAccessTime(it, NULL));
    CHECKED(IBitsPeerCacheRecord_IsFileValidated(it));
    CHECKED(IBitsPeerCacheRecord_GetFileRanges(it, NULL, NULL));
    IBitsPeerCacheRecord_Release(it);
    return result;
}

HRESULT call_IEnumBitsPeerCacheRecords(IEnumBitsPeerCacheRecords* it, void** out) {
    HRESULT result;
    result = IEnumBitsPeerCacheRecords_QueryInterface(it, &IID_IEnumBitsPeerCacheRecords, out);
    IEnumBitsPeerCacheRecords_AddRef(it);
    CHECKED(IEnumBitsPeerCacheRecords_Next(it, 0, NULL, NULL));
    CHECKED(IEnumBitsPeerCacheRecords_Skip(it, 0));
    CHECKED(IEnumBitsPeerCacheRecords_Reset(it));
    CHECKED(IEnumBitsPeerCacheRecords_Clone(it, NULL));
    CHECKED(IEnumBitsPeerCacheRecords_GetCount(it, NULL));
    IEnumBitsPeerCacheRecords_Release(it);
    return result;
}

HRESULT call_IBitsPeer(IBitsPeer* it, void** out) {
    HRESULT result;
    result = IBitsPeer_QueryInterface(it, &IID_IBitsPeer, out);
    IBitsPeer_AddRef(it);
    CHECKED(IBitsPeer_GetPeerName(it, NULL));
    CHECKED(IBitsPeer_IsAuthenticated(it, NULL));
    CHECKED(IBitsPeer_IsAvailable(it, NULL));
    IBitsPeer_Release(it);
    return result;
}

HRESULT call_IEnumBitsPeers(IEnumBitsPeers* it, void** out) {
    HRESULT result;
    result = IEnumBitsPeers_QueryInterface(it, &IID_IEnumBitsPeers, out);
    IEnumBitsPeers_AddRef(it);
    CHECKED(IEnumBitsPeers_Next(it, 0, NULL, NULL));
    CHECKED(IEnumBitsPeers_Skip(it, 0));
    CHECKED(IEnumBitsPeers_Reset(it));
    CHECKED(IEnumBitsPeers_Clone(it, NULL));
    CHECKED(IEnumBitsPeers_GetCount(it, NULL));
    IEnumBitsPeers_Release(it);
    return result;
}
