#ifndef CXXHASH_H
#define CXXHASH_H

#include <stddef.h>

/* XXH3 of the library xxHash, 128 bits: quick, and not made to withstand an adversary. */

#define CXXHASH_LENGTH 16

/* Writes the hash in its canonical (big-endian) form. */
void cxxhash_128(const void *bytes, size_t length, unsigned char hash[CXXHASH_LENGTH]);

#endif
