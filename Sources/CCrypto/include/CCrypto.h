#ifndef CCRYPTO_H
#define CCRYPTO_H

#include <stddef.h>

/* SHA-256 of the system's library: libcrypto (EVP) on Linux, CommonCrypto on a Mac. */

#define CCRYPTO_SHA256_LENGTH 32

typedef struct ccrypto_sha256 ccrypto_sha256;

/* A new state that has seen no bytes; NULL where the library can't give one. */
ccrypto_sha256 *ccrypto_sha256_create(void);

/* Feeds `length` bytes. Returns 1, or 0 on a fault of the library. */
int ccrypto_sha256_update(ccrypto_sha256 *state, const void *bytes, size_t length);

/* Writes the hash of what was fed and sets the state back to having seen no bytes. Returns 1, or 0 on a fault. */
int ccrypto_sha256_finish(ccrypto_sha256 *state, unsigned char digest[CCRYPTO_SHA256_LENGTH]);

void ccrypto_sha256_destroy(ccrypto_sha256 *state);

#endif
