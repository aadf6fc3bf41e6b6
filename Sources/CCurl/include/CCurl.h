#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

// Swift cannot call C functions with variable arguments, which `curl_easy_setopt` and `curl_easy_getinfo` are.
// One function per kind of argument, named for it.

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);

typedef size_t (*ccurl_receive)(char *bytes, size_t size, size_t count, void *context);
typedef int (*ccurl_seek)(void *context, curl_off_t offset, int origin);
typedef int (*ccurl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

CURLcode ccurl_set_receive(CURL *handle, CURLoption option, ccurl_receive callback);
CURLcode ccurl_set_seek(CURL *handle, ccurl_seek callback);
CURLcode ccurl_set_progress(CURL *handle, ccurl_progress callback);

/// What a read callback returns to give up the transfer (a macro that Swift doesn't see).
size_t ccurl_read_abort(void);

#endif
