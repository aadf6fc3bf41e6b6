#include "CXXHash.h"

/* From the header alone, so that programs need no library of it where they run. */
#define XXH_INLINE_ALL
#include <xxhash.h>

void cxxhash_128(const void *bytes, size_t length, unsigned char hash[CXXHASH_LENGTH]) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, length));
    for (size_t index = 0; index < CXXHASH_LENGTH; index++) hash[index] = canonical.digest[index];
}
