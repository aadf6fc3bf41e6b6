/* The C library of BLAKE3's authors. */
#include <blake3.h>
